# SPDX-License-Identifier: Apache-2.0
"""What the signal says: files or arrays in, model values out. Nothing here knows what a case is."""
