# SPDX-License-Identifier: Apache-2.0
"""The public pages: written from one frozen ``Release`` and a folder of finished files, and from nothing else.

What this module keeps true:

- the same release and files give the same bytes (no clock is read, everything iterated is sorted);
- every text goes through Jinja's escaping and ``words.visible``; there is no inline script, style or handler,
  so the page's content security policy (``default-src 'self'``) holds whatever a transcript contains;
- every link is relative: the page works at any depth of any host, and from disk;
- every page is complete without script;
- a case has its pages in every language it names (``index.html`` in its own, ``index.es.html`` beside it).

Built scripts and styles come from ``static/`` (made by ``web/build.py``).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from plainview.errors import MissingPart
from plainview.model import wire
from plainview.model.case import Office
from plainview.model.release import Release
from plainview.model.time import instant
from plainview.publish import addresses, calendar, checker, data, exports, feeds, matrix, parts, plan, views, words
from plainview.publish import office as offices
from plainview.publish.captions import captions
from plainview.publish.lookup import Lookup
from plainview.publish.stills import sheet, sheet_every, still
from plainview.publish.strip import Strip, draw
from plainview.publish.tongue import ENGLISH, TONGUES, Tongue, spoken

HERE = Path(__file__).parent
ASSETS = (
    "boot.js", "case.js", "more.js", "office.js", "page.css",
    "sans.woff2", "serif.woff2", "fonts-license.txt", "icon.svg",
)  # fmt: skip
SIGNER = "release@"
"""Start of the name an office signs under; the authority of its log's origin follows."""
POSTER_WIDTH = 960
WHOLE = 350
"""Lines up to which the case's page holds the whole transcript: with them it still weighs under 60 kB as sent."""
AROUND = 50
"""Lines it holds of a longer one, around where the player stands at first; scripts bring the others."""
EXPORTED = 20_000
"""Lines up to which exports with an entry for every line lie in the release; larger ones are made when asked for."""
SHEET = 2000
"""Lines on one page of the transcript by itself."""


@dataclass(frozen=True)
class Entry:
    """A case in the office's index: its newest release, every version still shown, and whether one is shown at all."""

    release: Release
    numbers: tuple[int, ...]
    latest: bool = True
    standing: tuple[Release, ...] = ()
    """Every version still shown; the addresses of the case come from them."""
    sealed: tuple[tuple[Release, str], ...] = ()
    """(release, SHA-256 of its signed list) of every version ever published, oldest first."""


def build_case(release: Release, *, files: Path, out: Path) -> None:
    """Write the payload of one release to ``out``; ``files`` holds ``media/`` and ``documents/`` as finished."""
    out.mkdir(parents=True, exist_ok=True)
    look = Lookup(release, spoken(release.languages)[0])
    for folder in ("media", "documents"):
        _link_tree(files / folder, out / folder)
    _assets(out / "assets")
    cut = {r.slug: parts.cut(r, out) for r in look.placed}
    made = Made(_stills(look, out), _sheets(look, out), _exported(release, out), cut)
    for tongue in look.tongues:
        _case_pages(Lookup(release, tongue), made, out)
    _places(look, made.stills, out)
    _write(out / "dates.ics", calendar.public(release))
    _write(out / "case.json", wire.pieces(release))
    _write(out / "feed.xml", feeds.atom(release))
    _write(out / "feed.json", feeds.json_feed(release))
    for recording in look.placed:
        outline = recording.rendition("wave")
        if outline is not None:
            body = (out / outline.path).read_bytes()
            _write(out / data.wave_path(recording), data.wave_script(recording, body))
        if data.proven(recording):
            _write(out / data.changed_path(recording), data.changed_script(recording))
        _write(out / "media" / recording.slug / "captions.vtt", captions(recording, look.spoken_on[recording.exhibit]))


@dataclass(frozen=True)
class Made:
    """What pages of every language show alike: stills, how many small ones each sheet holds, exports, media parts."""

    stills: frozenset[str]
    sheets: dict[str, int]
    exported: list[tuple[str, str, list[tuple[str, str]]]]
    parts: dict[str, tuple[parts.Part, ...]]


