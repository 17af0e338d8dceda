# SPDX-License-Identifier: Apache-2.0
"""A released paper read by all that readers have: what is hidden is in none of them, what remains is in all."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest

from media.papers import WITNESS, paper, stuff_with_secrets
from plainview.media import pages
from plainview.model.redaction import DocumentPlan, HiddenTerm, fold

NAME, NUMBER, BORN = "Odessa Quill", "555-0143", "06/04/1987"
LINES = [
    (72.0, 700.0, "Witness Odessa Quill was at the window."),
    (72.0, 680.0, "She called from 555-0143 at nine."),
    (72.0, 660.0, "Date of birth 06/04/1987 as she said."),
]
SECRETS = ("odessa", "quill", "5550143", "06041987")
REMAINS = "wasatthewindow"


def by_pdfium(path: Path) -> str:
    document = pdfium.PdfDocument(path)
    text = "\n".join(document[i].get_textpage().get_text_range() for i in range(len(document)))
    document.close()
    return text


def by_pikepdf(path: Path) -> str:
    """Every string and every unpacked stream of every object, whether a page uses it or not."""
    found: list[str] = []
    with pikepdf.open(path) as document:
        for each in document.objects:
            found.append(repr(each))
            if isinstance(each, pikepdf.Stream):
                found.append(each.read_bytes().decode("latin-1"))
                found.append(each.read_bytes().decode("utf-16-be", errors="ignore"))
    return "\n".join(found)


def by_pdftotext(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return done.stdout.decode()


def by_strings(path: Path) -> str:
    """What ``strings -a`` prints, and with ``-e b`` and ``-e l``: four signs and more in a row, of one or two bytes."""
    data = path.read_bytes()
    runs = re.findall(rb"[\x20-\x7e]{4,}", data)
    runs += [run.replace(b"\0", b"") for run in re.findall(rb"(?:\0[\x20-\x7e]|[\x20-\x7e]\0){4,}", data)]
    return b"\n".join(runs).decode("ascii")


def by_eye(path: Path) -> str:
    """The page as it is drawn, and nothing else of it, read by optical character recognition."""
    alone = path.with_name(f"{path.stem} drawn.pdf")
    document = pdfium.PdfDocument(path)
    document[0].render(scale=2, may_draw_forms=True).to_pil().convert("RGB").save(alone, "PDF", resolution=144)
    document.close()
    return pages.read(alone)[0].text


READERS: list[tuple[str, Callable[[Path], str], bool]] = [
    ("pypdfium2", by_pdfium, True),
    ("pikepdf", by_pikepdf, False),
    ("pdftotext", by_pdftotext, True),
    ("strings", by_strings, False),
    ("recognition", by_eye, True),
]
"""(name, how it reads, whether it must still read what is not hidden)."""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A paper with its words on the page, in a form, a note, an attachment, a script … and its released copy."""
    folder = tmp_path_factory.mktemp("paper")
    path = paper(folder / "a.pdf", [LINES], fields=[(150, 600, NAME)])
    stuff_with_secrets(path, f"{NAME} {NUMBER} {BORN}")
    terms = tuple(HiddenTerm(each, WITNESS) for each in (NAME, NUMBER, BORN))
    pages.conceal_pdf(path, folder / "out", plan=DocumentPlan("EX-0007", (), terms))
    return path, folder / "out" / "document.pdf"


@pytest.mark.parametrize(("read", "selectable"), [each[1:] for each in READERS], ids=[name for name, _, _ in READERS])
def test_no_reader_finds_a_hidden_word_and_the_rest_is_still_read(
    papers: tuple[Path, Path], read: Callable[[Path], str], selectable: bool
) -> None:
    original, copy = papers
    before, after = fold(read(original)), fold(read(copy))

    assert any(secret in before for secret in SECRETS), "the reader would find it if it were there"
    assert [secret for secret in SECRETS if secret in after] == []
    if selectable:
        assert REMAINS in after
