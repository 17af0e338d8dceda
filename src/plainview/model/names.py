# SPDX-License-Identifier: Apache-2.0
"""Delivered file names: shown so that nothing in them can deceive, stored under names of our own.

>>> visible_name("report\\u202efdp.exe")
'report\\\\u202efdp.exe'
>>> safe_name("../../Straße 7.mp4")
'Strasse_7.mp4'
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_SHOWN = 200
"""Characters of a name that are shown; longer ones lose their middle, never their ending."""

LONGEST_STORED = 80

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that are invisible, reorder the text around them, or mean nothing."""


def visible_name(name: str) -> str:
    """The name with control, direction and undecodable characters written out, at most 200 characters."""
    shown = "".join(_visible(char) for char in name)
    if len(shown) <= LONGEST_SHOWN:
        return shown
    tail = 60
    return f"{shown[: LONGEST_SHOWN - tail - 1]}…{shown[-tail:]}"


def safe_name(name: str) -> str:
    """A name of letters, digits, ``.``, ``_`` and ``-`` that reminds of the delivered one; never empty."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1].replace("ß", "ss")
    plain = unicodedata.normalize("NFKD", base).encode("ascii", "ignore").decode()
    stem, dot, ending = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).strip("._-").rpartition(".")
    if not dot or len(ending) > 8:
        stem, ending = f"{stem}{dot}{ending}", ""
    stem = re.sub(r"\.{2,}", ".", stem)[: LONGEST_STORED - 10].strip("._-") or "unnamed"
    return f"{stem}.{ending}" if ending else stem


def _visible(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"  # a byte that is not UTF-8 (surrogateescape)
    if unicodedata.category(char) in _HIDDEN or (char.isspace() and char != " "):
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char
