# SPDX-License-Identifier: Apache-2.0
"""The staff's pages: what blocks a release, and the decisions taken, for people who do not use a terminal."""
