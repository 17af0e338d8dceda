# SPDX-License-Identifier: Apache-2.0
"""The demonstration's Spanish is of words that are said in it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from plainview.simulator import decisions, screenplay, spanish, statements
from plainview.simulator.film import Made
from plainview.simulator.recorders import FULL


class Always(dict[str, float]):
    """One value for whatever happens."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self._value = value

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> float:
        return self._value


def test_every_translation_is_of_words_of_the_demonstration() -> None:
    """A title, text or quote that was changed in English and left in Spanish would silently not be shown."""
    heard = SimpleNamespace(delays=Always(0.0), audible=Always(60.0))
    made = [cast("Made", SimpleNamespace(recorder=r, heard=heard)) for r in FULL]
    facts = decisions._facts("")
    said = {facts["headline"], facts["kind_line"], facts["summary"], *decisions.STATES}
    said |= {text for fact in facts["facts"] for text in fact.values()}
    said |= {text for each in statements._moments(made) for text in (each["title"], each["text"])}
    said |= {s["quote"] for s in statements._statements()} | {line.text for line in screenplay.LINES}
    assert {each["of"] for each in spanish.translations(decisions._SUMMARY)} - said == set()
