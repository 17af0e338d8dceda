# SPDX-License-Identifier: Apache-2.0
"""Several recorders, one transcript: the same speech is one row, different voices stay apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plainview.media.fusion import NOTHING, fuse, likelihoods
from plainview.model.finding import Basis
from plainview.model.time import IncidentTime, MediaTime
from plainview.model.timeline import Alignment, Timeline
from plainview.model.transcript import Heard, Word

BASIS = Basis("made by hand", "1")


def heard(exhibit: str, *segments: tuple[float, str], sure: float = 0.9) -> Heard:
    """Segments of words, each word 0.25 s long and 0.3 s after the one before; times in seconds."""
    rows = []
    for start, text in segments:
        row = []
        for i, word in enumerate(text.split()):
            at = round((start + 0.3 * i) * 1e6)
            row.append(Word(MediaTime(at), MediaTime(at + 250_000), word, sure))
        rows.append(tuple(row))
    return Heard(exhibit, tuple(rows), (), "en", BASIS)


def timeline(**offsets: float) -> Timeline:
    """Recorders a, b, c … at these seconds on the case's clock."""
    placed = tuple(
        Alignment(name, IncidentTime(round(at * 1e6)), 0.0, 5_000, "sound", 0.9) for name, at in offsets.items()
    )
    return Timeline(placed, ())


def test_the_same_speech_on_three_recorders_is_one_row() -> None:
    """Three recorders with their own clocks and 0.2 s of travel give one utterance with three votes."""
    result = fuse(
        [
            heard("a", (10.0, "Drop the gun!")),
            heard("b", (4.1, "drop the gun.")),
            heard("c", (30.2, "Drop the gun")),
        ],
        timeline(a=0, b=6, c=-20),
        channels={},
    )

    (row,) = result.utterances
    assert row.text.lower().rstrip("!.") == "drop the gun"
    assert row.heard_on == ("a", "b", "c")
    assert [(word.votes, word.voters) for word in row.words] == [(3, 3)] * 3
    assert row.id == "u1"
    assert abs(row.start - 10_100_000) < 50_000


def test_the_majority_wins_and_the_minority_is_kept() -> None:
    """The mishearing of one recorder loses the vote of two that hear nearly as well and stays as an alternative."""
    result = fuse(
        [
            heard("a", (1.0, "why did you shoot me"), sure=0.85),
            heard("b", (1.0, "why did you chew me"), sure=0.95),
            heard("c", (1.1, "why did you shoot me"), sure=0.85),
        ],
        timeline(a=0, b=0, c=0),
        channels={},
    )

    (row,) = result.utterances
    assert row.text == "why did you shoot me"
    assert [word.others for word in row.words] == [(), (), (), ("chew",), ()]
    assert row.alternatives == ("why did you chew me",)
    assert [word.votes for word in row.words] == [3, 3, 3, 2, 3]


def test_voices_that_talk_at_once_stay_apart() -> None:
    """An officer near one camera and a bystander near another make two rows, not a compromise."""
    result = fuse(
        [heard("a", (5.0, "let me see your hands")), heard("b", (5.1, "they just pulled this guy over"))],
        timeline(a=0, b=0),
        channels={},
    )

    assert [(row.text, row.heard_on) for row in result.utterances] == [
        ("let me see your hands", ("a",)),
        ("they just pulled this guy over", ("b",)),
    ]


def test_a_sentence_misheard_word_for_word_in_time_is_no_second_voice() -> None:
    """Two recorders are sure of different words that sound somewhat alike, each at the same moment: one row."""
    result = fuse(
        [
            heard("a", (5.0, "you're up you're up"), sure=0.85),
            heard("b", (5.1, "they're out they're out"), sure=0.82),
        ],
        timeline(a=0, b=0),
        channels={},
    )

    (row,) = result.utterances
    assert (row.text, row.heard_on) == ("you're up you're up", ("a", "b"))


