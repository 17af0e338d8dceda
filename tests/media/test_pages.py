# SPDX-License-Identifier: Apache-2.0
"""Papers: what is read from them, and that what is hidden is gone from the copy in every sense."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from media.papers import MINOR, WITNESS, paper, scan, stuff_with_secrets
from plainview.errors import HostileInput, StepFailed, UnreadableInput
from plainview.media import pages, paper_pdf
from plainview.model.finding import PageWord
from plainview.model.redaction import DocumentPlan, Ground, HiddenTerm, PageMask, fold

NAME = "Odessa Quill"
REPORT = [
    (72.0, 700.0, "The witness Odessa Quill was at the window."),
    (72.0, 680.0, "She called from 555-0143 at nine."),
]


def hiding(*terms: str, masks: tuple[PageMask, ...] = (), ground: Ground = WITNESS) -> DocumentPlan:
    return DocumentPlan("EX-0007", masks, tuple(HiddenTerm(term, ground) for term in terms))


def text_of(path: Path) -> str:
    """The text layer as PDFium gives it."""
    document = pdfium.PdfDocument(path)
    found = "\n".join(document[i].get_textpage().get_text_range() for i in range(len(document)))
    document.close()
    return found


def everything_in(path: Path) -> bytes:
    """The file's bytes with every stream unpacked beside them, found without a PDF library."""
    data = path.read_bytes()
    unpacked = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            unpacked.append(zlib.decompress(match[1]))
        except zlib.error:
            unpacked.append(match[1])
    return data + b"".join(unpacked)


# --- reading -------------------------------------------------------------------------------------


def test_words_are_read_with_their_places(tmp_path: Path) -> None:
    """A word written 92 points from the top is found there, one line above the next."""
    read = pages.read(paper(tmp_path / "a.pdf", [REPORT]))[0]
    the = read.words[0]

    assert read.text == "The witness Odessa Quill was at the window. She called from 555-0143 at nine."
    assert (the.text, round(the.x)) == ("The", 72)
    assert the.y < 92 < the.y + the.h + 1
    assert (read.width, read.height) == (612, 792)


def test_values_of_a_form_are_read_like_print(tmp_path: Path) -> None:
    """A filled field stands on the page although no text layer holds it."""
    path = paper(tmp_path / "a.pdf", [[(72, 700, "Witness:")]], fields=[(150, 696, NAME), (150, 640, "Second field")])

    assert pages.read(path)[0].text == "Witness: Odessa Quill Second field"


def test_words_of_a_turned_page_are_placed_as_shown(tmp_path: Path) -> None:
    """Turned by 90 degrees the page is 792 wide, and its words stand where the reader sees them."""
    read = pages.read(paper(tmp_path / "a.pdf", [REPORT], rotate=90))[0]
    boxes = {word.text: word for word in read.words}

    assert (read.width, read.height) == (792, 612)
    assert boxes["The"].h > boxes["The"].w
    assert boxes["The"].x == pytest.approx(698, abs=6)
    assert boxes["The"].y == pytest.approx(72, abs=2)


def test_a_scan_is_read_from_its_pixels(tmp_path: Path) -> None:
    """A paper without a text layer is read by optical character recognition."""
    read = pages.read(scan(tmp_path / "a.pdf", ["Statement of Odessa Quill", "telephone 555-0143"]))[0]

    assert "odessaquill" in fold(read.text)
    assert "5550143" in fold(read.text)
    quill = next(word for word in read.words if "Quill" in word.text)
    assert quill.y * 150 / 72 == pytest.approx(150, abs=15)


def test_text_under_a_bar_is_not_read_back(tmp_path: Path) -> None:
    """Somebody drew a black bar over the name: its letters still lie in the file, and stay there."""
    path = paper(tmp_path / "a.pdf", [REPORT], after=b"0 g 136 694 80 16 re f\n")
    released = pages.conceal_pdf(path, tmp_path / "out", plan=hiding())

    assert NAME in text_of(path)
    assert "Odessa" not in pages.read(path)[0].text
    assert "Odessa" not in text_of(tmp_path / "out" / "document.pdf")
    assert released.unseen >= 2


