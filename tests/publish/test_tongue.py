# SPDX-License-Identifier: Apache-2.0
"""The pages in several languages: nothing is left unsaid, and what evidence says stays in its own language."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from plainview.model import wire
from plainview.model.case import Source
from plainview.model.release import Release
from plainview.model.statement import Relation
from plainview.publish import matrix, plan, site, strip, tongue
from plainview.publish.tongue import TONGUES
from publish.sample import TRANSLATIONS, sample

PUBLISH = Path(site.__file__).parent
SCRIPTS = Path(__file__).parents[2] / "web" / "src"
TEXT = r'"((?:[^"\\]|\\.)*)"'
NAMES = (
    *tongue.MONTHS, *(str(r) for r in Relation), *(str(s) for s in Source), *plan.NAMES, *matrix.NOUNS.values(),
    *(name for name, _ in strip.GROUPS), "added", "removed", "corrected", "withdrawn", "document", "documents", "photograph",
    "photographs", "overlay clock", "container clock", "decided", "face",
    "plate", "sound", "picture", "whole picture", "telephone", "radio", "bystander", "minor", "private contact",
    "private vehicle", "full", "calendar days", "business days", "recommendation", "Year", "Kind", "Status",
    "First release", "late", "in time", "no rule", "English", "Spanish", "machine", "and",
)  # fmt: skip
"""What is said by name: out of lists of the model, not as a literal where it is said."""


def page_sentences() -> set[str]:
    """Every English sentence and noun of templates and of ``publish``."""
    found = set(NAMES)
    for path in sorted((PUBLISH / "templates").iterdir()):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(rf"(?:\b_|phrase)\({TEXT}", text)) | set(re.findall(rf"\|counted\({TEXT}", text))
        found |= {f"{noun}s" for noun in re.findall(rf"\|counted\({TEXT}\)", text)}
        keys = re.search(r"for key, what in \[(.*?)\] %", text)
        found |= {what for _, what in re.findall(rf"\({TEXT}, {TEXT}\)", keys.group(1))} if keys else set()
    for path in sorted(PUBLISH.glob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)):
            found |= _said(call)
    return found


def _said(call: ast.Call) -> set[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if name in ("say", "named"):
        return set(texts[:1])
    if name == "counted" and texts:
        return {texts[0], texts[1] if len(texts) > 1 else f"{texts[0]}s"}
    return set()


def script_sentences() -> set[str]:
    """Every English sentence of the page's scripts."""
    found = {"Said", "Key moments", "Statements", "Papers"}
    for path in sorted(SCRIPTS.glob("*.ts")):
        text = path.read_text(encoding="utf-8")
        for start in re.finditer(r"\b(?:say|Failed)\(", text):
            inside = text[start.end() : start.end() + 400]
            first = re.match(rf"\s*(?:[\w.]+ (?:=== {TEXT} )?\? )?{TEXT}(?: : {TEXT})?", inside)
            found |= {each for each in first.groups()[1:] if each} if first else set()
        found |= set(re.findall(r'"(Repeat a stretch: [^"]+)"', text))
    return found


@pytest.mark.parametrize("code", [code for code in TONGUES if code != "en"])
def test_every_sentence_is_in_the_glossary(code: str) -> None:
    """Each English sentence has its words in the other language, none is kept that nobody says, every value is in both."""
    for wanted, known in ((page_sentences(), TONGUES[code].words), (script_sentences(), TONGUES[code].scripts)):
        assert sorted(wanted - set(known)) == []
        assert sorted(set(known) - wanted) == []
        values = {text: sorted(re.findall(r"%(?:\(\w+\)\.?\d*[sdf]|\d)", text)) for text in known}
        assert {text for text in known if sorted(re.findall(r"%(?:\(\w+\)\.?\d*[sdf]|\d)", known[text])) != values[text]} == set()


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Path, Path]:
    """The sample in English and Spanish, with translations; its files and its payload."""
    files, root = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("site")
    release = replace(sample(files), languages=("en", "es"), translations=TRANSLATIONS)
    data = root / "c" / release.case.id / "v3" / "data"
    site.build_case(release, files=files, out=data)
    site.build_site(release.office, [site.Entry(release, (3,))], out=root)
    return release, files, data


