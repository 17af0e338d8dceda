# SPDX-License-Identifier: Apache-2.0
"""Addresses that last: a small page for every moment, statement, recording, paper, page and line.

What this module keeps true: an address names one thing for ever; its card shows nothing graphic; what a later
version no longer shows answers with why, and where it stood; nothing here needs script.

In a version's ``data/`` the folders ``m/ s/ r/ d/ u/`` lead to the places of that version. In the case's own
folder the same names lead to the newest version that shows the thing; a line is called there by the version that
numbered it: ``u/v1-u12`` is line 12 of version 1, wherever it stands now.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from plainview.model.release import Release
from plainview.model.statement import Citation
from plainview.model.time import clock_text
from plainview.model.transcript import Utterance
from plainview.publish import views, words
from plainview.publish.lookup import Lookup
from plainview.publish.tongue import Tongue

LINES = 1200
"""Lines up to which each has a page of its own; of a longer transcript the lines keep their ``#u…`` addresses."""
WIDTH, HEIGHT = 480, 320


@dataclass(frozen=True, slots=True)
class Place:
    """One thing with an address: ``path`` is its folder, ``target`` where it stands, both from ``data/``."""

    path: str
    target: str
    title: str
    text: str
    said: str = ""
    """When, by whom: the line above the title."""
    still: str = ""
    warned: str = ""
    """What it shows that is graphic, in words; its card then has no picture."""
    lasts: str = ""
    """Its address in the case's own folder, from where the newest version that shows it is reached."""


def places(look: Lookup, cards: tuple[views.Card, ...], stills: frozenset[str]) -> list[Place]:
    """Everything in one release that has an address, in the order of the page."""
    tongue, say = look.tongue, look.tongue.say
    ledger = "statements.html" if views.brief(look)["statements"] else "index.html"
    found = [
        Place(f"m/{c.number}", f"index.html#{c.id}", c.title, c.text, c.when.text, c.still, c.graphic) for c in cards
    ]
    for s in sorted(look.release.statements, key=lambda s: (s.date, s.id)):
        said = f"{s.speaker or s.party}, {s.source}, {tongue.day(s.date)}"
        told = "; ".join(f"{a.text.rstrip('.')}: {_relations(a.citations, tongue)}" for a in s.assertions)
        found.append(Place(f"s/{s.id}", f"{ledger}#{s.id}", f"“{s.quote}”", told, said))
    for r in look.recordings:
        still = views.recording_still(r)
        text = say("%(length)s, from %(sender)s", length=words.length(r.duration), sender=r.received_from)
        shown = still if still in stills else ""
        found.append(Place(f"r/{r.slug}", f"index.html#r-{r.slug}", r.title, text, tongue.named(str(r.source)), shown))
    for d in look.release.documents:
        sender = say("From %(sender)s", sender=d.received_from)
        found.append(Place(f"d/{d.slug}", f"papers.html#{d.slug}", d.title, d.note, sender))
        for page in d.pages:
            at = f"papers.html#{d.slug}-p{page.number}"
            text = _short(page.text)
            title = say("%(paper)s, page %(n)d", paper=d.title, n=page.number)
            found.append(Place(f"d/{d.slug}/p{page.number}", at, title, text))
    return [replace(place, lasts=place.path) for place in found] + _lines(look)


def _lines(look: Lookup) -> list[Place]:
    lines = views.lines(look)
    if len(lines) > LINES:
        return []
    found = []
    for line in lines[:]:
        text = " ".join(f"[{part}]" if hidden else part for part, hidden in line.parts)
        said = ", ".join(filter(None, [line.when.text, line.speaker]))
        heard = look.tongue.say("Heard on %(recordings)s", recordings=line.heard) if line.heard else ""
        lasts = "" if line.shot else f"u/v{look.release.number}-{line.id}"
        found.append(Place(f"u/{line.id}", f"transcript.html#{line.id}", text, heard, said, lasts=lasts))
    return found


