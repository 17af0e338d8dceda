# SPDX-License-Identifier: Apache-2.0
"""Building the pages of one very large case: time, peak memory, what the case's page weighs.

The case is invented from a fresh seed at every run: 60 recordings of ten minutes (10 hours), 120 000 utterances of
about 8.5 words each on one clock, 60 moments, 40 statements, 40 papers. No media: copying and stills are not measured
here. Each build runs in a process of its own, which also holds the release; its peak is the whole process.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
import resource
import secrets
import struct
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from bench.record import write
from plainview.model.case import Case, Office, Source
from plainview.model.moment import Moment, MomentState
from plainview.model.release import (
    GopProof,
    RedactedSpan,
    Release,
    ReleasedDocument,
    ReleasedPage,
    ReleasedRecording,
    Rendition,
    Version,
    Withholding,
)
from plainview.model.statement import Assertion, Citation, Relation, Statement
from plainview.model.status import StatusEvent
from plainview.model.time import SECOND, IncidentTime, MediaSpan, incident_seconds, media_seconds
from plainview.model.timeline import Alignment
from plainview.model.transcript import FusedWord, TextState, Utterance

RECORDINGS, UTTERANCES, MOMENTS, STATEMENTS, PAPERS = 60, 120_000, 60, 40, 40
LENGTH_S = 600
RUNS = 3
EPOCH = datetime(2026, 3, 14, 21, 40, tzinfo=UTC)
LETTERS = "etaoinshrdlucmfwypvbgk"


def large(seed: int) -> Release:
    """The invented case."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(LETTERS, k=rng.randint(2, 9))) for _ in range(6000)]
    recordings = tuple(_recording(n, rng) for n in range(RECORDINGS))
    return Release(
        office=Office("Office of Public Oversight", "oversight.example/custody"),
        case=Case("2026-0000417", "Calder Street", EPOCH),
        number=1,
        released_at=EPOCH + timedelta(days=60),
        kind_line="Shooting by an officer",
        status_line="Investigation open",
        headline="An invented case of sixty recordings",
        summary=_text(rng, words, 40),
        facts=(),
        recordings=recordings,
        documents=tuple(_paper(n, rng, words) for n in range(PAPERS)),
        utterances=tuple(_utterance(n, rng, words) for n in range(UTTERANCES)),
        moments=tuple(_moment(n, rng, words) for n in range(MOMENTS)),
        shots=None,
        statements=tuple(_statement(n, rng, words) for n in range(STATEMENTS)),
        status=tuple(
            StatusEvent(
                f"e{n}", date(2026, 4, 1 + n), "Office", f"Officer {n % 5}", "recommendation", _text(rng, words, 9)
            )
            for n in range(20)
        ),
        withheld=(Withholding("picture", "bystander", "§7(1)(c)", 61.5, tuple(r.slug for r in recordings[:20])),),
        not_shown=(),
        versions=(Version(1, EPOCH + timedelta(days=60), "First release."),),
    )


def _text(rng: random.Random, words: list[str], count: int) -> str:
    return " ".join(rng.choices(words, cum_weights=_weights_of(len(words)), k=count))


@cache
def _weights_of(count: int) -> list[float]:
    """Word frequencies as in speech: the n-th word 1/n as often as the first (Zipf)."""
    return list(itertools.accumulate(1 / n for n in range(1, count + 1)))


def _recording(n: int, rng: random.Random) -> ReleasedRecording:
    kinds = (
        Source.BODY_CAMERA,
        Source.BODY_CAMERA,
        Source.DASH_CAMERA,
        Source.STREET_CAMERA,
        Source.PHONE,
        Source.RADIO,
    )
    source = kinds[n % len(kinds)]
    sound_only = source is Source.RADIO
    slug, spans = f"rec-{n}", tuple(MediaSpan(media_seconds(s), media_seconds(s + 1)) for s in range(LENGTH_S))
    hidden = rng.sample(range(LENGTH_S - 3), 25)
    roles = ("sound", "full", "wave") if sound_only else ("v360", "v720", "sound", "full", "wave", "sprite")
    return ReleasedRecording(
        exhibit=f"EX-{n:04d}",
        slug=slug,
        title=f"{source.value.capitalize()} {n}, unit {rng.randint(100, 999)}",
        source=source,
        device="",
        received_from="Police department",
        received_at=EPOCH + timedelta(days=3),
        original_sha256=rng.randbytes(32).hex(),
        original_size=870_000_000,
        original_format="MP4",
        duration=media_seconds(LENGTH_S),
        width=1280,
        height=720,
        fps=30.0,
        has_sound=True,
        alignment=Alignment(f"EX-{n:04d}", incident_seconds(rng.uniform(-600, 600)), 0.0, 20_000, "sound", 0.9),
        unplaced_reason="",
        renditions=tuple(Rendition(role, f"media/{slug}/{role}", 1000, rng.randbytes(32).hex()) for role in roles),
        redactions=tuple(
            RedactedSpan(MediaSpan(media_seconds(t), media_seconds(t + 3)), "picture", "bystander", "§7(1)(c)")
            for t in hidden
        ),
        gop_proof=None
        if sound_only
        else GopProof(
            f"media/{slug}/gop.json",
            "0" * 64,
            spans,
            tuple(not any(t <= n < t + 3 for t in hidden) for n in range(LENGTH_S)),
        ),
    )


