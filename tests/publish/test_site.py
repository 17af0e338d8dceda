# SPDX-License-Identifier: Apache-2.0
"""The public pages as bytes: complete, inert, relative, the same every time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import numpy as np
import opentimelineio
import pympi
import pytest
import webvtt
from PIL import Image

from plainview.casework.releasing import due_day
from plainview.casework.rulebook import shipped
from plainview.model import wire
from plainview.model.case import Office
from plainview.model.clock import Extension, History
from plainview.model.release import Change, Release, ReleasedPage
from plainview.model.time import (
    SECOND,
    IncidentSpan,
    IncidentTime,
    MediaSpan,
    clock_text,
    incident_seconds,
    media_seconds,
)
from plainview.model.transcript import FusedWord, Utterance
from plainview.publish import seal, site, stills
from plainview.publish.lookup import Lookup
from plainview.publish.strip import draw
from publish.sample import HOSTILE, hostile, sample
from publish.small_site import build_site

NS = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Path]:
    """The sample release and its files."""
    files = tmp_path_factory.mktemp("files")
    return sample(files), files


@pytest.fixture(scope="module")
def payload(material: tuple[Release, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The payload of one version, inside a site, so that every link has somewhere to go."""
    release, files = material
    root = tmp_path_factory.mktemp("site")
    data = root / "c" / release.case.id / "v3" / "data"
    site.build_case(release, files=files, out=data)
    site.build_site(release.office, [site.Entry(release, (3,))], out=root)
    return data


class Page(HTMLParser):
    """What a page holds: tags with attributes, ids, links, text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.path = path
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]

    @property
    def links(self) -> list[str]:
        return [value for _, attrs in self.tags for name, value in attrs.items() if name in ("href", "src") and value]


def pages(folder: Path) -> list[Page]:
    return [Page(path) for path in sorted(folder.rglob("*.html"))]


def tree(folder: Path) -> dict[str, str]:
    """Every file's digest by name."""
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_two_builds_are_the_same_bytes(material: tuple[Release, Path], payload: Path, tmp_path: Path) -> None:
    """The same release and files, built elsewhere and later, give the same payload to the last byte."""
    release, files = material
    again = wire.load(Release, wire.dump(release))
    site.build_case(again, files=files, out=tmp_path / "deep" / "er" / "data")
    assert tree(tmp_path / "deep" / "er" / "data") == tree(payload)


def test_everything_said_is_in_the_page_without_script(material: tuple[Release, Path], payload: Path) -> None:
    """Each utterance, moment, statement, recording, paper, reason and version can be read in plain HTML."""
    release, _ = material
    text = " ".join(Page(payload / "index.html").text.split())
    assert release.headline in text
    for u in release.utterances:
        spoken = " ".join(word.text for word in u.words if not word.hidden)
        assert spoken in text
    for words in (
        [m.title for m in release.moments],
        [s.quote for s in release.statements],
        [r.title for r in release.recordings],
        [d.title for d in release.documents],
        [w.law for w in release.withheld],
        [n.reason for n in release.not_shown],
        [v.summary for v in release.versions],
        [e.text for e in release.status],
        [r.unplaced_reason for r in release.recordings],
        [c.limits for s in release.statements for a in s.assertions for c in a.citations],
    ):
        assert [w for w in words if w not in text] == []
    papers = " ".join(Page(payload / "papers.html").text.split())
    assert all(page.text in papers for d in release.documents for page in d.pages)


def test_machine_made_things_say_so(payload: Path) -> None:
    """The transcript and the shots name the machine; a reviewed line says that instead."""
    text = " ".join(Page(payload / "index.html").text.split())
    assert "Machine transcript, partly reviewed" in text
    assert "Gunshot 1 of 3 found by machine, ± 0.02 s" in text


def test_no_page_holds_script_or_style_of_its_own(material: tuple[Release, Path], payload: Path, tmp_path: Path) -> None:
    """The policy allows nothing inline, and nothing inline is there, whatever evidence says."""
    release, files = material
    site.build_case(hostile(release), files=files, out=tmp_path)
    for page in [*pages(payload.parents[3]), *pages(tmp_path)]:
        if page.path.name == "verify.html":
            continue
        policies = [a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
        assert policies == ["default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'"]
        for tag, attrs in page.tags:
            assert tag not in ("style", "iframe", "object", "embed", "base")
            assert not [name for name in attrs if name == "style" or name.startswith("on")]
            assert tag != "script" or "src" in attrs or attrs.get("type") in ("application/json", "application/ld+json")
            assert tag != "img" or attrs["src"] != "x"
        assert not [link for link in page.links if link.lower().startswith(("javascript:", "data:", "//", "http"))]


def test_the_checker_stands_alone_and_may_run_nothing_but_itself(
    material: tuple[Release, Path], payload: Path, tmp_path: Path
) -> None:
    """``verify.html`` asks for no file; its policy allows its own script and style by digest, whatever evidence says."""
    release, files = material
    site.build_case(hostile(release), files=files, out=tmp_path)
    for path in (payload / "verify.html", tmp_path / "verify.html"):
        page = Page(path)
        text = path.read_text()
        (policy,) = [a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
        script, style = (text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0] for tag in ("script", "style"))
        allowed = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in (script, style)]
        assert policy.split("; ")[:3] == ["default-src 'none'", f"script-src 'sha256-{allowed[0]}'", f"style-src 'sha256-{allowed[1]}'"]
        assert page.links == []
        assert [tag for tag, _ in page.tags].count("script") == 1