def _relations(citations: tuple[Citation, ...], tongue: Tongue) -> str:
    said = dict.fromkeys(tongue.named(c.relation.value) for c in citations)
    return tongue.listed(list(said)) or tongue.say("not yet compared")


def _short(text: str) -> str:
    """The first words of a page, for a card."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 200 else flat[:200].rsplit(" ", 1)[0] + " …"


def base(release: Release) -> str:
    """The address of a version's ``data/`` as the world sees it; empty while the office has named no address."""
    root = release.office.address.rstrip("/")
    return f"{root}/c/{quote(release.case.id)}/v{release.number}/data/" if root else ""


def oembed(release: Release, place: Place) -> str:
    """``oembed.json`` (oEmbed 1.0, type rich). Without an address of the office's its links are relative."""
    start = base(release) or "../" * (place.path.count("/") + 1)
    card = f"{start}{quote(place.path)}/card.html"
    title = words.visible(f"{place.title} · Case {release.case.id}")
    safe = title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    body = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": words.visible(release.office.name),
        "width": WIDTH,
        "height": HEIGHT,
        "html": f'<iframe src="{card}" width="{WIDTH}" height="{HEIGHT}" title="{safe}"></iframe>',
        "cache_age": 86400,
    }
    if release.office.address:
        body["provider_url"] = release.office.address
    if place.still and not place.warned:
        body |= {"thumbnail_url": start + quote(place.still), "thumbnail_width": 480, "thumbnail_height": 270}
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True, slots=True)
class Lasting:
    """A thing at the case's own address: the newest version that shows it, and why a newer one does not."""

    path: str
    title: str
    number: int
    """The version it leads to; 0 when none that shows it stands any more."""
    there: str
    """Where in that version's ``data/``; with no version, where in the case's folder its withdrawal is told."""
    gone: str = ""


def lasting(
    standing: tuple[Release, ...], tongue: Tongue, withdrawn: tuple[Release, ...] = ()
) -> list[Lasting]:
    """Everything any version ever showed, as the newest standing one that shows it does.

    What only withdrawn versions showed is named by its address alone: its words were taken back.
    """
    ordered = sorted(standing, key=lambda r: -r.number)
    found: dict[str, Lasting] = {}
    for release in ordered:
        for path, title in (*_named(release), *_pages(release)):
            gone = "" if release is ordered[0] else _why(ordered[0], path, title, tongue)
            found.setdefault(path, Lasting(path, _shown(path, title, tongue), release.number, path, gone))
    for release in sorted(withdrawn, key=lambda r: -r.number):
        gone = tongue.say("Version %(n)d, which showed it, has been withdrawn.", n=release.number)
        for path, _ in (*_named(release), *_pages(release)):
            found.setdefault(path, Lasting(path, path, 0, f"withdrawn/v{release.number}", gone))
    return [found[path] for path in sorted(found)] + lasting_lines(ordered, withdrawn, tongue)


def lasting_lines(ordered: Sequence[Release], withdrawn: Sequence[Release], tongue: Tongue) -> list[Lasting]:
    """Each line of each version by that version's number: where the same words stand in the newest, or why they do not.

    A line is the same when one of the newest version is about more than half of the same stretch of time. Its page
    says when it was spoken and no more: the words may be what was taken back.
    """
    newest = ordered[0] if ordered else None
    now = _Spoken(newest.utterances if newest else ())
    found = []
    for release in sorted([*ordered, *withdrawn], key=lambda r: r.number):
        for line in release.utterances if len(release.utterances) <= LINES else ():
            path, title = f"u/v{release.number}-{line.id}", _spoken_at(line, release, tongue)
            same = line if release is newest else now.same(line)
            if newest and same:
                found.append(Lasting(path, title, newest.number, f"u/{same.id}"))
            elif newest is None or release in withdrawn:
                gone = tongue.say("Version %(n)d, which showed it, has been withdrawn.", n=release.number)
                found.append(Lasting(path, title, 0, f"withdrawn/v{release.number}", gone))
            else:
                gone = _why_line(line, release, newest, tongue)
                found.append(Lasting(path, title, release.number, f"u/{line.id}", gone))
    return found