def _case_pages(look: Lookup, made: Made, out: Path) -> None:
    """All pages of a release in one language."""
    strip, lines, cards = draw(look), views.lines(look), views.cards(look, made.stills)
    values = _values(look, strip, made.stills) | {
        "exported": made.exported, "cards": cards, "total_lines": len(lines),
    }  # fmt: skip
    spans = _said(lines, values, out)
    shown = _around(lines, strip.window[0])
    facts = data.player(look, strip, spans, made.sheets, made.parts, whole=len(shown) == len(lines))

    def write(name: str, template: str, **more: object) -> None:
        _write(out / look.page(name), _page(template, _spoken(look.tongue, look.tongues, name) | values | more))

    write("index.html", "case.html", lines=shown, facts_json=facts)
    write("statements.html", "statements_page.html")
    write("recordings.html", "recordings_page.html")
    write("papers.html", "papers.html")
    said = _spoken(look.tongue, look.tongues, "verify.html")
    _write(out / look.page("verify.html"), checker.page(_page("checker.html", said | values), HERE / "static"))


def _spoken(tongue: Tongue, tongues: Sequence[Tongue], name: str) -> dict[str, Any]:
    """What every template asks of the language it is printed in; ``name`` is the page's in the first of ``tongues``."""
    first = tongues[0]

    def at(path: str) -> str:
        return tongue.page(path, first)

    own = Markup('dir="auto"') if tongue == first else Markup('lang="{}" dir="auto"').format(first.code)
    return {
        "tongue": tongue, "own": own, "at": at, "scripts": data.inert(dict(tongue.scripts)) if tongue.scripts else "",
        "alternates": [(t, Path(t.page(name, first)).name) for t in tongues], "public": "", "self_name": name,
    }  # fmt: skip


def build_site(office: Office, cases: Sequence[Entry], *, out: Path) -> None:
    """Write the office's index, each case's ``latest`` page and what robots are told; versions are already there."""
    entries = sorted(cases, key=lambda e: (e.release.released_at, e.release.case.id), reverse=True)
    _assets(out / "assets")
    invented = next((e.release.invented for e in entries if e.release.invented), "")
    common: dict[str, Any] = {"office": office, "invented": invented}
    _office_pages(office, entries, common, out)
    for entry in entries:
        if entry.sealed:
            said = feeds.latest(office, entry.sealed, shown=entry.numbers)
            _write(out / "c" / entry.release.case.id / "latest.json", said)
        _lasting(entry, common, out / "c" / entry.release.case.id)
        if not entry.latest:
            continue
        place, tongues = out / "c" / entry.release.case.id, spoken(entry.release.languages)
        shutil.rmtree(place / "compare", ignore_errors=True)
        for tongue in tongues:
            values = common | _spoken(tongue, tongues, "index.html") | {"release": entry.release}
            values |= {"root": "../../", "home": f"../../{tongue.page('index.html', ENGLISH)}"}
            _write(place / tongue.page("index.html", tongues[0]), _page("latest.html", values))
            _compared(entry, values, tongue, place / "compare")


def _office_pages(office: Office, entries: Sequence[Entry], common: dict[str, Any], out: Path) -> None:
    """The index and its filters, search, how we redact, accessibility, and what other programs read.

    In English and in every language a case names; English has the plain names.
    """
    cases = offices.listed([(e.release, e.numbers, e.latest) for e in entries])
    named = {code for e in entries for code in e.release.languages}
    tongues = [ENGLISH, *(t for code, t in TONGUES.items() if code in named and t != ENGLISH)]
    shutil.rmtree(out / "by", ignore_errors=True)
    for tongue in tongues:
        _office_in(tongue, tongues, entries, common | {"out": out})
    _write(out / "feed.xml", offices.atom(office, cases))
    _write(out / "feed.json", offices.json_feed(office, cases))
    _write(out / "data.json", offices.catalogue(office, cases))
    others = ["index.html", "search.html", "how-we-redact.html", "accessibility.html"]
    found = offices.sitemap(office, cases, others)
    robots = "User-agent: *\nAllow: /\n"
    if found:
        _write(out / "sitemap.xml", found)
        robots += f"Sitemap: {office.address.rstrip('/')}/sitemap.xml\n"
    _write(out / "robots.txt", robots)


