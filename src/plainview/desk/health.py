# SPDX-License-Identifier: Apache-2.0
"""Whether the desk can work, for whatever watches it: one word, and nothing about the office."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from plainview.desk.guard import office


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 while the ledger and the desk's own database answer and the vault (or its bucket) do; else 503 and which."""
    failing = [name for name, holds in _CHECKS.items() if not holds()]
    said = f"failing: {', '.join(failing)}\n" if failing else "ok\n"
    return HttpResponse(said, status=503 if failing else 200, content_type="text/plain")


def _accounts() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _ledger() -> bool:
    try:
        office().ledger.cases()
    except Error:
        return False
    return True


def _vault() -> bool:
    return not office().vault.problem()


_CHECKS = {"accounts": _accounts, "ledger": _ledger, "vault": _vault}