class _Spoken:
    """The lines of one version, to be found by when they were spoken."""

    def __init__(self, lines: Sequence[Utterance]) -> None:
        self._lines = sorted(lines, key=lambda line: (line.start, line.id))
        self._starts = [line.start for line in self._lines]
        self._longest = max((line.end - line.start for line in self._lines), default=0)

    def same(self, line: Utterance) -> Utterance | None:
        """The line about the same stretch, with the same words before the most of the time."""
        first = bisect_left(self._starts, line.start - self._longest)
        near = self._lines[first : bisect_right(self._starts, line.end)]
        shared = [(min(line.end, each.end) - max(line.start, each.start), each) for each in near]
        alike = [(us, each) for us, each in shared if 2 * us > _shorter(line, each)]
        ordered = sorted(alike, key=lambda found: (found[1].text != line.text, -found[0], found[1].id))
        return ordered[0][1] if ordered else None


def _shorter(a: Utterance, b: Utterance) -> int:
    return max(1, min(a.end - a.start, b.end - b.start))


def _spoken_at(line: Utterance, release: Release, tongue: Tongue) -> str:
    return tongue.say("A line spoken at %(time)s", time=words.full_clock(line.start, release.case.at))


def _why_line(line: Utterance, release: Release, newest: Release, tongue: Tongue) -> str:
    """What later versions say of the transcript at that second, else of why they came."""
    at = f"Transcript at {clock_text(line.start, release.case.at, digits=0)}"
    later = [v for v in sorted(newest.versions, key=lambda v: -v.number) if v.number > release.number]
    told = next((c.why for v in later for c in v.changes if c.what.startswith(at) and c.why), "")
    if told:
        return words.opened(told.rstrip(".")) + "."
    return tongue.say("It is not part of version %(n)d; the versions do not say why.", n=newest.number)


def _named(release: Release) -> list[tuple[str, str]]:
    named = [(f"m/{m.id.lstrip('m')}", m.title) for m in release.moments]
    named += [(f"s/{s.id}", f"“{s.quote}”") for s in release.statements]
    named += [(f"r/{r.slug}", r.title) for r in release.recordings]
    return named + [(f"d/{d.slug}", d.title) for d in release.documents]


def _pages(release: Release) -> list[tuple[str, str]]:
    """Each page of each paper, as the versions call it; its title never quotes it, so that what was taken back is not
    said again."""
    return [(f"d/{d.slug}/p{p.number}", f"{d.title}, page {p.number}") for d in release.documents for p in d.pages]


def _shown(path: str, title: str, tongue: Tongue) -> str:
    """A page's title in the case's language; all others are the office's own words."""
    folder, _, page = path.rpartition("/p")
    if not (folder.startswith("d/") and page.isdigit()):
        return title
    return tongue.say("%(paper)s, page %(n)d", paper=title.removesuffix(f", page {page}"), n=int(page))


def _why(newest: Release, path: str, title: str, tongue: Tongue) -> str:
    """What the versions say about a thing that is no longer shown; of a page, why it or its whole paper is gone."""
    told = [c for v in sorted(newest.versions, key=lambda v: -v.number) for c in v.changes]
    folder, _, page = path.rpartition("/p")
    if folder.startswith("d/") and page.isdigit():
        paper = title.removesuffix(f", page {page}")
        change = next((c for c in told if c.what.endswith(title) and not c.after), None)
        if change is None and not any(folder == f"d/{d.slug}" for d in newest.documents):
            change = next((c for c in told if c.kind in ("removed", "withdrawn") and paper in c.what), None)
    else:
        bare = title.strip("“”")
        change = next((c for c in told if c.kind in ("removed", "withdrawn") and bare in c.what), None)
    if change is None or not change.why:
        return tongue.say("It is not part of version %(n)d; the versions do not say why.", n=newest.number)
    return words.opened(change.why.rstrip(".")) + "."