def _office_in(tongue: Tongue, tongues: Sequence[Tongue], entries: Sequence[Entry], common: dict[str, Any]) -> None:
    office, out = common["office"], common["out"]
    cases = offices.listed([(e.release, e.numbers, e.latest) for e in entries], tongue)
    chosen = offices.filters(cases)
    here = common | {"cases": cases, "all": cases, "filters": chosen, "chosen": None}

    def write(name: str, template: str, **more: object) -> None:
        root = "../" * name.count("/")
        values = here | _spoken(tongue, tongues, name) | more
        values |= {"root": root, "home": f"{root}{tongue.page('index.html', ENGLISH)}"}
        if office.address:
            values["public"] = f"{office.address.rstrip('/')}/{name.rpartition('/')[0]}".rstrip("/") + "/"
        _write(out / tongue.page(name, ENGLISH), _page(template, values))

    write("index.html", "office.html")
    for each in chosen:
        write(each.path, "office.html", cases=each.cases, chosen=each)
    write("search.html", "search.html", list=offices.search_list(cases, tongue))
    write("how-we-redact.html", "how.html", reasons=_reasons(entries, tongue))
    write("accessibility.html", "accessibility.html")


def _reasons(entries: Sequence[Entry], tongue: Tongue) -> list[tuple[str, str, int]]:
    """(reason, law, in how many cases) of all that is hidden, the commonest first."""
    found: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        for w in entry.release.withheld:
            found.setdefault((words.opened(words.reason(w.reason, tongue)), w.law), set()).add(entry.release.case.id)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(why, law, len(cases)) for (why, law), cases in ordered]


def _places(look: Lookup, stills: frozenset[str], out: Path) -> None:
    """A page for each address, in the case's own language; of what is no line also a card to embed and its oEmbed."""
    release = look.release
    for place in addresses.places(look, views.cards(look, stills), stills):
        up = "../" * (place.path.count("/") + 1)
        embeds = not place.path.startswith("u/")
        common = {"p": place, "up": up, "embeds": embeds, "base": addresses.base(release), "release": release}
        common |= {"office": release.office, "invented": release.invented}
        common |= _spoken(look.tongue, (look.tongue,), "index.html")
        _write(out / place.path / "index.html", _page("place.html", common | {"card": False}))
        if embeds:
            _write(out / place.path / "card.html", _page("place.html", common | {"card": True}))
            _write(out / place.path / "oembed.json", addresses.oembed(release, place))


def _lasting(entry: Entry, common: dict[str, Any], out: Path) -> None:
    """The case's own addresses, leading to the newest version that shows each thing, or saying why it is gone."""
    for name in ("m", "s", "r", "d", "u"):
        shutil.rmtree(out / name, ignore_errors=True)
    tongue = spoken(entry.release.languages)[0]
    withdrawn = tuple(release for release, _ in entry.sealed if release.number not in entry.numbers)
    standing = entry.standing or ((entry.release,) if entry.latest else ())
    for each in addresses.lasting(standing, tongue, withdrawn):
        up = "../" * (each.path.count("/") + 1)
        there = f"{up}v{each.number}/data/" if each.number else up
        there = f"{there}{each.there}/index.html"
        values = {"root": f"{up}../../", "home": f"{up}../../index.html", "release": entry.release, "p": each}
        values |= _spoken(tongue, (tongue,), "index.html")
        _write(out / each.path / "index.html", _page("lasting.html", common | values | {"there": there}))


def _compared(entry: Entry, common: dict[str, Any], tongue: Tongue, out: Path) -> None:
    """Every two versions in words: what each version between them changed, as the newest release tells it."""
    release = entry.release
    steps = {v.number: v for v in release.versions}
    pairs = [(a, b) for b in sorted(steps) for a in sorted(steps) if a < b]
    for a, b in pairs:
        some = [steps[n] for n in sorted(steps) if a < n <= b]
        values = common | {
            "root": "../../../../", "home": f"../../../../{tongue.page('index.html', ENGLISH)}", "release": release,
            "older": a, "newer": b, "steps": some,
            "total": tongue.counted(sum(len(v.changes) for v in some), "difference"),
            "shown": entry.numbers, "others": [pair for pair in pairs if pair != (a, b)],
        }  # fmt: skip
        _write(out / f"{a}-{b}" / common["at"]("index.html"), _page("compare.html", values))


def build_tombstone(
    office: Office,
    *,
    case: str,
    what: str,
    reason: str,
    decided_by: str,
    withdrawn_at: datetime,
    sha256: str,
    out: Path,
    root: str = "../../../",
    latest: str = "",
    invented: str = "",
) -> None:
    """Write ``out/index.html`` in place of a withdrawn version or recording.

    ``root`` leads from ``out`` to the folder that holds ``assets/`` and the office's index; ``sha256`` is of the
    withdrawn version's signed list, so that a copy can still be told apart from a forgery.
    """
    values = {
        "office": office, "invented": invented, "root": root, "home": f"{root}index.html", "case": case, "what": what,
        "reason": reason, "decided_by": decided_by, "withdrawn_at": withdrawn_at, "sha256": sha256, "latest": latest,
        **_spoken(ENGLISH, (ENGLISH,), "index.html"),
    }  # fmt: skip
    _write(out / "index.html", _page("tombstone.html", values))


