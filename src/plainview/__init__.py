# SPDX-License-Identifier: Apache-2.0
"""plainview turns a folder of raw recordings and papers into a public release that anyone can check."""

__version__ = "0.1.0"
