# SPDX-License-Identifier: Apache-2.0
"""What may be done: one verb per function, acting agent named, change and custody event in one transaction."""