def test_hostile_text_is_shown_as_text(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Markup is escaped; direction marks and control characters are written out."""
    release, files = material
    site.build_case(hostile(release), files=files, out=tmp_path)
    page = Page(tmp_path / "index.html")
    shown = HOSTILE.replace("\u202e", "[U+202E]").replace("\x00", "[U+0000]")
    assert " ".join(shown.split()) in " ".join(page.text.split())
    for path in tmp_path.rglob("*"):
        if path.suffix in (".html", ".vtt", ".xml"):
            body = path.read_text(encoding="utf-8")
            assert "\u202e" not in body, path
            assert "\x00" not in body, path
    facts = (tmp_path / "index.html").read_text().partition('id="facts">')[2].partition("</script>")[0]
    assert json.loads(facts)["recordings"][0]["title"].startswith("<script>")


def test_every_relative_link_leads_somewhere(payload: Path) -> None:
    """Each link of each page is relative and points at a file, and at an id that is there once."""
    root = payload.parents[3]
    wanted_by_bag = ("manifest-sha256.txt",)
    known = {page.path: page for page in pages(root)}
    for page in known.values():
        assert len(page.ids) == len(set(page.ids)), page.path
        for link in page.links:
            parts = urlsplit(link)
            if parts.path.endswith(wanted_by_bag) or "/v1/" in link or "/v2/" in link:
                continue
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            assert target.is_file(), f"{page.path.name}: {link}"
            if parts.fragment and not parts.fragment.startswith("t="):
                assert parts.fragment in known[target].ids, f"{page.path.name}: {link}"


def test_captions_are_in_the_recordings_own_time(material: tuple[Release, Path], payload: Path) -> None:
    """``Drop the gun!`` is spoken at 28.1 s; body camera 1 began at 12.3 s, so its cue starts at 15.8 s."""
    cues = webvtt.read(str(payload / "media" / "bwc-1" / "captions.vtt")).captions
    (first, _) = [cue for cue in cues if "Drop the gun" in cue.text]
    assert (first.start, first.voice) == ("00:00:15.800", "Officer Tolland")
    call = webvtt.read(str(payload / "media" / "call-1" / "captions.vtt")).captions
    assert call[0].text.endswith("[private contact] [private contact]")


def test_hidden_words_are_reasons_and_nothing_else(material: tuple[Release, Path], payload: Path) -> None:
    """Where words are hidden every page, caption and search row holds the reason code only."""
    release, _ = material
    hidden = [w for u in release.utterances for w in u.words if w.hidden]
    assert {w.text for w in hidden} == {""}
    row = next(r for r in json.loads((payload / "search.json").read_text())["rows"] if r[1] == "#u1")
    assert row[4] == "Hi, there is a man asleep in a running car at Calder [private contact]"


def found_rows(path: Path) -> list[list[Any]]:
    """The rows a part of what can be found holds, read as the page's script reads them."""
    call = path.read_text()
    quoted = call.partition(",'")[2].removesuffix("')\n")
    unquoted = re.sub(r"\\(u2028|u2029|.)", lambda m: m[1] if len(m[1]) == 1 else chr(int(m[1][1:], 16)), quoted)
    rows: list[list[Any]] = json.loads(unquoted)
    return rows


def test_a_long_transcript_comes_in_parts(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Of 9000 lines the page holds 50 around its start; scripts bring the rest, and pages of 2000 need none."""
    release, files = material
    word = FusedWord(incident_seconds(0), incident_seconds(1), "it's <b>\u2028\\ said", 0.9)
    said = [Utterance(f"u{n}", IncidentTime(n * 5000), IncidentTime(n * 5000 + 900_000), (word,), ("EX-bwc-1",), "A") for n in range(9000)]
    site.build_case(replace(release, utterances=tuple(said), shots=None), files=files, out=tmp_path)
    parts = [found_rows(path) for path in sorted((tmp_path / "find").glob("*.js"))]
    assert [len(part) for part in parts[1:]] == [4000, 4000, 1000]
    assert parts[3][-1] == ["u8999", 44.995, 45.895, "A", "it's <b>\u2028\\ said", "", [0], 0]
    facts = json.loads((tmp_path / "index.html").read_text().partition('id="facts">')[2].partition("</script>")[0])
    assert facts["whole"] is False
    assert [len(facts["parts"]), facts["parts"][2]] == [3, [40.0, 45.895]]
    page = Page(tmp_path / "index.html")
    rows = [attrs["id"] for tag, attrs in page.tags if tag == "li" and "data-a" in attrs]
    assert len(rows) == 50
    sheets = [Page(tmp_path / name) for name in ("transcript.html", *(f"transcript-{n}.html" for n in range(2, 6)))]
    assert [sum(tag == "li" for tag, _ in sheet.tags) for sheet in sheets] == [2000, 2000, 2000, 2000, 1000]


def test_small_stills_of_graphic_stretches_are_filled(tmp_path: Path) -> None:
    """Of a sheet of 12 stills the 4th and the 11th are covered: their pixels are gone, their neighbours stay."""
    shown = np.full((180, 1600, 3), 200, np.uint8)
    Image.fromarray(shown).save(tmp_path / "sprite.webp")
    assert stills.sheet(tmp_path / "sprite.webp", tmp_path / "out.webp", covered=frozenset({3, 10}), cells=12)
    found = np.asarray(Image.open(tmp_path / "out.webp").convert("L")).astype(int)
    middles = [int(found[45 + 90 * (n // 10), 80 + 160 * (n % 10)]) for n in range(12)]
    assert [value < 60 for value in middles] == [n in (3, 10) for n in range(12)]


def test_a_still_is_covered_when_anything_graphic_falls_into_its_stretch(material: tuple[Release, Path]) -> None:
    """36.0 to 39.5 s is graphic; body camera 1 began at 12.3 s, so its still for 20 to 30 s of its own is covered."""
    look = Lookup(material[0])
    camera = next(r for r in look.cameras if r.slug == "bwc-1")
    assert look.covered_cells(camera, 10_000_000) == (4, frozenset({2}))


def test_many_recordings_are_folded_by_kind(material: tuple[Release, Path]) -> None:
    """Thirty more body cameras: the overview folds them under one row, and every one of them is still there."""
    release, _ = material
    one = next(r for r in release.recordings if r.slug == "bwc-1")
    more = [replace(one, slug=f"bwc-{n}", exhibit=f"EX-bwc-{n}", damage=("Its index is gone.",)) for n in range(30, 60)]
    many = replace(release, recordings=(*release.recordings, *more))
    strip = draw(Lookup(many))
    assert [(group.name, len(group.bars)) for group in strip.groups] == [
        ("Body cameras", 32), ("Vehicles", 1), ("Streets, shops and doors", 1), ("Phones", 1), ("Calls and radio", 2),
    ]  # fmt: skip
    assert [group.opened for group in strip.groups].count(True) == 1
    assert strip.groups[0].bars[-1].said.endswith("damaged: Its index is gone.")
    assert [group.name for group in draw(Lookup(release)).groups] == [""]


def test_of_very_much_the_page_holds_an_overview_and_every_address_stays(
    material: tuple[Release, Path], payload: Path, tmp_path: Path
) -> None:
    """With 36 recordings and 16 more statements the page links to what it told in full; no anchor of the short page is lost."""
    release, files = material
    one = next(r for r in release.recordings if r.slug == "bwc-1")
    cameras = [replace(one, slug=f"bwc-{n}", exhibit=f"EX-bwc-{n}") for n in range(30, 60)]
    said = [replace(release.statements[0], id=f"s{n}") for n in range(100, 116)]
    many = replace(release, recordings=(*release.recordings, *cameras), statements=(*release.statements, *said))
    data = tmp_path / "c" / release.case.id / "v3" / "data"
    site.build_case(many, files=files, out=data)
    page, statements, recordings = (Page(data / f"{name}.html") for name in ("index", "statements", "recordings"))
    assert set(Page(payload / "index.html").ids) <= set(page.ids)
    claims = [c for s in many.statements for a in s.assertions for c in a.citations]
    texts = [" ".join(each.text.split()) for each in (page, statements, recordings)]
    assert claims[0].note not in texts[0]
    assert [c for c in claims if c.note not in texts[1] or c.limits not in texts[1]] == []
    digests = [part.sha256 for r in many.recordings for part in r.renditions if part.role not in ("sprite", "poster")]
    digests += [r.original_sha256 for r in many.recordings]
    assert [d for d in digests if f"sha256 {d}" not in texts[2]] == []
    assert [d for d in digests if d in texts[0]] == []
    here = {"": page, "statements.html": statements, "recordings.html": recordings}
    there = [link.partition("#") for link in page.links]
    assert [name + "#" + anchor for name, _, anchor in there if anchor and name in here and anchor not in here[name].ids] == []
    assert "statements.html#s100" in (data / "s" / "s100" / "index.html").read_text()


def test_what_could_not_be_read_is_drawn_and_said(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Seconds 4 to 6 and 5 to 9 of a camera, and a tail past the end of the clock: one pattern, one sentence each."""
    release, files = material
    one = next(r for r in release.recordings if r.slug == "bwc-1")
    tail = MediaSpan(media_seconds(9_000), media_seconds(9_010))
    spans = (MediaSpan(media_seconds(4), media_seconds(6)), MediaSpan(media_seconds(5), media_seconds(9)), tail)
    broken = replace(one, unread=spans)
    apart = replace(one, slug="lost", exhibit="EX-lost", alignment=None, unplaced_reason="no sound", unread=spans[:1])
    others = tuple(r for r in release.recordings if r.slug != "bwc-1")
    strip = draw(Lookup(replace(release, recordings=(broken, apart, *others))))
    bar = next(b for b in strip.bars if b.slug == "bwc-1")
    whole = next(p for p in bar.pieces if p.kind == "pictured")
    drawn = [p for p in bar.pieces if p.kind == "unread"]
    assert [(round(p.a - whole.a, 1), round(p.b - whole.a, 1)) for p in drawn] == [(4.0, 9.0)]
    assert bar.said.count("could not be read from") == 2

    site.build_case(replace(release, recordings=(broken, apart, *others)), files=files, out=tmp_path / "case")
    text = (tmp_path / "case" / "index.html").read_text()
    assert text.count('class="unread" fill="url(#broken)"') == 1
    assert "<dd>Could not be read from 4.0 s to 6.0 s after its start</dd>" in text
    assert "</svg>could not be read</li>" in text
    sound = draw(Lookup(release))
    assert not sound.unread
    assert not any(b.damaged for b in sound.bars)


def test_no_picture_of_a_graphic_moment_exists(payload: Path) -> None:
    """Moment 5 is graphic: it has no still, and its card says so instead."""
    names = {p.name for p in (payload / "stills").iterdir()}
    assert "m5.webp" not in names
    assert {"m2.webp", "m3.webp", "m4.webp", "m6.webp"} <= names
    assert not [link for link in Page(payload / "m" / "5" / "card.html").links if link.endswith(".webp")]


def test_cameras_without_a_calm_instant_have_no_picture(material: tuple[Release, Path], tmp_path: Path) -> None:
    """When the whole case is graphic no still at all is made."""
    release, files = material
    span = (IncidentSpan(incident_seconds(-99), incident_seconds(199)), "shooting")
    site.build_case(replace(release, graphic=(span,)), files=files, out=tmp_path)
    assert not (tmp_path / "stills").exists()


def test_a_case_with_nothing_in_it_still_has_a_page(material: tuple[Release, Path], tmp_path: Path) -> None:
    """No recording, no line, no moment, no paper: the page says so and does not fail."""
    release, _ = material
    empty = replace(
        release, recordings=(), documents=(), utterances=(), moments=(), shots=None, statements=(), status=(),
        withheld=(), not_shown=(), graphic=(), facts=(), deadline=None,
    )  # fmt: skip
    site.build_case(empty, files=tmp_path / "none", out=tmp_path / "out")
    text = Page(tmp_path / "out" / "index.html").text
    for sentence in ("No speech was found", "No moment has been confirmed yet", "No recording is in this release", "Nothing is hidden in this release"):
        assert sentence in text


def test_building_never_writes_into_the_finished_files(material: tuple[Release, Path], tmp_path: Path) -> None:
    """A captions file among the finished ones keeps its bytes although the page's own takes its place."""
    release, files = material
    mine = tmp_path / "files"
    shutil.copytree(files, mine)
    theirs = mine / "media" / "bwc-1" / "captions.vtt"
    theirs.write_text("WEBVTT\n\nmine\n")
    before = tree(mine)
    site.build_case(release, files=mine, out=tmp_path / "out")
    assert tree(mine) == before
    assert "mine" not in (tmp_path / "out" / "media" / "bwc-1" / "captions.vtt").read_text()


def test_case_json_is_the_release_itself(material: tuple[Release, Path], payload: Path) -> None:
    """What a program reads is exactly the value the pages were made from."""
    assert wire.load(Release, (payload / "case.json").read_bytes()) == material[0]


def test_feeds_list_versions_newest_first(payload: Path) -> None:
    """Both feeds hold three entries with changes and reasons, under ids that never change."""
    feed = ElementTree.fromstring((payload / "feed.xml").read_bytes())
    assert [e.findtext("a:title", "", NS) for e in feed.findall("a:entry", NS)] == ["Version 3", "Version 2", "Version 1"]
    assert feed.findtext("a:updated", "", NS) == "2026-06-09T15:02:00Z"
    assert "Added: Bystander phone, from sidewalk, because delivered by its owner on June 2." in (feed.findtext("a:entry/a:summary", "", NS))
    items = json.loads((payload / "feed.json").read_text())["items"]
    assert [i["id"] for i in items] == [e.findtext("a:id", "", NS) for e in feed.findall("a:entry", NS)]


def test_a_moment_has_a_stub_that_needs_no_script(payload: Path) -> None:
    """``m/3/`` carries the social card and goes to the moment by itself."""
    body = (payload / "m" / "3" / "index.html").read_text()
    assert re.search(r'http-equiv="refresh" content="0; url=../../index.html#m3"', body)
    assert 'property="og:title" content="9:40:16.0 p.m.: Two officers give opposing orders"' in body


def test_a_tombstone_says_who_when_and_why(material: tuple[Release, Path], tmp_path: Path) -> None:
    """A withdrawn version leaves a page with its reason, date and hash, complete and inert."""
    site.build_tombstone(
        material[0].office, case="2026-0000417", what="version 2", reason="A face was left uncovered in one recording.",
        decided_by="R. Example", withdrawn_at=datetime(2026, 6, 11, tzinfo=UTC), sha256="ab" * 32, out=tmp_path, latest="../v3/data/index.html",
    )  # fmt: skip
    text = " ".join(Page(tmp_path / "index.html").text.split())
    assert "Version 2 has been withdrawn" in text
    for part in ("A face was left uncovered in one recording.", "June 11, 2026", "ab" * 32, "R. Example"):
        assert part in text



def test_a_page_is_light(payload: Path) -> None:
    """Script before first play at most 15 kB, all of it 45 kB, page and style 60 kB, letters 75 kB, as sent (gzip)."""

    def weight(*names: str) -> float:
        return sum(len(gzip.compress((payload / name).read_bytes())) for name in names) / 1000

    assert weight("assets/boot.js", "assets/case.js") <= 15
    assert weight("assets/boot.js", "assets/case.js", "assets/more.js") <= 45
    assert weight("index.html", "assets/page.css") <= 60
    assert weight("assets/sans.woff2", "assets/serif.woff2") <= 75


def test_a_case_that_crosses_midnight_names_both_days(material: tuple[Release, Path], tmp_path: Path) -> None:
    """With the epoch twenty seconds before midnight the page knows March 14 and March 15."""
    release, files = material
    late = replace(release, case=replace(release.case, at=release.case.at.replace(hour=23, minute=59, second=40)))
    site.build_case(late, files=files, out=tmp_path)
    facts = (tmp_path / "index.html").read_text().partition('id="facts">')[2].partition("</script>")[0]
    assert json.loads(facts)["days"] == {"0": "March 14", "1": "March 15"}
    assert "12:00:04.3 a.m." in (tmp_path / "m" / "4" / "card.html").read_text()


def test_two_versions_are_compared_in_words(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Old words struck through, new words underlined, in the page and in a page for every two versions."""
    release, files = material
    change = Change("corrected", "Transcript at 21:40:18", "a second listener heard it", "He said stay out", "He said get out")
    told = replace(release, versions=(*release.versions[:2], replace(release.versions[2], changes=(change,))))
    site.build_case(told, files=files, out=tmp_path / "c" / release.case.id / "v3" / "data")
    site.build_site(told.office, [site.Entry(told, (2, 3))], out=tmp_path)
    compare = tmp_path / "c" / release.case.id / "compare"
    assert sorted(p.name for p in compare.iterdir()) == ["1-2", "1-3", "2-3"]
    for path in (compare / "1-3" / "index.html", compare.parent / "v3" / "data" / "index.html"):
        text = path.read_text()
        assert '<del dir="auto"><span class="vh">It said: </span>He said stay out</del>' in text
        assert '<ins dir="auto"><span class="vh">It says now: </span>He said get out</ins>' in text
    assert "2 differences" in Page(compare / "1-3" / "index.html").text
    assert "He said stay out" not in (compare / "1-2" / "index.html").read_text()


def test_hidden_time_is_told_by_recording_reason_and_law(payload: Path) -> None:
    """Body camera 1 hides a face for 11 s and sound for 1 s; what is covered twice at one instant counts once."""
    text = " ".join(Page(payload / "index.html").text.split())
    assert "Body camera 1, Tollandof 38 sFace: bystander§7(1)(c)11 sSound: private contact§7(1)(b)1 s" in text


def test_the_due_day_explains_itself(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Rule, first day, days, extension and this version's place beside the day, each by itself."""
    release, files = material
    asked = Extension("the Department", date(2026, 5, 1), "pending search", 20)
    past = History(release.case.at.date(), extensions=(asked,))
    due = due_day(shipped()["chicago"], past, release.case.at.tzinfo)
    site.build_case(replace(release, deadline=due), files=files, out=tmp_path)
    text = " ".join(Page(tmp_path / "index.html").text.split())
    assert "Counted fromthe incident, March 14, 2026, as day 0" in text
    assert "Calendar days60" in text
    assert "Requested in writing by the Department on May 1, 2026: pending search" in text
    assert "This versionJune 9, 2026, 7 days after it was due" in text


def test_an_answer_is_tied_to_its_recommendation(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Both ends say so; what has no answer says until when it had none."""
    release, files = material
    first, answer, again, other = release.status
    events = (first, replace(answer, answers="e1"), replace(again, to="Port Alder Police Department"), other)
    site.build_case(replace(release, status=events), files=files, out=tmp_path)
    text = " ".join(Page(tmp_path / "index.html").text.split())
    assert "answers the recommendation of March 18, 3 days later" in text
    assert "answered by Port Alder Police Department on March 21, 2026" in text
    assert "to Port Alder Police Department · no answer when this version was released, 38 days later" in text


def test_parties_stand_beside_each_other_on_one_question(material: tuple[Release, Path], payload: Path, tmp_path: Path) -> None:
    """Two parties' assertions about one question share a row; who said nothing has an empty cell; each cell leads to the words."""
    release, files = material
    about = {("s1", "a2"): "What his hands did", ("s3", "a1"): "what his hands did?"}
    statements = tuple(
        replace(s, assertions=tuple(replace(a, about=about.get((s.id, a.id), "")) for a in s.assertions)) for s in release.statements
    )
    site.build_case(replace(release, statements=statements), files=files, out=tmp_path)
    body = (tmp_path / "index.html").read_text().partition('<table class="matrix">')[2].partition("</table>")[0]
    head, *rows = body.split("<tr>")[1:]
    assert re.findall(r'<th scope="col"(?: dir="auto")?>([^<]*)', head) == [
        "Question or assertion", "Port Alder Police Department", "Office of the Mayor", "Marcus Vane",
    ]  # fmt: skip
    assert "What his hands did</th>" in rows[0]
    department, mayor, vane = rows[0].split("<td>")[1:]
    assert 'href="#s1-a2-1"' in department
    assert "He reached toward his waistband" in department
    assert mayor.startswith('<span class="vh">nothing said')
    assert "1 supported" in vane
    assert "1 cannot be determined" in vane
    assert len(rows) == 4
    assert 'id="matrix"' in (payload / "index.html").read_text()


def meta(page: Page) -> dict[str, str]:
    """What a card says, by property or name."""
    return {a.get("property") or a.get("name", ""): a.get("content", "") for tag, a in page.tags if tag == "meta"}


def test_everything_has_an_address_with_a_card(material: tuple[Release, Path], payload: Path) -> None:
    """Moments, statements, recordings, papers, pages and lines: title, text and target; embeds for all but lines."""
    release, _ = material
    wanted = [f"m/{m.id.lstrip('m')}" for m in release.moments] + [f"s/{s.id}" for s in release.statements]
    wanted += [f"r/{r.slug}" for r in release.recordings] + [f"d/{d.slug}" for d in release.documents] + ["d/report/p2"]
    for path in wanted:
        said = meta(Page(payload / path / "index.html"))
        assert said["og:title"], path
        assert said["twitter:card"] in ("summary", "summary_large_image")
        embed = json.loads((payload / path / "oembed.json").read_text())
        assert (embed["type"], embed["version"]) == ("rich", "1.0")
        assert f"{path}/card.html" in embed["html"]
        assert (payload / path / "card.html").is_file()
    line = meta(Page(payload / "u" / "u11" / "index.html"))
    assert line["og:title"] == "9:40:28 p.m., Officer Tolland: Drop the gun!"


def test_cards_never_show_a_graphic_still(payload: Path) -> None:
    """Moment 5 is graphic: no picture in its page, its card or its embed; moment 3 has one that exists."""
    for name in ("m/5/index.html", "m/5/card.html", "m/5/oembed.json"):
        assert ".webp" not in (payload / name).read_text()
    picture = meta(Page(payload / "m" / "3" / "index.html"))["og:image"]
    assert (payload / "m" / "3" / picture).resolve().is_file()


def test_an_offices_address_makes_cards_absolute(material: tuple[Release, Path], tmp_path: Path) -> None:
    """With an address the card's picture, its own address and the embed are what other sites need."""
    release, files = material
    known = replace(release, office=replace(release.office, address="https://review.example/"))
    site.build_case(known, files=files, out=tmp_path)
    start = "https://review.example/c/2026-0000417/v3/data/"
    said = meta(Page(tmp_path / "m" / "3" / "index.html"))
    assert (said["og:url"], said["og:image"]) == (f"{start}m/3/", f"{start}stills/m3.webp")
    embed = json.loads((tmp_path / "m" / "3" / "oembed.json").read_text())
    assert f'src="{start}m/3/card.html"' in embed["html"]
    assert embed["thumbnail_url"] == f"{start}stills/m3.webp"


def test_what_a_new_version_no_longer_shows_says_why(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Version 2 had moment 2 and a phone; version 3 removes the phone with a reason and drops the moment without one."""
    release, _ = material
    older = replace(release, number=2)
    change = Change("removed", "Bystander phone, from sidewalk", "its owner took back the consent")
    newest = replace(
        release,
        moments=tuple(m for m in release.moments if m.id != "m2"),
        recordings=tuple(r for r in release.recordings if r.slug != "phone-1"),
        versions=(*release.versions[:2], replace(release.versions[2], changes=(change,))),
    )
    site.build_site(release.office, [site.Entry(newest, (2, 3), standing=(older, newest))], out=tmp_path)
    case = tmp_path / "c" / release.case.id
    gone = (case / "r" / "phone-1" / "index.html").read_text()
    assert "Its owner took back the consent." in gone
    assert "refresh" not in gone
    assert 'href="../../v2/data/r/phone-1/index.html"' in gone
    assert "the versions do not say why" in (case / "m" / "2" / "index.html").read_text()
    assert 'content="0; url=../../v3/data/m/3/index.html"' in (case / "m" / "3" / "index.html").read_text()


def test_a_page_no_longer_shown_says_why_without_its_words(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Page 2 goes with a reason, page 20 stays; a paper goes whole, and each of its pages says the paper's reason."""
    release, _ = material
    report = next(d for d in release.documents if d.slug == "report")
    last = ReleasedPage(20, "Twenty.")
    letter = replace(report, exhibit="EX-letter", slug="letter", title="A letter", pages=(ReleasedPage(1, "Dear Sam."),))
    older = replace(release, number=2, documents=(replace(report, pages=(*report.pages, last)), letter))
    changes = (
        Change("corrected", f"Paper: {report.title}, page 20", "a name was misread", "Twnty.", "Twenty."),
        Change("corrected", f"Paper: {report.title}, page 2", "its pages were mixed up", "Rounds fired: 4.", ""),
        Change("removed", "Paper: A letter", "a court sealed it"),
    )
    newest = replace(
        release,
        documents=(replace(report, pages=(report.pages[0], last)),),
        versions=(*release.versions[:2], replace(release.versions[2], changes=changes)),
    )
    site.build_site(release.office, [site.Entry(newest, (2, 3), standing=(older, newest))], out=tmp_path)
    papers = tmp_path / "c" / release.case.id / "d"
    gone = (papers / "report" / "p2" / "index.html").read_text()
    assert "Its pages were mixed up." in gone
    assert "Rounds fired" not in gone
    assert 'href="../../../v2/data/d/report/p2/index.html"' in gone
    assert 'href="../../../../../assets/page.css"' in gone
    whole = (papers / "letter" / "p1" / "index.html").read_text()
    assert "A court sealed it." in whole
    assert "Sam" not in whole
    for number in (1, 20):
        here = (papers / "report" / f"p{number}" / "index.html").read_text()
        assert f'content="0; url=../../../v3/data/d/report/p{number}/index.html"' in here
        assert "No longer shown" not in here


def test_the_address_of_a_line_answers_for_ever(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Version 1 was withdrawn; version 2 had a line that version 3 took back; in version 3 another was put right and all are
    numbered anew: each old address leads to the line's place in version 3, or says why there is none, without its words."""
    release, _ = material
    gone, kept, *rest = release.utterances
    put_right = replace(kept, id="u1", words=(replace(kept.words[0], text="Mended."),))
    early = replace(kept, id="u77", start=IncidentTime(900 * SECOND), end=IncidentTime(901 * SECOND))
    at = clock_text(gone.start, release.case.at, digits=0)
    change = Change("corrected", f"Transcript at {at}", "nobody spoke; it was the radio")
    newest = replace(
        release,
        utterances=(put_right, *(replace(line, id=f"u{n}") for n, line in enumerate(rest, 2))),
        versions=(*release.versions[:2], replace(release.versions[2], changes=(change,))),
    )
    older, first = replace(release, number=2), replace(release, number=1, utterances=(early,))
    sealed = tuple((each, str(each.number) * 64) for each in (first, older, newest))
    site.build_site(release.office, [site.Entry(newest, (2, 3), standing=(older, newest), sealed=sealed)], out=tmp_path)
    lines = tmp_path / "c" / release.case.id / "u"

    def said(number: int, line: str) -> str:
        return (lines / f"v{number}-{line}" / "index.html").read_text()

    assert "Nobody spoke; it was the radio." in said(2, gone.id)
    assert 'href="../../v2/data/u/' in said(2, gone.id)
    assert "refresh" not in said(2, gone.id)
    assert all(line.text not in said(2, line.id) for line in (gone, kept))
    assert 'content="0; url=../../v3/data/u/u1/index.html"' in said(2, kept.id)
    assert 'content="0; url=../../v3/data/u/u1/index.html"' in said(3, "u1")
    assert 'content="0; url=../../v3/data/u/u2/index.html"' in said(2, rest[0].id)
    assert "Version 1, which showed it, has been withdrawn." in said(1, "u77")
    assert 'href="../../withdrawn/v1/index.html"' in said(1, "u77")
    assert early.text not in said(1, "u77")


def test_what_only_a_withdrawn_version_showed_says_so(material: tuple[Release, Path], tmp_path: Path) -> None:
    """Version 2 stood alone with moment 2 and was withdrawn: the address answers, and does not repeat the moment's title."""
    release, _ = material
    older = replace(release, number=2)
    newest = replace(release, moments=tuple(m for m in release.moments if m.id != "m2"))
    sealed = ((older, "2" * 64), (newest, "3" * 64))
    site.build_site(release.office, [site.Entry(newest, (3,), standing=(newest,), sealed=sealed)], out=tmp_path)
    gone = (tmp_path / "c" / release.case.id / "m" / "2" / "index.html").read_text()
    assert "Version 2, which showed it, has been withdrawn." in gone
    assert next(m.title for m in release.moments if m.id == "m2") not in gone
    none = site.Entry(newest, (), latest=False, sealed=sealed)
    site.build_site(release.office, [none], out=tmp_path)
    for name in ("m/3", "s/s1", "u/v3-u11"):
        assert "Version 3, which showed it, has been withdrawn." in (tmp_path / "c" / release.case.id / name / "index.html").read_text()


def test_latest_names_the_newest_version_for_programs(material: tuple[Release, Path], tmp_path: Path) -> None:
    """The newest with its digest and address; what is still shown when it was withdrawn; nothing when all were."""
    second = replace(material[0], number=2)
    third = replace(material[0], number=3)
    sealed = ((second, "2" * 64), (third, "3" * 64))

    def said(office: Office, *standing: Release) -> dict[str, Any]:
        numbers = tuple(r.number for r in standing)
        newest = standing[-1] if standing else third
        entry = site.Entry(newest, numbers, latest=bool(standing), standing=standing, sealed=sealed)
        site.build_site(office, [entry], out=tmp_path)
        found: dict[str, Any] = json.loads((tmp_path / "c" / third.case.id / "latest.json").read_text())
        return found

    both = said(replace(third.office, address=""), second, third)
    assert (both["schema"], both["case"]) == ("Latest.1", third.case.id)
    assert (both["newest"]["version"], both["newest"]["sha256"]) == ("v3", "3" * 64)
    assert both["newest"]["address"] == "v3/data/index.html"
    assert both["newest"] == both["shown"] | {"withdrawn": False}

    one = said(replace(third.office, address="https://review.example/"), second)
    assert one["newest"]["withdrawn"] is True
    assert one["shown"]["address"] == f"https://review.example/c/{third.case.id}/v2/data/index.html"
    assert one["shown"]["sha256"] == "2" * 64

    assert said(third.office)["shown"] is None


def test_dates_are_a_calendar(payload: Path) -> None:
    """The incident, three versions, four rungs and the day due, each with an identity; lines fold at 75 octets."""
    body = (payload / "dates.ics").read_bytes()
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    text = body.decode().replace("\r\n ", "")
    uids = re.findall(r"UID:2026-0000417\.(\w+)@opr\.portalder\.example", text)
    assert sorted(uids) == ["due", "e1", "e2", "e3", "e4", "incident", "v1", "v2", "v3"]
    assert "DTSTART;VALUE=DATE:20260910\r\nDTEND;VALUE=DATE:20260911\r\nSUMMARY:2026-0000417: Release due" in text


@pytest.fixture(scope="module")
def cases(material: tuple[Release, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with three cases: one late, one in time, one of another year under no rule."""
    release, files = material
    root = tmp_path_factory.mktemp("office")
    office = replace(release.office, address="https://review.example")
    zone = release.case.at.tzinfo
    due = due_day(shipped()["chicago"], History(release.case.at.date()), zone)
    late = replace(release.versions[0], released_at=datetime(2026, 6, 9, tzinfo=zone))
    entries = []
    for number, versions, deadline, at in (
        ("2026-1", release.versions, due, release.case.at),
        ("2026-2", (late,), due, release.case.at),
        ("2025-9", (replace(late, number=1),), None, release.case.at.replace(year=2025)),
    ):
        case = replace(release.case, id=number, at=at)
        each = replace(release, case=case, office=office, versions=versions, deadline=deadline, headline=f"Case {number}")
        site.build_case(each, files=files, out=root / "c" / number / "v3" / "data")
        entries.append(site.Entry(each, (3,), standing=(each,)))
    site.build_site(office, entries, out=root)
    return root


def test_filters_are_pages_of_their_own(cases: Path) -> None:
    """Each value of each filter is a link to a page that lists exactly its cases, and every link leads somewhere."""
    index = Page(cases / "index.html")
    paths = sorted(link for link in index.links if link.startswith("by/"))
    assert paths == [
        "by/first-release/in-time.html", "by/first-release/late.html", "by/first-release/no-rule.html",
        "by/kind/shooting-by-an-officer.html", "by/status/investigation-open.html", "by/year/2025.html", "by/year/2026.html",
    ]  # fmt: skip
    listed = [link for link in Page(cases / "by/first-release/late.html").links if re.search(r"c/[^/]+/index.html$", link)]
    assert listed == ["../../c/2026-2/index.html"]
    for page in [index, *(Page(cases / path) for path in paths)]:
        for link in filter(lambda link: not link.startswith("#"), page.links):
            assert (page.path.parent / unquote(urlsplit(link).path)).is_file(), f"{page.path}: {link}"


def test_releases_stand_beside_the_day_they_were_due(cases: Path) -> None:
    """59 days of 60, 87 days of 60, 452 under no rule: said in words, drawn to one scale."""
    body = (cases / "index.html").read_text()
    assert re.findall(r"<b>(day [^<]*)</b>", body) == ["day 87, 27 days after it was due", "day 59, due on day 60", "day 452, under no rule with a date"]
    shares = [float(x) for x in re.findall(r'class="amount" y="7" width="([\d.]+)%"', body)]
    assert shares == pytest.approx([100 * d / (452 * 1.06) for d in (87, 59, 452)], abs=0.01)
    assert body.count('<li class="late">') == 1


def test_other_programs_can_read_the_office(cases: Path) -> None:
    """Both feeds, the catalogue, the map of the site and the head of a case's page say the same cases."""
    feed = ElementTree.fromstring((cases / "feed.xml").read_bytes())
    entries = feed.findall("a:entry", NS)
    assert len(entries) == 5
    link = entries[0].find("a:link", NS)
    assert link is not None
    assert link.get("href", "").startswith("https://review.example/c/2026-")
    assert [i["id"] for i in json.loads((cases / "feed.json").read_text())["items"]] == [e.findtext("a:id", "", NS) for e in entries]
    datasets = json.loads((cases / "data.json").read_text())["dataset"]
    required = {"title", "description", "keyword", "modified", "publisher", "contactPoint", "identifier", "accessLevel"}
    assert [required - d.keys() for d in datasets] == [set(), set(), set()]
    places = [e.text or "" for e in ElementTree.fromstring((cases / "sitemap.xml").read_bytes()).iter() if e.tag.endswith("loc")]
    assert len(places) == len(set(places)) == 4 + 3 * 3
    assert all((cases / place.removeprefix("https://review.example/")).is_file() for place in places)
    assert "Sitemap: https://review.example/sitemap.xml" in (cases / "robots.txt").read_text()
    head = (cases / "c/2026-1/v3/data/index.html").read_text().partition('ld+json">')[2].partition("</script>")[0]
    assert (json.loads(head)["@type"], json.loads(head)["identifier"]) == ("Dataset", "2026-1")


def test_how_we_redact_names_the_reasons_used(cases: Path) -> None:
    """Each reason with its law and in how many cases; the accessibility statement says what does not work."""
    text = " ".join(Page(cases / "how-we-redact.html").text.split())
    assert "Bystander" in text
    assert "Open Records Act §7(1)(c)3" in text
    assert "What does not work yet" in Page(cases / "accessibility.html").text


def test_every_export_lies_in_the_release_and_is_linked(material: tuple[Release, Path], payload: Path) -> None:
    """Nine forms; independent readers open them where they lie and find the media their paths name."""
    links = [link for link in Page(payload / "index.html").links if link.startswith("exports/")]
    assert {link.split("/")[1] for link in links} == {"csv", "otio", "fcpxml", "edl", "kdenlive", "eaf", "webannotation", "iiif", "jsonld"}
    timeline = opentimelineio.adapters.read_from_file(str(payload / "exports/otio/case.otio"))
    clips = list(timeline.find_clips())
    assert {clip.name for clip in clips} == {r.title for r in material[0].recordings if r.alignment}
    for clip in clips:
        assert (payload / "exports/otio" / clip.media_reference.target_url).resolve().is_file()
    heard = pympi.Elan.Eaf(str(next(iter(sorted((payload / "exports/eaf").glob("*.eaf"))))))
    assert heard.get_tier_names()
    assert (payload / "exports/csv/transcript.csv").read_text().startswith("id,starts,")


def test_what_the_page_offers_to_embed_exists(material: tuple[Release, Path], tmp_path: Path) -> None:
    """A moment's card, without moments a recording's, and with nothing to embed no offer."""
    release, files = material
    empty = replace(release, moments=(), recordings=(), documents=(), statements=(), utterances=(), shots=None, status=())
    for number, each in enumerate((release, replace(release, moments=(), statements=()), empty)):
        site.build_case(each, files=files, out=tmp_path / str(number))
        body = (tmp_path / str(number) / "index.html").read_text()
        offered = re.findall(r"&lt;iframe src=&#34;([^&]+)&#34;|&lt;iframe src=\"([^\"]+)\"", body)
        assert len(offered) == (0 if each is empty else 1)
        assert all((tmp_path / str(number) / (a or b)).is_file() for a, b in offered)


def test_a_zip_of_a_version_is_the_version(tmp_path: Path) -> None:
    """Two zips are the same bytes; unpacked by another program the signed lists hold."""
    published = build_site(tmp_path / "site")
    first = seal.zip_version(published.bag(2), tmp_path / "a" / "one.zip")
    second = seal.zip_version(published.bag(2), tmp_path / "b" / "two.zip")
    assert first.read_bytes() == second.read_bytes()
    shutil.unpack_archive(first, tmp_path / "out")
    assert tree(tmp_path / "out" / "v2") == tree(published.bag(2))
    done = subprocess.run(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], cwd=tmp_path / "out" / "v2", check=False)
    assert done.returncode == 0