def test_a_compound_votes_as_its_words() -> None:
    """Written as one word by one recorder and as two by the others; what is spelled stays whole."""
    result = fuse(
        [
            heard("a", (5.0, "a rather cold-hearted man in 7-K-L"), sure=0.9),
            heard("b", (5.0, "a rather cold hearted man in 7KL"), sure=0.8),
        ],
        timeline(a=0, b=0),
        channels={},
    )

    (row,) = result.utterances
    assert row.text == "a rather cold hearted man in 7-K-L"


def test_a_word_written_in_one_with_its_number_votes_as_two() -> None:
    """The number that two recorders heard stays, although the surest of them wrote it into the word before."""
    result = fuse(
        [
            heard("a", (5.0, "copy Medic9 is here"), sure=0.8),
            heard("b", (5.0, "copy medic 9 is here"), sure=0.75),
            heard("c", (5.0, "copy medic 9 is here"), sure=0.75),
        ],
        timeline(a=0, b=0, c=0),
        channels={},
    )

    (row,) = result.utterances
    assert row.text == "copy Medic 9 is here"


def test_a_recorder_that_ran_two_voices_together_is_taken_apart() -> None:
    """One recorder's run-on segment votes in both utterances of the others."""
    result = fuse(
        [
            heard("a", (5.0, "let me see your hands"), sure=0.95),
            heard("b", (6.6, "they just pulled this guy over"), sure=0.94),
            heard("c", (5.0, "let me see your hands they just pulled this guy over"), sure=0.5),
        ],
        timeline(a=0, b=0, c=0),
        channels={},
    )

    assert [(row.text, row.heard_on) for row in result.utterances] == [
        ("let me see your hands", ("a", "c")),
        ("they just pulled this guy over", ("b", "c")),
    ]


def test_the_same_words_later_are_another_utterance() -> None:
    """A command given twice, four seconds apart, is two rows on every recorder."""
    twice = ((10.0, "Drop the gun!"), (14.0, "Drop the gun!"))

    result = fuse([heard("a", *twice), heard("b", *twice)], timeline(a=0, b=0.1), channels={})

    assert [row.text for row in result.utterances] == ["Drop the gun!", "Drop the gun!"]
    assert [len(row.heard_on) for row in result.utterances] == [2, 2]


def test_radio_talk_about_the_same_thing_is_not_the_same_voice() -> None:
    """"Shots fired" on the radio and "they shot him" on the street stay two rows; channels are told."""
    result = fuse(
        [
            heard("a", (5.0, "oh my god they shot him")),
            heard("r", (5.2, "shots fired shots fired")),
            heard("t", (9.0, "help is coming stay inside")),
        ],
        timeline(a=0, r=0, t=0),
        channels={"r": "radio", "t": "telephone"},
    )

    assert [(row.channel, row.heard_on) for row in result.utterances] == [
        ("", ("a",)),
        ("radio", ("r",)),
        ("telephone", ("t",)),
    ]


def test_a_far_recorders_guess_gives_way_to_agreement() -> None:
    """What one distant recorder makes of words that two others agree on is an alternative, not a row."""
    result = fuse(
        [
            heard("a", (5.0, "about ten feet from him")),
            heard("b", (5.0, "about 10 feet from him")),
            heard("far", (5.1, "what is this patch"), sure=0.4),
        ],
        timeline(a=0, b=0, far=0),
        channels={},
    )

    (row,) = result.utterances
    assert row.heard_on == ("a", "b")
    assert row.alternatives == ("what is this patch",)


def test_an_unplaced_recording_votes_on_nothing() -> None:
    """Words of a recording without a place stand apart, on its own clock."""
    unplaced = Timeline(timeline(a=100).alignments, (("b", "shares no sound"),))

    result = fuse([heard("a", (1.0, "stop")), heard("b", (1.0, "stop"))], unplaced, channels={})

    assert [(row.start, row.heard_on) for row in result.utterances] == [(101_000_000, ("a",))]
    assert [(row.id, row.start) for row in result.unplaced["b"]] == [("b-u1", 1_000_000)]