def test_text_files_are_pages_of_sixty_lines(tmp_path: Path) -> None:
    """Line 61 opens the second page; an old code page's letters are read."""
    path = tmp_path / "a.txt"
    path.write_bytes("\n".join(f"line {i} café" for i in range(1, 62)).encode("cp1252"))
    read = pages.read(path)

    assert [page.page for page in read] == [1, 2]
    assert read[1].text == "line 61 café"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\nnothing more", "broken"),
        (b"PK\x03\x04rest", "word processor"),
        (b"\x7fELF\0\0\0", "neither"),
    ],
)
def test_what_is_not_a_paper_says_so_in_one_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    """Failure names the file and the cause; it never looks like an empty page."""
    path = tmp_path / "odd.bin"
    path.write_bytes(data)

    with pytest.raises(UnreadableInput, match=f"^report: .*{sentence}"):
        pages.read(path, name="report")


def test_an_encrypted_paper_says_that_it_is_encrypted(tmp_path: Path) -> None:
    """Asking the sender for the password is what the sentence leads to."""
    path = paper(tmp_path / "a.pdf", [REPORT])
    with pikepdf.open(path) as document:
        document.save(tmp_path / "b.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))

    with pytest.raises(UnreadableInput, match="password"):
        pages.read(tmp_path / "b.pdf")


def test_a_page_of_absurd_size_is_refused(tmp_path: Path) -> None:
    """A kilobyte of PDF may not ask for gigabytes of picture."""
    document = pikepdf.Pdf.new()
    document.add_blank_page().obj.MediaBox = pikepdf.Array([0, 0, 200_000, 200_000])
    document.save(tmp_path / "a.pdf")

    with pytest.raises(HostileInput, match="points large"):
        pages.read(tmp_path / "a.pdf")


# --- hiding --------------------------------------------------------------------------------------


def test_a_hidden_name_is_gone_from_text_bytes_and_picture(tmp_path: Path) -> None:
    """Read by two programs and as bytes, the copy has every word but the hidden ones."""
    path = paper(tmp_path / "a.pdf", [REPORT])
    stuff_with_secrets(path, NAME)
    released = pages.conceal_pdf(path, tmp_path / "out", plan=hiding(NAME, "555-0143"))
    copy = tmp_path / "out" / "document.pdf"

    assert NAME.encode() in everything_in(path)
    assert b"Odessa" not in everything_in(copy)
    assert b"Quill" not in everything_in(copy)
    assert text_of(copy).split() == (
        [
            "The",
            "witness",
            "[private-contact]",
            "was",
            "at",
            "the",
            "window.",
            "She",
            "called",
            "from",
            "[private-contact]",
            "at",
            "nine.",
        ]
    )
    assert released.pages[0].text.splitlines()[0] == "The witness [private-contact] was at the window."
    assert released.hidden == ((WITNESS.reason, WITNESS.law, 2),)


def test_nothing_but_pages_is_carried_over(tmp_path: Path) -> None:
    """No information, metadata, attachment, script, note, outline, form or earlier revision."""
    path = paper(tmp_path / "a.pdf", [REPORT], fields=[(150, 600, NAME)])
    stuff_with_secrets(path, NAME)
    pages.conceal_pdf(path, tmp_path / "out", plan=hiding(NAME))
    copy = tmp_path / "out" / "document.pdf"

    assert copy.read_bytes().count(b"%%EOF") == 1
    with pikepdf.open(copy) as document:
        assert set(document.Root.keys()) == {"/Type", "/Pages", "/Lang", "/MarkInfo", "/StructTreeRoot"}
        assert set(document.trailer.keys()) == {"/ID", "/Root", "/Size"}
        assert not document.attachments
        assert "/Annots" not in document.pages[0].obj


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_the_place_of_a_hidden_word_is_solid_black(tmp_path: Path, rotate: int) -> None:
    """Only the hidden word's ink is gone: the picture differs from the unhidden one in black boxes alone."""
    path = paper(tmp_path / "a.pdf", [REPORT], rotate=rotate)
    pages.conceal_pdf(path, tmp_path / "plain", plan=hiding())
    pages.conceal_pdf(path, tmp_path / "hidden", plan=hiding(NAME))
    before = np.asarray(Image.open(tmp_path / "plain" / "p1.webp").convert("L"))
    after = np.asarray(Image.open(tmp_path / "hidden" / "p1.webp").convert("L"))
    changed = before != after
    rows, columns = np.nonzero(changed)
    box = after[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]

    assert changed.any()
    assert (after[changed] == 0).all()
    assert (box == 0).mean() > 0.95


def test_the_picture_in_the_pdf_is_the_painted_one(tmp_path: Path) -> None:
    """The PDF drawn by PDFium has the same black box as the page image."""
    path = paper(tmp_path / "a.pdf", [REPORT])
    pages.conceal_pdf(path, tmp_path / "out", plan=hiding(NAME))
    image = np.asarray(Image.open(tmp_path / "out" / "p1.webp").convert("L")).astype(int)
    document = pdfium.PdfDocument(tmp_path / "out" / "document.pdf")
    drawn = np.asarray(document[0].render(scale=150 / 72).to_pil().convert("L").resize(image.shape[::-1])).astype(int)

    assert np.abs(drawn - image).mean() < 2


def test_a_name_in_a_form_field_is_hidden(tmp_path: Path) -> None:
    """Form values are words like others, though the file keeps them elsewhere."""
    path = paper(tmp_path / "a.pdf", [[(72, 700, "Witness:")]], fields=[(150, 696, NAME)])
    released = pages.conceal_pdf(path, tmp_path / "out", plan=hiding(NAME))

    assert released.pages[0].text == "Witness: [private-contact]"
    assert b"Odessa" not in everything_in(tmp_path / "out" / "document.pdf")


def test_a_name_set_in_pieces_out_of_order_is_hidden(tmp_path: Path) -> None:
    """In the file the surname comes first and letters are apart; to the eye it is one name."""
    pieces = [(150.0, 700.0, "Quill"), (72.0, 700.0, "Witness"), (119.0, 700.0, "Ode"), (138.0, 700.0, "a")]
    path = paper(tmp_path / "a.pdf", [pieces])
    released = pages.conceal_pdf(path, tmp_path / "out", plan=hiding("Odea Quill"))

    assert released.pages[0].text == "Witness [private-contact]"


def test_a_name_broken_over_two_lines_is_hidden_in_both(tmp_path: Path) -> None:
    """One name, two boxes."""
    path = paper(tmp_path / "a.pdf", [[(72, 700, "seen by Odessa"), (72, 680, "Quill at nine")]])
    released = pages.conceal_pdf(path, tmp_path / "out", plan=hiding(NAME))

    assert released.pages[0].text == "seen by [private-contact]\n[private-contact] at nine"


def test_a_name_in_a_scan_is_painted_over(tmp_path: Path) -> None:
    """What optical character recognition reads is hidden, and a second reading no longer finds it."""
    path = scan(tmp_path / "a.pdf", ["Statement of Odessa Quill", "taken at nine"])
    pages.conceal_pdf(path, tmp_path / "out", plan=hiding(NAME))
    with pikepdf.open(tmp_path / "out" / "document.pdf", allow_overwriting_input=True) as document:
        for page in document.pages:
            page.obj.Contents = pikepdf.Stream(document, b"q 612 0 0 792 0 0 cm /P Do Q")
        document.save(tmp_path / "picture only.pdf")
    again = fold(pages.read(tmp_path / "picture only.pdf")[0].text)

    assert "statementof" in again
    assert "odessa" not in again
    assert "quill" not in again


def test_a_drawn_mask_hides_its_words_and_leaves_its_reason(tmp_path: Path) -> None:
    """An area chosen by a person, drawn around the second line's number."""
    path = paper(tmp_path / "a.pdf", [REPORT])
    number = next(word for word in pages.read(path)[0].words if word.text == "555-0143")
    mask = PageMask(1, number.x - 1, number.y - 1, number.w + 2, number.h + 2, MINOR)
    released = pages.conceal_pdf(path, tmp_path / "out", plan=hiding(masks=(mask,)))

    assert released.pages[0].text.splitlines()[1] == "She called from [minor] at nine."
    assert released.hidden == ((MINOR.reason, MINOR.law, 1),)


def test_masks_and_terms_on_the_same_words_are_one_place(tmp_path: Path) -> None:
    """A proposal's boxes, word by word, and the case's term meet on one name: it is counted once."""
    path = paper(tmp_path / "a.pdf", [REPORT])
    words = [word for word in pages.read(path)[0].words if word.text in ("Odessa", "Quill")]
    masks = tuple(PageMask(1, w.x - 1, w.y - 1, w.w + 2, w.h + 2, WITNESS) for w in words)
    released = pages.conceal_pdf(path, tmp_path / "out", plan=hiding(NAME, masks=masks))

    assert released.hidden == ((WITNESS.reason, WITNESS.law, 1),)


def test_a_decision_about_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Hiding nothing must not pass for having hidden something."""
    path = paper(tmp_path / "a.pdf", [REPORT])

    with pytest.raises(StepFailed, match="page 2"):
        pages.conceal_pdf(path, tmp_path / "out", plan=hiding(masks=(PageMask(2, 0, 0, 10, 10, MINOR),)))


def test_the_same_paper_gives_the_same_bytes(tmp_path: Path) -> None:
    """No dates, no random identifiers."""
    path = paper(tmp_path / "a.pdf", [REPORT, REPORT])
    first = pages.conceal_pdf(path, tmp_path / "one", plan=hiding(NAME))
    second = pages.conceal_pdf(path, tmp_path / "two", plan=hiding(NAME))

    assert first == second
    for rendition in first.renditions:
        assert (tmp_path / "one" / rendition.path).read_bytes() == (tmp_path / "two" / rendition.path).read_bytes()


def test_letters_of_every_script_stay_searchable(tmp_path: Path) -> None:
    """The empty font knows whatever letters are left, more than 255 of them if need be."""
    words = [
        "Žofia",
        "Олена",
        "Ελένη",
        "نور",
        "明美",
        "👮",
        *("".join(map(chr, range(a, a + 8))) for a in range(0x4E00, 0x4F80, 8)),
    ]
    line = tuple(PageWord(word, 20.0 + 9 * i, 50.0, 8.0, 12.0) for i, word in enumerate(words))
    paper_pdf.write([paper_pdf.PageSource(612, 792, Image.new("L", (64, 64), 255), (line,))], tmp_path / "a.pdf")
    found = text_of(tmp_path / "a.pdf")

    assert "Олена" in found
    assert "明美" in found
    assert "Žofia" in found
    assert words[-1] in found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.text("abcdefghij", min_size=2, max_size=7), min_size=3, max_size=40),
    chosen=st.lists(st.integers(0, 39), min_size=1, max_size=4),
)
def test_whatever_is_hidden_nothing_of_it_is_left_and_the_rest_is(
    tmp_path: Path, words: list[str], chosen: list[int]
) -> None:
    """For any words and any choice among them: none of the chosen in the copy, and no new words."""
    lines = [(60.0, 740.0 - 18 * (i // 6), " ".join(words[i : i + 6])) for i in range(0, len(words), 6)]
    terms = {words[i % len(words)] for i in chosen}
    path = paper(tmp_path / "a.pdf", [lines])
    released = pages.conceal_pdf(path, tmp_path / "out", plan=hiding(*sorted(terms)))
    left = [word for word in text_of(tmp_path / "out" / "document.pdf").split() if not word.startswith("[")]

    assert not [word for word in left for term in terms if term in word]
    assert set(left) <= set(words)
    assert released.hidden


# --- the search for residues ---------------------------------------------------------------------


def test_the_search_finds_every_place_where_a_name_can_hide(tmp_path: Path) -> None:
    """Text, information, metadata, attachment, script, note, outline, revision: each is named."""
    path = paper(tmp_path / "a.pdf", [REPORT], fields=[(150, 600, "x")])
    stuff_with_secrets(path, NAME)
    found = "\n".join(paper_pdf.residues(path, [HiddenTerm(NAME, WITNESS)]))

    for trace in ("still in the text", "still in the bytes", "/Info", "/Metadata", "/Names", "/OpenAction", "/Annots",
                  "/Outlines", "/AcroForm", "more than one revision"):  # fmt: skip
        assert trace in found


def test_a_black_bar_over_text_is_found(tmp_path: Path) -> None:
    """The commonest failure of redaction: the name lies under the bar."""
    path = paper(tmp_path / "a.pdf", [REPORT], after=b"0 g 130 690 300 24 re f\n")

    assert any("page 1: 'Odessa'" in line for line in paper_pdf.residues(path, [HiddenTerm(NAME, WITNESS)]))


def test_a_failed_search_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If painting were ever to miss, the copy is removed and the step fails."""
    path = paper(tmp_path / "a.pdf", [REPORT])
    monkeypatch.setattr(pages, "_hidden_boxes", lambda *_: [])

    with pytest.raises(StepFailed, match="residue"):
        pages.conceal_pdf(path, tmp_path / "out", plan=hiding(NAME))
    assert not (tmp_path / "out" / "document.pdf").exists()


# --- text files ----------------------------------------------------------------------------------


def test_a_text_file_loses_its_hidden_words(tmp_path: Path) -> None:
    """Spaces, punctuation and everything else stay as they were."""
    path = tmp_path / "a.md"
    path.write_text("# Call\n\nFrom  Odessa Quill, (555) 0143.\n", encoding="utf-8")
    released = pages.conceal(path, tmp_path / "out", plan=hiding(NAME, "555-0143"))

    assert (tmp_path / "out" / "document.txt").read_text() == "# Call\n\nFrom  [private-contact], [private-contact]\n"
    assert released.hidden == ((WITNESS.reason, WITNESS.law, 2),)
    assert [r.role for r in released.renditions] == ["text"]


def test_a_cell_of_a_table_is_hidden_alone(tmp_path: Path) -> None:
    """Commas part words: the row's other cells stay."""
    path = tmp_path / "calls.csv"
    path.write_text("1,Quill,dispatch\n2,Tolland,zone 4\n", encoding="utf-8")
    pages.conceal(path, tmp_path / "out", plan=hiding("Quill"))

    assert (tmp_path / "out" / "document.txt").read_text() == "1,[private-contact],dispatch\n2,Tolland,zone 4\n"


def test_a_drawn_mask_on_a_text_file_hides_its_cells(tmp_path: Path) -> None:
    """A text page is typewriting of 6 by 12 points a letter: the mask covers the second line's first word."""
    path = tmp_path / "a.txt"
    path.write_text("first line\nsecond line\n", encoding="utf-8")
    word = next(word for word in pages.read(path)[0].words if word.text == "second")
    mask = PageMask(1, word.x, word.y, word.w, word.h, MINOR)
    pages.conceal(path, tmp_path / "out", plan=hiding(masks=(mask,)))

    assert (tmp_path / "out" / "document.txt").read_text() == "first line\n[minor] line\n"
