# SPDX-License-Identifier: Apache-2.0
"""Atom and JSON Feed of a case: one entry per version, saying what was added, removed, corrected, and why.

``latest.json`` beside them names the newest version, for programs that want nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from plainview.model.case import Office
from plainview.model.release import Change, Release, Version
from plainview.model.time import iso_utc
from plainview.publish.tongue import Tongue, spoken
from plainview.publish.words import opened, visible


def identity(release: Release, version: Version) -> str:
    """A ``tag:`` address (RFC 4151) that never changes; it needs no knowledge of where the site will live."""
    authority = release.office.origin.partition("/")[0] or "office.invalid"
    return f"tag:{authority},{release.case.at.date().isoformat()}:case/{release.case.id}/v{version.number}"


def sentence(version: Version, tongue: Tongue) -> str:
    """What a version changed, in one paragraph."""
    return visible(" ".join([version.summary, *(_told(c, tongue) for c in version.changes)]).strip())


def _told(change: Change, tongue: Tongue) -> str:
    say, old, new = tongue.say, f"“{change.before}”", f"“{change.after}”"
    said = [f"{opened(tongue.named(change.kind))}: {change.what}"]
    if change.before and change.after:
        said.append(say("from %(old)s to %(new)s", old=old, new=new))
    elif change.after:
        said.append(say("now %(new)s", new=new))
    elif change.before:
        said.append(say("before %(old)s", old=old))
    if change.why:
        said.append(say("because %(why)s", why=change.why))
    return f"{', '.join(said)}."


def tongue_of(release: Release) -> Tongue:
    """The language the office writes the case in; its feeds and calendars are in that one."""
    return spoken(release.languages)[0]


def newest_first(release: Release) -> list[Version]:
    """The release's history, the newest version on top."""
    return sorted(release.versions, key=lambda v: -v.number)


def atom(release: Release) -> str:
    """``feed.xml`` (RFC 4287)."""
    title = visible(f"{release.headline} · {tongue_of(release).say('Case %(id)s', id=release.case.id)}")
    authority = release.office.origin.partition("/")[0] or "office.invalid"
    entries = "".join(_entry(release, v) for v in newest_first(release))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{escape(f'tag:{authority},{release.case.at.date().isoformat()}:case/{release.case.id}')}</id>\n"
        f"<title>{escape(title)}</title>\n<updated>{iso_utc(release.released_at)}</updated>\n"
        f"<author><name>{escape(visible(release.office.name))}</name></author>\n"
        f'<link rel="alternate" href="index.html"/>\n{entries}</feed>\n'
    )


def _entry(release: Release, version: Version) -> str:
    tongue = tongue_of(release)
    title = tongue.say("Version %(n)s", n=version.number)
    return (
        f"<entry><id>{escape(identity(release, version))}</id><title>{escape(title)}</title>"
        f"<updated>{iso_utc(version.released_at)}</updated><link href={quoteattr(_address(release, version))}/>"
        f"<summary>{escape(sentence(version, tongue))}</summary></entry>\n"
    )


def _address(release: Release, version: Version) -> str:
    return "index.html" if version.number == release.number else f"../../v{version.number}/data/index.html"


def json_feed(release: Release) -> str:
    """``feed.json`` (JSON Feed 1.1)."""
    items = [
        {
            "id": identity(release, v),
            "url": _address(release, v),
            "title": tongue_of(release).say("Version %(n)s", n=v.number),
            "content_text": sentence(v, tongue_of(release)),
            "date_published": iso_utc(v.released_at),
        }
        for v in newest_first(release)
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": visible(f"{release.headline} · {tongue_of(release).say('Case %(id)s', id=release.case.id)}"),
        "home_page_url": "index.html",
        "authors": [{"name": visible(release.office.name)}],
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def latest(office: Office, sealed: Sequence[tuple[Release, str]], *, shown: Collection[int]) -> str:
    """``latest.json``: the newest version, and the newest that is still shown where that is another or none.

    ``sealed`` holds (release, SHA-256 of its signed list) of every version, oldest first; ``shown`` the numbers of
    those not withdrawn. Addresses are relative to the case's folder until the office has named where its site lies.
    """
    newest = sealed[-1]
    standing = next((each for each in reversed(sealed) if each[0].number in shown), None)
    body = {
        "schema": "Latest.1",
        "case": newest[0].case.id,
        "newest": _version(office, *newest) | {"withdrawn": newest[0].number not in shown},
        "shown": _version(office, *standing) if standing else None,
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _version(office: Office, release: Release, digest: str) -> dict[str, str | bool]:
    root = office.address.rstrip("/")
    folder = f"{root}/c/{quote(release.case.id)}/" if root else ""
    return {
        "version": f"v{release.number}",
        "released_at": iso_utc(release.released_at),
        "sha256": digest,
        "address": f"{folder}v{release.number}/data/index.html",
    }
