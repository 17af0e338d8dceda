# SPDX-License-Identifier: Apache-2.0
"""The office's own pages: every case in a table with filters that are links, releases beside their due day, search.

What this module keeps true: nothing here says more than the newest standing release of each case says; every
filter is a page of its own, so it works without script and can be linked; no faces and no stills.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from plainview.model.case import Office
from plainview.model.release import Release, Version
from plainview.model.time import iso_utc
from plainview.publish import data, feeds, words
from plainview.publish.tongue import ENGLISH, Tongue, spoken


@dataclass(frozen=True, slots=True)
class Waited:
    """How long one case waited for its first release: days after the incident, beside the day due."""

    released: int
    due: int | None
    share: float
    due_share: float
    said: str

    @property
    def late(self) -> bool:
        return self.due is not None and self.released > self.due


@dataclass(frozen=True, slots=True)
class Listed:
    """One case of the index."""

    release: Release
    numbers: tuple[int, ...]
    latest: bool
    place: str
    status: str
    waited: Waited

    def page(self, name: str, tongue: Tongue) -> str:
        """Where a page of this case lies for a reader of ``tongue``: in it, where the case has it, else in its own."""
        tongues = spoken(self.release.languages)
        return tongue.page(name, tongues[0]) if tongue in tongues else name


@dataclass(frozen=True, slots=True)
class Filter:
    """One value by which the table can be narrowed: a page of its own."""

    kind: str
    value: str
    path: str
    cases: tuple[Listed, ...]


def listed(cases: Sequence[tuple[Release, tuple[int, ...], bool]], tongue: Tongue = ENGLISH) -> tuple[Listed, ...]:
    """The cases as the table shows them, in the order given."""
    longest = max((max(_days(r), _due(r) or 0) for r, _, _ in cases), default=1) or 1
    return tuple(
        Listed(r, numbers, latest, _place(r), _status(r), _waited(r, longest * 1.06, tongue))
        for r, numbers, latest in cases
    )


def _status(release: Release) -> str:
    return release.status_line.partition(",")[0].strip()


def _first(release: Release) -> date:
    when = min((v.released_at for v in release.versions), default=release.released_at)
    return when.astimezone(release.case.at.tzinfo).date()


def _days(release: Release) -> int:
    return (_first(release) - release.case.at.date()).days


def _due(release: Release) -> int | None:
    return (release.deadline.due.date() - release.case.at.date()).days if release.deadline else None


def _waited(release: Release, longest: float, tongue: Tongue) -> Waited:
    days, due = _days(release), _due(release)
    if due is None:
        said = tongue.say("day %(n)d, under no rule with a date", n=days)
    elif days > due:
        said = tongue.say("day %(n)d, %(late)s after it was due", n=days, late=tongue.counted(days - due, "day"))
    else:
        said = tongue.say("day %(n)d, due on day %(due)d", n=days, due=due)
    return Waited(days, due, round(days / longest * 100, 2), round((due or 0) / longest * 100, 2), said)


def _place(release: Release) -> str:
    return next((f.value for f in release.facts if f.label.casefold() == "where"), release.case.title)


def filters(cases: Sequence[Listed]) -> tuple[Filter, ...]:
    """Year, kind, status, and whether the release was in time; values in alphabetical order, newest year first."""
    kinds: dict[str, Callable[[Listed], str]] = {
        "Year": lambda c: str(c.release.case.at.year),
        "Kind": lambda c: c.release.kind_line,
        "Status": lambda c: c.status,
        "First release": lambda c: "no rule" if c.waited.due is None else "late" if c.waited.late else "in time",
    }
    found = []
    for kind, of in kinds.items():
        values = sorted({of(c) for c in cases if of(c)}, reverse=kind == "Year")
        for value in values:
            path = f"by/{_slug(kind)}/{_slug(value)}.html"
            found.append(Filter(kind, value, path, tuple(c for c in cases if of(c) == value)))
    return tuple({each.path: each for each in found}.values())


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") or "other"


def search_list(cases: Sequence[Listed], tongue: Tongue) -> str:
    """What the search script needs to know of each case: number, headline, where it lies, parts of its lines."""
    rows = []
    for case in cases:
        if not case.latest:
            continue
        release = case.release
        lines = len(release.utterances) + (len(release.shots.events) if release.shots else 0)
        place = f"c/{release.case.id}/v{release.number}/data/"
        ending = case.page("index.html", tongue).removeprefix("index").removesuffix("html")
        rows.append([release.case.id, words.visible(release.headline), place, -(-lines // data.PART), ending])
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def atom(office: Office, cases: Sequence[Listed]) -> str:
    """``feed.xml`` of the office: every version of every case, the newest first."""
    authority = office.origin.partition("/")[0] or "office.invalid"
    items = _items(cases)
    newest = max((iso_utc(v.released_at) for _, v, _ in items), default="1970-01-01T00:00:00Z")
    entries = "".join(
        f"<entry><id>{escape(feeds.identity(r, v))}</id><title>{escape(words.visible(r.headline))}, version {v.number}"
        f"</title><updated>{iso_utc(v.released_at)}</updated><link href={quoteattr(_root(office) + link)}/>"
        f"<summary>{escape(feeds.sentence(v, feeds.tongue_of(r)))}</summary></entry>\n"
        for r, v, link in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>tag:{escape(authority)},2000-01-01:cases</id>\n<title>{escape(words.visible(office.name))}</title>\n"
        f"<updated>{newest}</updated>\n<author><name>{escape(words.visible(office.name))}</name></author>\n"
        f'<link rel="alternate" href={quoteattr(_root(office) + "index.html")}/>\n{entries}</feed>\n'
    )


def json_feed(office: Office, cases: Sequence[Listed]) -> str:
    """``feed.json`` of the office (JSON Feed 1.1)."""
    items = [
        {
            "id": feeds.identity(r, v),
            "url": _root(office) + link,
            "title": words.visible(f"{r.headline}, version {v.number}"),
            "content_text": feeds.sentence(v, feeds.tongue_of(r)),
            "date_published": iso_utc(v.released_at),
        }
        for r, v, link in _items(cases)
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": words.visible(office.name),
        "home_page_url": _root(office) + "index.html",
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _items(cases: Sequence[Listed]) -> list[tuple[Release, Version, str]]:
    found = []
    for case in cases:
        r = case.release
        for v in r.versions:
            shown = v.number in case.numbers
            link = f"c/{r.case.id}/v{v.number}/data/index.html" if shown else f"c/{r.case.id}/index.html"
            found.append((r, v, quote(link)))
    return sorted(found, key=lambda item: (item[1].released_at, item[0].case.id, item[1].number), reverse=True)


def catalogue(office: Office, cases: Sequence[Listed]) -> str:
    """``data.json``: the office's cases as a DCAT-US 1.1 catalogue that open-data portals harvest."""
    body = {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [_dataset(office, case) for case in cases if case.latest],
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _dataset(office: Office, case: Listed) -> dict[str, object]:
    r = case.release
    here = _root(office) + quote(f"c/{r.case.id}/v{r.number}/data/")
    first = min((v.released_at for v in r.versions), default=r.released_at)
    files = [("The case's page", "index.html", "text/html"), ("Everything as data", "case.json", "application/json")]
    files.append(("Transcript", "transcript.html", "text/html"))
    return {
        "@type": "dcat:Dataset",
        "title": words.visible(r.headline),
        "description": words.visible(r.summary),
        "identifier": feeds.identity(r, next(iter(feeds.newest_first(r)))) if r.versions else r.case.id,
        "keyword": [word for word in ("police oversight", "use of force", r.kind_line.casefold()) if word],
        "accessLevel": "public",
        "issued": iso_utc(first),
        "modified": iso_utc(r.released_at),
        "temporal": f"{r.case.at.isoformat()}/{r.case.at.isoformat()}",
        "publisher": {"@type": "org:Organization", "name": words.visible(office.name)},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": words.visible(office.name),
            "hasEmail": f"mailto:{office.contact}" if "@" in office.contact else "mailto:unknown@invalid",
        },
        "landingPage": here + "index.html",
        "distribution": [
            {"@type": "dcat:Distribution", "title": title, "downloadURL": here + name, "mediaType": kind}
            for title, name, kind in files
        ],
    }


