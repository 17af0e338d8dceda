# SPDX-License-Identifier: Apache-2.0
"""The desk's own scripts, styles and fonts, and those of the log-in pages; nothing else is reachable by name."""

from __future__ import annotations

import mimetypes

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase

mimetypes.add_type("font/woff2", ".woff2")


@login_not_required
def static(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of an installed part; its finder refuses a name that leaves its folder."""
    found = finders.find(name)
    if not found or name.startswith(("/", ".")):
        raise Http404
    with open(found, "rb") as source:  # noqa: PTH123 - the finder gives text
        body = source.read()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    answer = FileResponse([body], content_type=kind)
    answer["Cache-Control"] = "private, max-age=600"
    return answer