def signer(office: Office) -> str:
    """The name under which the office's key stands in ``allowed_signers``."""
    return SIGNER + (office.origin.partition("/")[0] or "office")


def _values(look: Lookup, strip: Strip, stills: frozenset[str]) -> dict[str, Any]:
    """What every page of a release may print."""
    release = look.release
    start = views.when(look.start, look, digits=1)
    span = strip.span
    poster = f"stills/poster-{look.camera.slug}.webp" if look.camera else ""
    return {
        "release": release, "office": release.office, "invented": release.invented, "look": look,
        "strip": strip, "root": "", "signer": signer(release.office),
        "home": f"../../../../{look.tongue.page('index.html', ENGLISH)}",
        "counts": views.counts(look), "total": views.total_length(look),
        "transcript_note": views.transcript_note(look), "shot_sentence": views.shot_sentence(look),
        "start": start, "start_day": look.tongue.short_day(instant(look.start, release.case.at).date()),
        "start_x": round((start.t - span[0]) / (span[1] - span[0]) * 100, 3),
        "gate": words.gate_heading([kind for _, kind in look.graphic], look.tongue),
        "stills": stills, "poster": poster if poster in stills else "", "tiles": views.tiles(look),
        "watch": lambda recording: views.watch(recording, None, look),
        "brief": views.brief(look), "ledger": views.ledger(look), "matrix": matrix.matrix(release, look.tongue),
        "scene": plan.scene(look),
        "subjects": views.subjects(look), "rows": views.rows(look),
        "waves": any(r.rendition("wave") for r in look.placed),
        "proven": bool(look.camera and data.proven(look.camera)),
        "base": addresses.base(release), "public": addresses.base(release),
        "described": offices.described(release.office, release),
        "place": {r.slug: i for i, r in enumerate(look.placed)}, "proofs": {p.slug: p for p in strip.proofs},
        "papers": views.papers(look), "hidden": views.hidden(look), "hidden_in": views.hidden_in(look),
        "due_words": views.due_words(release, look.tongue), "versions": feeds.newest_first(release),
    }  # fmt: skip


def _exported(release: Release, out: Path) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Write the release for other programs; (what for, form, files) of each."""
    found = []
    large = len(release.utterances) > EXPORTED
    for fmt, (program, name) in exports.PROGRAMS.items():
        if large and fmt in exports.BY_LINE:
            continue
        shutil.rmtree(out / "exports" / fmt, ignore_errors=True)
        root = addresses.base(release) or "../../"
        files = [path.name for path in exports.export(release, fmt, out / "exports" / fmt, media_root=root)]
        if files:
            found.append((program, name, [(f"exports/{fmt}/{file}", file) for file in sorted(files)]))
    return found


def _stills(look: Lookup, out: Path) -> frozenset[str]:
    """Make the poster, one picture per camera and one per moment, none of them graphic; names of those made."""
    wanted = []
    for camera in look.cameras:
        at = look.still_at(camera)
        if at is not None:
            wanted.append((views.recording_still(camera), camera, at, 480))
            if camera is look.camera:
                wanted.append((f"stills/poster-{camera.slug}.webp", camera, at, POSTER_WIDTH))
    for moment in look.moments:
        shown_by = look.camera_of(moment)
        if shown_by and not moment.graphic and not look.is_graphic(moment.start):
            wanted.append((views.moment_still(moment), shown_by, moment.start, 480))
    made = []
    for name, camera, at, width in wanted:
        part = camera.rendition("v720" if width > 480 else "v360") or camera.rendition("v360")
        assert part is not None
        assert camera.alignment is not None
        if still(out / part.path, camera.alignment.media(at), out / name, width=width):
            made.append(name)
    return frozenset(made)


def _sheets(look: Lookup, out: Path) -> dict[str, int]:
    """Make each camera's sheet of small stills, graphic ones covered; how many stills each holds."""
    made = {}
    for camera in look.cameras:
        source = next((out / r.path for r in camera.renditions if r.role == "sprite"), None)
        cells, covered = look.covered_cells(camera, sheet_every(camera.duration))
        if source and sheet(source, out / views.recording_sheet(camera), covered=covered, cells=cells):
            made[camera.slug] = cells
    return made


