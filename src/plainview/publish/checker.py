# SPDX-License-Identifier: Apache-2.0
"""``verify.html``: the check in one file that works alone, from disk, with no network.

Its script and style stand inside it, so that a reader can keep it anywhere and needs nothing beside it. Its
policy allows exactly these two, by their digests, and no request of any kind.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from plainview.errors import MissingPart

STYLE, SCRIPT, POLICY = "/*style*/", "/*script*/", "{{policy}}"


def page(template: str, static: Path) -> str:
    """``template`` with the built script and style put in and allowed."""
    style, script = (_built(static / name) for name in ("checker.css", "checker.js"))
    allowed = f"script-src '{_digest(script)}'; style-src '{_digest(style)}'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    return template.replace(POLICY, policy, 1).replace(STYLE, style, 1).replace(SCRIPT, script, 1)


def _built(path: Path) -> str:
    if not path.is_file():
        raise MissingPart(f"the page's {path.name} has not been built: run python web/build.py")
    # What would end the element it stands in is written in the one other way programs allow.
    return path.read_text(encoding="utf-8").replace("</script", "<\\/script").replace("</style", "<\\/style")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