def test_a_pause_ends_an_utterance() -> None:
    """Words 0.7 s or more apart are two rows even in one segment of the recogniser."""
    words = tuple(
        Word(MediaTime(at), MediaTime(at + 200_000), text, 0.9)
        for at, text in ((1_000_000, "stay"), (1_250_000, "here"), (2_300_000, "okay"))
    )

    result = fuse([Heard("a", (words,), (), "en", BASIS)], timeline(a=0), channels={})

    assert [row.text for row in result.utterances] == ["stay here", "okay"]


def test_order_of_the_recordings_does_not_matter() -> None:
    """The same recordings handed over in another order give equal rows."""
    some = [
        heard("a", (1.0, "step out of the car"), (4.0, "slowly")),
        heard("b", (1.1, "step out of the car slowly"), sure=0.6),
        heard("c", (1.2, "stop out of the car"), sure=0.6),
    ]
    clock = timeline(a=0, b=0, c=0)

    assert fuse(some, clock, channels={}) == fuse(some[::-1], clock, channels={})


def test_agreement_outweighs_one_sure_recorder() -> None:
    """Two middling recorders that agree are likelier right than each alone, and than a third that differs."""
    alone = likelihoods({"gun": [0.6]}, [])
    agreed = likelihoods({"gun": [0.6, 0.6], "gum": [0.6]}, [])

    assert alone["gun"] == pytest.approx(0.6, abs=0.1)
    assert agreed["gun"] > 0.75
    assert agreed["gum"] < 0.2


def test_one_near_recorder_outweighs_three_that_hear_badly() -> None:
    """A recorder that is nearly always right against three unsure ones that agree on nothing."""
    likely = likelihoods({"hands": [0.95], "ants": [0.3], "stands": [0.25], "and": [0.3]}, [])

    assert likely["hands"] > 0.8


def test_recorders_that_hear_badly_do_not_outvote_the_one_that_hears_well() -> None:
    """Two that are wrong half of the time mishear a word alike: the clear leader's word stays."""
    result = fuse(
        [
            heard("a", (1.0, "bring the big lantern here"), sure=0.8),
            heard("b", (1.0, "bring the pig lantern here"), sure=0.6),
            heard("c", (1.0, "bring the pig lantern here"), sure=0.6),
        ],
        timeline(a=0, b=0, c=0),
        channels={},
    )

    assert result.utterances[0].text == "bring the big lantern here"


def test_who_hears_best_on_the_whole_does_not_lead_where_another_hears_better() -> None:
    """A recorder near most speech mishears the one voice that is far from it: there its neighbour's words stand."""
    near, far = "bring the big lantern here", "put those boxes down by the gate"
    mine = heard("a", (1.0, near), (9.0, near), (17.0, near), (25.0, near), sure=0.95)
    unsure = heard("a", (40.0, "but the foxes frown by a crate"), sure=0.45)
    result = fuse(
        [
            replace(mine, segments=(*mine.segments, *unsure.segments)),
            heard("b", (40.0, far), sure=0.8),
            heard("c", (40.0, "put the boxes down by a gate"), sure=0.5),
        ],
        timeline(a=0, b=0, c=0),
        channels={},
    )

    assert result.utterances[-1].text == far


def test_a_sentence_that_ended_early_leaves_the_next_its_places() -> None:
    """One recorder ends a sentence within another's, with a word like the next one's first: all are placed together."""
    result = fuse(
        [
            heard("a", (1.0, "I heard a loud bang and then the lights went out"), sure=0.6),
            heard("b", (1.0, "I heard a lot of them."), (3.2, "And then the lights went out"), sure=0.5),
        ],
        timeline(a=0, b=0),
        channels={},
    )

    (row,) = result.utterances
    assert row.text == "I heard a loud bang and then the lights went out"
    assert [word.votes for word in row.words][-5:] == [2] * 5