def _utterance(n: int, rng: random.Random, words: list[str]) -> Utterance:
    start = round((-600 + 1800 * n / UTTERANCES) * 1e6)
    # Every word is a text of its own in memory, as it is when it was read from a file.
    said = json.loads(json.dumps(rng.choices(words, cum_weights=_weights_of(len(words)), k=rng.randint(2, 15))))
    fused = tuple(
        FusedWord(
            IncidentTime(start + 300_000 * i), IncidentTime(start + 300_000 * (i + 1)), w, round(rng.uniform(0.3, 1), 3)
        )
        for i, w in enumerate(said)
    )
    heard = tuple(f"EX-{k:04d}" for k in sorted(rng.sample(range(RECORDINGS), rng.randint(1, 4))))
    state = TextState.REVIEWED if rng.random() < 0.1 else TextState.MACHINE
    return Utterance(
        f"u{n + 1}", fused[0].start, fused[-1].end, fused, heard, f"Voice {n % 40}" if n % 3 else "", state
    )


def _moment(n: int, rng: random.Random, words: list[str]) -> Moment:
    at = incident_seconds(-500 + 1600 * n / MOMENTS)
    seen = tuple(f"EX-{k:04d}" for k in rng.sample(range(RECORDINGS), 4))
    return Moment(
        f"m{n + 1}",
        "event",
        at,
        None,
        30_000,
        _text(rng, words, 7),
        _text(rng, words, 30),
        seen,
        seen[:2],
        "",
        MomentState.CONFIRMED,
    )


def _statement(n: int, rng: random.Random, words: list[str]) -> Statement:
    relations = tuple(Relation)
    claims = tuple(
        Assertion(
            f"a{k}",
            _text(rng, words, 8),
            (Citation(rng.choice(relations), _text(rng, words, 15), moment=f"m{rng.randint(1, MOMENTS)}"),),
        )
        for k in range(3)
    )
    return Statement(
        f"s{n + 1}",
        f"Party {n % 7}",
        "",
        f"Speaker {n % 11}",
        date(2026, 3, 15),
        "Interview",
        _text(rng, words, 20),
        claims,
    )


def _paper(n: int, rng: random.Random, words: list[str]) -> ReleasedDocument:
    pages = tuple(ReleasedPage(p + 1, _text(rng, words, 350)) for p in range(5))
    pdf = Rendition("pdf", f"documents/paper-{n}/document.pdf", 60_000, rng.randbytes(32).hex())
    return ReleasedDocument(
        f"EX-1{n:03d}",
        f"paper-{n}",
        _text(rng, words, 4),
        "document",
        "Police department",
        EPOCH,
        rng.randbytes(32).hex(),
        70_000,
        (pdf,),
        pages,
    )


def outlines(release: Release, files: Path) -> None:
    """The one finished file the pages are made from that is not copied or looked at: each recording's outline."""
    for recording in release.recordings:
        count = recording.duration // SECOND * 20
        path = files / "media" / recording.slug / "wave"
        path.parent.mkdir(parents=True)
        path.write_bytes(struct.pack("<6i", 2, 1, 16_000, 800, count, 1) + bytes(2 * count))


def child(seed: int, out: Path) -> None:
    """Build once; print seconds and peaks as JSON."""
    from plainview.publish import site

    release = large(seed)
    outlines(release, out / "files")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu, wall = time.process_time(), time.perf_counter()
    site.build_case(release, files=out / "files", out=out / "data")
    figures = {
        "cpu_s": round(time.process_time() - cpu, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
        "release_mib": held // 1024,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "words": sum(len(u.words) for u in release.utterances),
    }
    print(json.dumps(figures))


def main() -> None:
    """Measure and write results/site_build.json."""
    runs, weights = [], {}
    for _ in range(RUNS):
        seed = secrets.randbits(32)
        with tempfile.TemporaryDirectory() as folder:
            code = f"from pathlib import Path; from bench.site_build import child; child({seed}, Path({folder!r}))"
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            runs.append(json.loads(done.stdout) | {"seed": seed})
            weights = _weights(Path(folder) / "data")
        print(runs[-1])
    figures = {
        "case": {
            "recordings": RECORDINGS,
            "hours": RECORDINGS * LENGTH_S / 3600,
            "utterances": UTTERANCES,
            "words": runs[0]["words"],
        },
        "runs": runs,
        "worst": {key: max(run[key] for run in runs) for key in ("cpu_s", "wall_s", "peak_mib")},
        "weights": weights,
        "bar": {"wall_s": 20, "peak_mib": 500, "page_and_style_gz": 60_000},
    }
    print(figures["worst"], weights)
    print(write("site_build", figures, parts=("jinja2",)))


def _weights(data: Path) -> dict[str, int]:
    page, style = ((data / name).read_bytes() for name in ("index.html", "assets/page.css"))
    everything = [path.stat().st_size for path in data.rglob("*") if path.is_file()]
    return {
        "page_gz": len(gzip.compress(page, 6)),
        "style_gz": len(gzip.compress(style, 6)),
        "page_and_style_gz": len(gzip.compress(page, 6)) + len(gzip.compress(style, 6)),
        "files": len(everything),
        "bytes": sum(everything),
    }


if __name__ == "__main__":
    main()