def test_every_page_exists_in_both_languages(bilingual: tuple[Release, Path, Path]) -> None:
    """Beside each page of the case and of the office stands the Spanish one; each leads to the other by a link with hreflang."""
    _, _, data = bilingual
    root = data.parents[3]
    inner = ("index", "transcript", "papers", "verify")
    outer = ("index", "search", "how-we-redact", "accessibility", "by/year/2026", "c/2026-0000417/index", "c/2026-0000417/compare/1-3/index")
    for folder, name in (*((data, name) for name in inner), *((root, name) for name in outer)):
        for own, other, code in ((f"{name}.html", f"{Path(name).name}.es.html", "es"), (f"{name}.es.html", f"{Path(name).name}.html", "en")):
            text = (folder / own).read_text(encoding="utf-8")
            assert f'<html lang="{"en" if code == "es" else "es"}"' in text, own
            if name != "verify":
                assert f'hreflang="{code}" href="{other}"' in text, own


def test_the_spanish_page_says_nothing_in_english_but_what_evidence_says(bilingual: tuple[Release, Path, Path]) -> None:
    """Headings and controls are Spanish; what was said and written stays English and is marked as English."""
    _, _, data = bilingual
    text = re.sub(r'<script type="application/json" id="words">.*?</script>', "", (data / "index.es.html").read_text(encoding="utf-8"))
    for said in ("Momentos clave", "Un solo reloj", "Lo que no se muestra, y por qué", "Verificar esta publicación", "14 de marzo", 'aria-label="Reproducir"'):
        assert said in text
    for english in ("Key moments", "One clock", "not checked yet", "Watch without stops", "Nothing plays", "Download<"):
        assert english not in text
    assert '<blockquote lang="en" dir="auto">“' in text


def test_translations_are_marked_and_stand_beside_the_words(bilingual: tuple[Release, Path, Path]) -> None:
    """A person's and a machine's translation are told apart, on the page and in what is searched; English shows none of them."""
    _, _, data = bilingual
    text = (data / "index.es.html").read_text(encoding="utf-8")
    assert '<p class="translated" lang="es" dir="auto">¡Suelte el arma! <small class="whose">traducción de una persona</small></p>' in text
    assert '<p class="translated" lang="es" dir="auto">Están arriba, están arriba. <small class="whose">traducción automática</small></p>' in text
    assert "Disparos de la policía en Calder Street y la 9.ª Avenida" in text
    assert "Suelte el arma" not in (data / "index.html").read_text(encoding="utf-8")
    assert "Suelte el arma" in (data / "find" / "001.es.js").read_text(encoding="utf-8")
    assert "Suelte el arma" not in (data / "find" / "001.js").read_text(encoding="utf-8")


def test_two_builds_in_two_languages_are_the_same_bytes(bilingual: tuple[Release, Path, Path], tmp_path: Path) -> None:
    """The same release gives the same pages in every language."""
    release, files, data = bilingual
    site.build_case(wire.load(Release, wire.dump(release)), files=files, out=tmp_path / "data")
    for path in sorted(data.rglob("*.html")):
        assert (tmp_path / "data" / path.relative_to(data)).read_bytes() == path.read_bytes()


def test_a_case_of_one_language_has_no_other_pages(tmp_path: Path) -> None:
    """Nothing leads to a language the case does not name."""
    release = sample(tmp_path / "files")
    site.build_case(release, files=tmp_path / "files", out=tmp_path / "data")
    assert list((tmp_path / "data").rglob("*.es.*")) == []
    assert "hreflang" not in (tmp_path / "data" / "index.html").read_text(encoding="utf-8")


def test_an_office_that_writes_in_spanish_has_spanish_at_the_plain_address(tmp_path: Path) -> None:
    """The language a case names first has the address without a language; English then stands beside it."""
    release = replace(sample(tmp_path / "files"), languages=("es", "en"))
    site.build_case(release, files=tmp_path / "files", out=tmp_path / "data")
    assert "Momentos clave" in (tmp_path / "data" / "index.html").read_text(encoding="utf-8")
    assert "Key moments" in (tmp_path / "data" / "index.en.html").read_text(encoding="utf-8")
    assert "<title>Versión 3</title>" in (tmp_path / "data" / "feed.xml").read_text(encoding="utf-8")


def test_the_glossary_of_terms_is_in_the_docs() -> None:
    """The terms of each glossary are listed in the how-to, each on a row."""
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "languages.md").read_text(encoding="utf-8")
    for english, other in json.loads((tongue.GLOSSARIES / "es.json").read_text(encoding="utf-8"))["terms"].items():
        assert f"| {english} | {other} |" in text
