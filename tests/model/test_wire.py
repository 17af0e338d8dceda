# SPDX-License-Identifier: Apache-2.0
"""Values to text and back: exact, canonical, forgiving of newer writers and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainview.model import wire
from plainview.model.case import Case, Kind, Probe, Source, VideoStream
from plainview.model.finding import Basis, Box, PageText, PageWord, Track, TrackPoint
from plainview.model.redaction import DocumentPlan, Ground, HiddenTerm, MaskTrack, PageMask
from plainview.model.release import Rendition
from plainview.model.statement import Answer, Assertion, Citation, Relation, Statement
from plainview.model.time import IncidentTime, MediaSpan, MediaTime
from plainview.model.timeline import Alignment, Timeline
from plainview.model.transcript import Heard, TextState, Utterance, Word

KINDS: list[type] = [
    Alignment, Basis, Box, Case, DocumentPlan, Ground, Heard, HiddenTerm, MaskTrack, PageMask, PageText, PageWord,
    Probe, Rendition, Statement, Timeline, Track, TrackPoint, Utterance, VideoStream, Word,
]  # fmt: skip

st.register_type_strategy(
    MediaSpan,
    st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)).map(
        lambda pair: MediaSpan(MediaTime(min(pair)), MediaTime(max(pair)))
    ),
)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(object, st.none())
st.register_type_strategy(Sequence, lambda kind: st.lists(st.from_type(get_args(kind)[0])).map(tuple))
SIDE = st.integers(-(2**31), 2**31 - 1)
st.register_type_strategy(Box, st.builds(Box, SIDE, SIDE, SIDE, SIDE))
st.register_type_strategy(
    TrackPoint, st.builds(TrackPoint, st.integers(-(2**63), 2**63 - 1).map(MediaTime), st.from_type(Box))
)


@given(st.data())
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_value_comes_back_as_it_went(kind: type, data: st.DataObject) -> None:
    """For all values of these types, written and read is the same value."""
    value = data.draw(st.builds(kind))

    assert wire.load(kind, wire.dump(value)) == value
    assert wire.load(kind, wire.canonical(value)) == value


@given(st.lists(st.builds(Track)))
def test_a_list_written_member_by_member_is_the_list(tracks: list[Track]) -> None:
    """The same text as in one piece, read back one by one; one cut short is refused."""
    text = wire.dumped(tracks)

    assert text == json.dumps(wire.plain(tracks), ensure_ascii=False, sort_keys=True)
    assert list(wire.members(Track, text)) == tracks
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|expected|Extra"):
        list(wire.members(Track, text[:-1]))


def test_canonical_text_does_not_depend_on_the_order_of_keys() -> None:
    """Digests are taken over it."""
    assert wire.canonical({"b": 1, "a": (2,)}) == b'{"a":[2],"b":1}'
    assert wire.canonical({"a": [2], "b": 1}) == wire.canonical({"b": 1, "a": (2,)})


def test_the_schema_is_named_in_what_is_written() -> None:
    """A reader ten years on knows what it holds."""
    assert json.loads(wire.dump(Box(1, 2, 3, 4)))["schema"] == "Box.1"


def test_fields_of_a_newer_writer_are_passed_over() -> None:
    """Old readers keep working when a field is added."""
    assert wire.load(Box, '{"x":1,"y":2,"w":3,"h":4,"tilt":5}') == Box(1, 2, 3, 4)


@pytest.mark.parametrize(
    ("kind", "text", "named"),
    [
        (Box, '{"x":1,"y":2,"w":3}', "Box: h is missing"),
        (Box, '{"x":"1","y":2,"w":3,"h":4}', "Box.x: expected int, found str"),
        (Box, '{"x":true,"y":2,"w":3,"h":4}', "Box.x: expected int, found bool"),
        (Box, "[1,2,3,4]", "Box: expected an object"),
        (PageText, '{"page":1,"width":1,"height":1,"words":[{"text":"a"}]}', r"PageText.words\[0\]: x is missing"),
        (Case, '{"id":"1","title":"","at":"yesterday"}', "yesterday"),
        (Statement, '{"id":"","party":"","capacity":"","speaker":"","date":"2026-01-01","source":"","quote":"",'
         '"assertions":[{"id":"","text":"","citations":[{"relation":"proves","note":""}]}]}', "proves"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(kind: type, text: str, named: str) -> None:
    """The sentence says which field, so that a person can mend the file."""
    with pytest.raises(ValueError, match=named):
        wire.load(kind, text)


def test_a_whole_number_serves_where_a_real_one_is_asked_for() -> None:
    """JSON writers drop the point; a reader must not."""
    word = wire.load(PageWord, '{"text":"a","x":1,"y":2,"w":3,"h":4}')

    assert (word.x, type(word.x)) == (1.0, float)


def test_a_value_without_wire_form_is_a_mistake_of_the_caller() -> None:
    """Nothing is ever written as its ``repr``."""
    with pytest.raises(TypeError, match="bytes has no wire form"):
        wire.plain(b"raw")


def test_a_deep_value_keeps_its_enums_dates_and_absences() -> None:
    """A statement with everything in it."""
    cited = Citation(Relation.CONTRADICTS, "note", moment="m1")
    statement = Statement("s", "p", "c", "sp", date(2026, 3, 15), "src", "q", (Assertion("a", "t", (cited,)),),
                          Answer(date(2026, 4, 1), "answer"))  # fmt: skip
    back = wire.load(Statement, wire.dump(statement, indent=2))

    assert back == statement
    assert back.assertions[0].citations[0].relation is Relation.CONTRADICTS
    assert wire.plain(Kind.DOCUMENT) == "document"
    assert wire.plain((Source.CALL, TextState.DISPUTED, None)) == ["911 call", "disputed", None]


@dataclass(frozen=True)
class _Old:
    names: dict[str, tuple[int, ...]]
    at: IncidentTime
    maybe: Box | None = None
    anything: Any = None


def test_mappings_tuples_and_optional_parts_are_built_as_typed() -> None:
    """Lists become tuples again, times keep their meaning, None stays None."""
    value = _Old({"a": (1, 2)}, IncidentTime(5), Box(0, 0, 1, 1), ["free"])

    assert wire.load(_Old, wire.dump(value)) == value
    assert wire.load(_Old, '{"names":{},"at":1}') == _Old({}, IncidentTime(1))