def sitemap(office: Office, cases: Sequence[Listed], others: Sequence[str]) -> str:
    """``sitemap.xml``; empty while the office has named no address, for the protocol knows no relative links."""
    if not office.address:
        return ""
    rows = [(name, "") for name in others]
    for case in cases:
        if case.latest:
            r = case.release
            place = f"c/{r.case.id}/v{r.number}/data/"
            day = iso_utc(r.released_at)
            rows += [(f"{place}{name}", day) for name in ("index.html", "transcript.html", "papers.html")]
    body = "".join(
        f"<url><loc>{escape(_root(office) + quote(path))}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>\n"
        for path, day in rows
    )
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{start}{body}</urlset>\n"


def described(office: Office, release: Release) -> str:
    """schema.org JSON-LD for the head of a case's page: short, for a search engine; the whole is an export."""
    here = f"{office.address.rstrip('/')}/c/{quote(release.case.id)}/v{release.number}/data/" if office.address else ""
    body = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": words.visible(release.headline),
        "description": words.visible(release.summary),
        "identifier": release.case.id,
        "version": str(release.number),
        "datePublished": iso_utc(release.released_at),
        "isAccessibleForFree": True,
        "creator": {"@type": "GovernmentOrganization", "name": words.visible(office.name)},
        "temporalCoverage": release.case.at.isoformat(),
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": "application/json", "contentUrl": f"{here}case.json"}
        ],
    }  # fmt: skip
    if here:
        body["url"] = f"{here}index.html"
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _root(office: Office) -> str:
    return f"{office.address.rstrip('/')}/" if office.address else ""