def _around(lines: views.Lines, at: float) -> tuple[views.Line, ...]:
    """The lines the case's page holds: all where there is little of everything, else those around ``at``."""
    if len(lines) <= WHOLE and not any(views.brief(lines.look).values()):
        return lines[:]
    first = max(0, min(lines.first_after(at) - AROUND // 4, len(lines) - AROUND))
    return lines[first : first + AROUND]


def _said(lines: views.Lines, values: dict[str, Any], out: Path) -> list[list[float]]:
    """The transcript by itself and what can be searched, part by part; when each part begins and ends, in seconds."""
    look = lines.look
    _write(out / "find" / data.part_name(0, look), data.find_rest(look))
    spans = []
    with _opened(out / look.page("search.json")) as search:
        search.write(b'{"schema":"Search.1","rows":[')
        rows = data.search_rest(look)
        for first in range(0, max(1, len(lines)), data.PART):
            some = lines[first : first + data.PART]
            _transcript(some, first, values, out)
            if not some:
                continue
            spans.append([some[0].when.t, max(line.end for line in some)])
            _write(out / "find" / data.part_name(len(spans), look), data.find_lines(len(spans), some, look))
            rows += data.search_lines(some)
            search.write("".join(f"{row},\n" for row in rows[:-1]).encode("utf-8", "replace"))
            rows = rows[-1:]
        search.write(f"{''.join(rows)}]}}\n".encode("utf-8", "replace"))
    return spans


def _transcript(some: tuple[views.Line, ...], first: int, values: dict[str, Any], out: Path) -> None:
    """The pages that hold ``some`` lines, the ``first`` of them counted in the whole; each is linked to all others."""
    look: Lookup = values["look"]
    plain = [transcript_page(number) for number in range(max(1, -(-values["total_lines"] // SHEET)))]
    for start in range(0, max(1, len(some)), SHEET):
        number = (first + start) // SHEET
        near = {"pages": [look.page(name) for name in plain], "number": number, "lines": some[start : start + SHEET]}
        near |= _spoken(look.tongue, look.tongues, plain[number])
        _write(out / look.page(plain[number]), _page("transcript.html", values | near))


def transcript_page(number: int) -> str:
    """``transcript.html``, ``transcript-2.html`` …, counted from 0."""
    return "transcript.html" if number == 0 else f"transcript-{number + 1}.html"


@cache
def _environment(code: str) -> Environment:
    tongue = TONGUES[code]
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_shown, keep_trailing_newline=True,
    )  # fmt: skip
    env.globals |= {"_": tongue.say, "phrase": lambda text, **parts: _phrase(tongue, text, parts)}
    env.filters |= {
        "day": lambda value: tongue.day(value.date() if isinstance(value, datetime) else value),
        "said": lambda value: tongue.named(str(value)),
        "counted": tongue.counted, "size": words.size, "opened": words.opened, "error_bar": words.error_bar,
        "link": lambda path: quote(path, safe="/#=.,-_~?&"),
    }  # fmt: skip
    return env


def _phrase(tongue: Tongue, text: str, parts: dict[str, Markup]) -> Markup:
    """A sentence with links or names of files in it, each made by a macro; they stand where the language wants them."""
    return Markup(escape(tongue.named(text))) % parts  # noqa: S704 - escaped here, and a macro's result is markup


def _shown(value: object) -> object:
    """Text with nothing in it that could disturb the page; markup made by a template is left alone."""
    return words.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _page(template: str, values: dict[str, Any]) -> str:
    return _environment(values["tongue"].code).get_template(template).render(values)


def _write(path: Path, text: str | Iterable[str]) -> None:
    with _opened(path) as file:
        for piece in [text] if isinstance(text, str) else text:
            file.write(piece.encode("utf-8", "replace"))


def _opened(path: Path) -> BinaryIO:
    """A new file at ``path``; a linked one is never written through, for its other name is not ours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path.open("wb")


def _link_tree(source: Path, target: Path) -> None:
    """Every file below ``source`` in ``target``: linked where the disk allows, else copied."""
    for path in sorted(source.rglob("*")) if source.is_dir() else []:
        if path.is_symlink() or not path.is_file():
            continue
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        try:
            os.link(path, place)
        except OSError:
            shutil.copyfile(path, place)


def _assets(target: Path) -> None:
    """Copy what ``web/build.py`` made."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ASSETS:
        source = HERE / "static" / name
        if not source.is_file():
            raise MissingPart(f"the page's {name} has not been built: run python web/build.py")
        shutil.copyfile(source, target / name)
