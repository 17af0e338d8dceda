# SPDX-License-Identifier: Apache-2.0
"""Words that identify, proposed: recall and precision on police-style talk and print that no rule was written on.

``identifiers/spoken.txt`` and ``printed.txt`` hold one sentence a line with what identifies in braces: the rules were
written on these. The lines of ``…_held_out.txt`` were written afterwards and measured before anybody changed a rule,
and those of ``…_again.txt`` after these in turn had been read. Talk is measured twice: as written, and in small letters
without stops, as some recognisers write it. The lines of a set are one case. ``python -m bench.identifiers``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.record import write
from plainview.model.identifier_rules import DEFAULT
from plainview.model.identifiers import name_parts, propose

FOLDER = Path(__file__).parent / "identifiers"
_MARK = re.compile(r"\{([a-z]):([^{}]*)\}")
_NAMES = {
    "n": "name",
    "b": "birth date",
    "t": "telephone",
    "p": "plate",
    "a": "address",
    "e": "e-mail",
    "s": "social security number",
    "d": "licence number",
    "m": "record number",
}


@dataclass(frozen=True)
class Line:
    """Words of one sentence, and (kind, first, last) of what identifies."""

    words: list[str]
    marks: list[tuple[str, int, int]]


def read(text: str) -> Line:
    """One marked line. A mark begins and ends with a word; stops after it belong to its last word."""
    words: list[str] = []
    marks: list[tuple[str, int, int]] = []
    glued = False
    for i, part in enumerate(_MARK.split(text)):
        if i % 3 == 1:
            kind = part
            continue
        tokens = part.split()
        if i % 3 == 2:
            before = len(words)
            words += tokens
            marks.append((_NAMES[kind], before, len(words) - 1))
            glued = True
        else:
            if glued and tokens and not part[0].isspace() and words:
                words[-1] += tokens.pop(0)
            words += tokens
    return Line(words, marks)


@dataclass(frozen=True)
class Tally:
    """How many of what identifies was proposed whole, and how many proposals touch something that identifies."""

    marks: int
    found: int
    proposals: int
    right: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    def figures(self) -> dict[str, Any]:
        """As written to the results."""
        return {
            "planted": self.marks,
            "recall": round(self.found / self.marks, 3),
            "proposals": self.proposals,
            "precision": round(self.right / self.proposals, 3),
            "missed_by_kind": dict(Counter(each.split(":")[0] for each in self.missed)),
        }


def score(lines: Sequence[Line], *, case: Sequence[Line] = ()) -> Tally:
    """A mark is found when every word of it lies in some proposal; a proposal is right when it meets a mark.

    The lines, and those of ``case``, are one case: who is introduced in one is known in the others.
    Proposals that overlap are one: a person decides about the stretch.
    """
    known = name_parts([line.words for line in (*lines, *case)])
    found = proposals = right = marks = 0
    missed: list[str] = []
    wrong: list[str] = []
    for line in lines:
        covered: set[int] = set()
        for each in propose(line.words, known=known):
            covered |= set(range(each.first, each.last + 1))
        for kind, first, last in line.marks:
            marks += 1
            if covered >= _needed(line, kind, first, last):
                found += 1
            else:
                missed.append(f"{kind}: {' '.join(line.words)}")
        for first, last in _stretches(line, known):
            proposals += 1
            if any(a <= last and first <= b for _, a, b in line.marks):
                right += 1
            else:
                wrong.append(f"{' '.join(line.words[first : last + 1])} | {' '.join(line.words)}")
    return Tally(marks, found, proposals, right, tuple(missed), tuple(wrong))


def _needed(line: Line, kind: str, first: int, last: int) -> set[int]:
    """The words of a mark without a title before a name and without what stands in brackets: those name nobody."""
    words = set(range(first, last + 1))
    if kind == "name":
        words = {i for i in words if line.words[i][:1] not in "(&" and line.words[i].lower() != "and"}
        while len(words) > 1 and line.words[min(words)].lower().strip(".,") in DEFAULT.titles:
            words.remove(min(words))
    return words


def _stretches(line: Line, known: frozenset[str]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for each in sorted(propose(line.words, known=known), key=lambda f: (f.first, f.last)):
        if joined and each.first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], each.last))
        else:
            joined.append((each.first, each.last))
    return joined


def lines_of(name: str) -> list[Line]:
    """The marked lines of a file."""
    text = (FOLDER / f"{name}.txt").read_text()
    return [read(each) for each in text.splitlines() if each.strip() and not each.startswith("#")]


def as_recognised(line: Line) -> Line:
    """The same words in small letters without stops, as a recogniser without punctuation gives them."""
    words = [re.sub(r"[.,;:!?\"]+$", "", word.lower()) or word for word in line.words]
    return Line(words, line.marks)


READ_BLIND = {"printed": {"recall": 0.948, "precision": 0.948}, "spoken": {"recall": 0.971, "precision": 0.981}}
"""What the held-out lines gave the first time they were read. Two rules were mended after that: labels with a
stroke in them and dates without signs between day, month and year."""


def main() -> None:
    """Measure and write results/identifiers.json."""
    figures: dict[str, Any] = {
        "bar": {"printed": {"recall": 0.95, "precision": 0.70}, "spoken": {"recall": 0.85, "precision": 0.60}},
        "held_out_when_first_read": READ_BLIND,
    }
    for name, suffix in (("held_out_again", "_again"), ("held_out", "_held_out"), ("rules_were_written_on", "")):
        spoken, printed = lines_of(f"spoken{suffix}"), lines_of(f"printed{suffix}")
        case = [*spoken, *printed]
        figures[name] = {
            "lines": len(case),
            "lines_with_something_planted": sum(bool(each.marks) for each in case),
            "spoken": score(spoken, case=case).figures(),
            "spoken_without_capitals_and_stops": score([as_recognised(each) for each in spoken], case=case).figures(),
            "printed": score(printed, case=case).figures(),
        }
    print(json.dumps(figures, indent=1))
    print(write("identifiers", figures, parts=()))


if __name__ == "__main__":
    main()
