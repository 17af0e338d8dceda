# SPDX-License-Identifier: Apache-2.0
"""A form of any screen becomes decision lines, and ``casework.review.apply`` does the rest.

The desk has no decisions of its own: a form's fields are the words of a decision line, so that whatever
is decided here could have been written in a file and applied on the command line.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from plainview.casework import reading, review
from plainview.desk.guard import Seat, back_to, in_case, now
from plainview.errors import WrongUsage

MANY = frozenset({"seen_on", "heard_on", "terms"})
"""Words of a line that hold several values."""

STRUCTURED = frozenset({"boxes", "box", "area", "facts", "assertions", "answer", "shared"})
"""Words whose value a script writes as JSON."""

YES_NO = frozenset(
    {"accept", "publish_unreviewed", "two_listeners", "disputed", "dismissed", "unknown", "revoke", "only_undecided"}
)
OURS = frozenset({"csrfmiddlewaretoken", "back", "many", "chosen"})
FACTS = ("decide", "headline", "summary", "kind_line", "status_line")
OPTIONAL = frozenset({"to_s", "from_s", "page", "due", "end", "exhibit", "days", "after", "from", "to", "document"})
"""Words that are left out when a form leaves them empty."""


def line_of(form: QueryDict) -> dict[str, Any]:
    """One decision line from a form's fields."""
    line: dict[str, Any] = {}
    for key in form:
        if key in OURS or (key in OPTIONAL and not form[key].strip()):
            continue
        line[key] = _value(key, form)
    return line


def _value(key: str, form: QueryDict) -> Any:
    if key in MANY:
        return [part.strip() for text in form.getlist(key) for part in text.splitlines() if part.strip()]
    if key in YES_NO:
        return form[key] in {"yes", "true", "on", "1"}
    if key in STRUCTURED:
        try:
            return json.loads(form[key])
        except json.JSONDecodeError as error:
            raise WrongUsage(f"{key}: not what this form should send ({error.msg})") from error
    return int(form[key]) if key == "page" and form[key].isdigit() else form[key].strip()


def facts_of(form: QueryDict) -> list[dict[str, str]]:
    """The strip of facts from its rows of three fields; an empty row is none."""
    rows = zip(form.getlist("label"), form.getlist("value"), form.getlist("note"), strict=False)
    return [{"label": a.strip(), "value": b.strip(), "note": c.strip()} for a, b, c in rows if a.strip() or b.strip()]


@require_POST
@in_case
def decide(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Record what a form says under the name of who is logged in; all of it or nothing."""
    if request.POST.get("many"):
        lines = reading.read_lines(request.POST["many"], name="the form")
    elif request.POST.get("decide") == "case_facts":
        plain = {key: request.POST.get(key, "") for key in FACTS}
        after = {"after": request.POST["after"]} if request.POST.get("after") else {}
        lines = [{**plain, **after, "facts": facts_of(request.POST)}]
    elif request.POST.get("decide") == "redaction" and not request.POST.keys() & {"exhibit", "boxes"}:
        chosen = request.POST.getlist("chosen")
        if not chosen:
            raise WrongUsage("nothing is marked")
        lines = [{**line_of(request.POST), "proposal": each} for each in chosen]
    else:
        lines = [line_of(request.POST)]
    record(request, seat, lines)
    return back_to(request, reverse("board", args=[seat.here.id]))


def record(request: HttpRequest, seat: Seat, lines: list[dict[str, Any]]) -> None:
    """Apply lines as whoever is logged in: a name in a line is not listened to."""
    for line in lines:
        line.pop("as", None)
    appended, standing = review.apply(seat.office, seat.here, lines, at=now(), default_agent=seat.name)
    said = f"Recorded: {appended} decision{'s' if appended != 1 else ''}."
    messages.success(request, said if appended or not standing else "It stood like this already; nothing was added.")