def test_silence_of_a_recorder_that_misses_nothing_speaks_against_a_word() -> None:
    """An unsure word is likelier nothing when the other never misses a word, and likelier a word when it often does."""
    attentive, deaf = likelihoods({"to": [0.3]}, [0.02]), likelihoods({"to": [0.3]}, [0.9])

    assert attentive[NOTHING] > attentive["to"]
    assert deaf[NOTHING] < deaf["to"]


def test_what_a_far_recorder_makes_of_a_clear_voice_is_no_second_voice() -> None:
    """One recorder hears clearly, one makes other words of it: one row, with the mishearing as alternative."""
    result = fuse(
        [
            heard("near", (5.0, "let me see your hands"), sure=0.93),
            heard("far", (5.1, "let us be in france"), sure=0.35),
        ],
        timeline(near=0, far=0),
        channels={},
    )

    (row,) = result.utterances
    assert row.text == "let me see your hands"
    assert "let us be in france" in row.alternatives


def test_a_mishearing_that_runs_on_gives_up_only_what_was_heard_better() -> None:
    """A far recorder's unsure words lie half in a clear row and half after it: the words after it stay."""
    result = fuse(
        [
            heard("near", (5.0, "let me see your hands"), sure=0.93),
            heard("far", (5.1, "let us be in france but the dog is out there"), sure=0.6),
        ],
        timeline(near=0, far=0),
        channels={},
    )

    assert [row.text for row in result.utterances] == ["let me see your hands", "the dog is out there"]
    assert result.utterances[1].heard_on == ("far",)


def test_two_that_hear_badly_and_mishear_alike_give_way() -> None:
    """What two far recorders half agree on while a near one heard a voice clearly is that voice's alternative."""
    result = fuse(
        [
            heard("near", (5.0, "what did I do"), sure=0.9),
            heard("b", (5.0, "that's the idea now"), sure=0.4),
            heard("c", (5.0, "what's the idea now"), sure=0.4),
        ],
        timeline(near=0, b=0, c=0),
        channels={},
    )

    assert [row.text for row in result.utterances] == ["what did I do"]


def test_the_only_recorder_keeps_its_unsure_words() -> None:
    """With nobody to contradict it, nothing that was heard is left out."""
    result = fuse([heard("a", (5.0, "call dana"), sure=0.1)], timeline(a=0), channels={})

    assert [row.text for row in result.utterances] == ["call dana"]


def test_an_unsure_caller_is_no_mishearing_of_the_street() -> None:
    """What a telephone carries stays a row of its own, whatever was clearly said elsewhere at that time."""
    result = fuse(
        [
            heard("a", (5.0, "they shot him four or five times"), sure=0.97),
            heard("b", (5.0, "they shot him four or five times"), sure=0.97),
            heard("call", (5.2, "what is the address"), sure=0.45),
        ],
        timeline(a=0, b=0, call=0),
        channels={"call": "telephone"},
    )

    assert [row.text for row in result.utterances] == ["they shot him four or five times", "what is the address"]


def test_copies_of_one_recording_vote_once() -> None:
    """A mishearing delivered twice is no majority; the copy is named, and what it was heard as is kept."""
    clock = timeline(a=0, b=0, c=0)
    result = fuse(
        [
            heard("a", (1.0, "why did you chew me"), sure=0.6),
            heard("b", (1.0, "why did you chew me"), sure=0.55),
            heard("c", (1.0, "why did you shoot me"), sure=0.9),
        ],
        replace(clock, copies=(("a", "b"),)),
        channels={},
    )

    (row,) = result.utterances
    assert row.text == "why did you shoot me"
    assert row.heard_on == ("a", "b", "c")
    assert {word.voters for word in row.words} == {2}
    assert row.alternatives == ("why did you chew me",)
