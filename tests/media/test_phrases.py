# SPDX-License-Identifier: Apache-2.0
"""A phrase over all recordings: found once each time it was said, exact and similar apart, counted as an interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from plainview.media.phrases import AROUND, count, find_phrase, worth_listening
from plainview.model.finding import Basis
from plainview.model.phrase import HeardAgain
from plainview.model.time import IncidentTime, MediaTime
from plainview.model.timeline import Alignment, Timeline
from plainview.model.transcript import FusedWord, Heard, Utterance, Word

PHRASE = "drop the gun"


def heard(exhibit: str, said: Mapping[float, str], sure: float = 0.9) -> Heard:
    """Each text from its second on, four words a second, each word as sure."""
    segments = tuple(
        tuple(
            Word(
                MediaTime(round(at * 1e6) + i * 250_000), MediaTime(round(at * 1e6) + i * 250_000 + 200_000), word, sure
            )
            for i, word in enumerate(text.split())
        )
        for at, text in sorted(said.items())
    )
    return Heard(exhibit, segments, (), "en", Basis("made by hand", "1"))


def clock(**offsets: float) -> Timeline:
    """Recordings at these seconds on the case's clock."""
    placed = tuple(
        Alignment(name, IncidentTime(round(at * 1e6)), 0.0, 5_000, "sound", 0.9) for name, at in offsets.items()
    )
    return Timeline(placed, ())


def test_a_near_hit_is_told_from_an_exact_one() -> None:
    """A misheard command is found as similar, an unrelated sentence is not found."""
    hits = find_phrase([heard("a", {1: "Drop the gun!", 5: "drop the gum", 9: "stop the car"})], PHRASE)

    assert [(hit.span.start, hit.exact) for hit in hits] == [(1_000_000, True), (5_000_000, False)]


def test_a_hyphen_hides_no_word() -> None:
    """Written as one word or as two, it is the same command."""
    hits = find_phrase([heard("a", {1: "Hands-up! Don't move!", 5: "hands up"})], "hands up")

    assert [hit.exact for hit in hits] == [True, True]


def test_words_far_apart_are_no_phrase() -> None:
    """The three words spread over twenty seconds are not the command."""
    assert find_phrase([heard("a", {1: "drop", 10: "the", 21: "gun"})], PHRASE) == ()


def test_one_command_on_three_recorders_is_one() -> None:
    """Three recorders with clocks of their own hear it at the same instant: once, with three witnesses."""
    found = count(
        [heard("a", {10: "Drop the gun!"}), heard("b", {4.2: "drop the gun"}), heard("c", {30.1: "Drop the gum."})],
        PHRASE,
        clock(a=0, b=6, c=-20),
    )

    (said,) = found.exact
    assert (said.witnesses, said.recorders, said.start) == (3, ("a", "b", "c"), 10_000_000)
    assert (found.low, found.high, found.similar) == (1, 1, ())


def test_a_first_word_timed_over_the_pause_before_it_makes_no_second_command() -> None:
    """One recorder's word times begin two seconds early: the command ends when the other heard it end, so it is one."""
    early = heard("b", {10: PHRASE})
    (first, *rest) = early.segments[0]
    early = replace(early, segments=((replace(first, start=MediaTime(8_000_000)), *rest),))

    found = count([heard("a", {10: PHRASE, 11: PHRASE}), early], PHRASE, clock(a=0, b=0))

    assert (len(found.exact), len(found.possible), found.high) == (1, 1, 2)


def test_copies_of_one_recording_are_one_witness() -> None:
    """Heard on a recording and on its copy: said once at most, and by one witness, so the lower end is none."""
    copied = replace(clock(a=0, b=0), copies=(("a", "b"),))

    found = count([heard("a", {10: "drop the gun"}), heard("b", {10: "drop the gun"})], PHRASE, copied)

    assert (found.low, found.high) == (0, 1)
    assert found.possible[0].recorders == ("a", "b")


def test_repeats_are_counted_apart_even_when_one_recorder_drops_some() -> None:
    """Three commands a second apart; one recorder heard the first and the last only."""
    found = count(
        [
            heard("a", {10: "drop the gun", 11: "drop the gun", 12: "drop the gun"}),
            heard("b", {10.1: "drop the gun", 12.1: "drop the gun"}),
        ],
        PHRASE,
        clock(a=0, b=0),
    )

    assert [each.recorders for each in found.exact] == [("a", "b"), ("a", "b")]
    assert [(each.recorders, each.start) for each in found.possible] == [(("a",), 11_000_000)]
    assert (found.low, found.high) == (2, 3)


def test_one_decode_alone_proves_nothing_and_a_second_listening_does() -> None:
    """A single recorder's command is 0 to 1 until the stretch has been heard again by itself."""
    first = heard("a", {10: "drop the gun"})

    alone = count([first], PHRASE, clock(a=0))
    confirmed = count([first], PHRASE, clock(a=0), again=[HeardAgain(heard("a", {10.1: "Drop the gun!"}))])
    unheard = count([first], PHRASE, clock(a=0), again=[HeardAgain(heard("a", {10.1: "stop the van"}))])

    assert [(each.low, each.high) for each in (alone, confirmed, unheard)] == [(0, 1), (1, 1), (0, 1)]
    assert "no stretch was listened to a second time" in alone.reason


def test_a_loop_of_one_decode_widens_the_interval_only() -> None:
    """One recorder loops, the second listening and another recorder heard one: 1 to 4, not 4."""
    loop = heard("a", {10 + i: "drop the gun" for i in range(4)})

    found = count(
        [loop, heard("b", {10: "drop the gun"})], PHRASE, clock(a=0, b=0), again=[HeardAgain(heard("a", {10: PHRASE}))]
    )

    assert (found.low, found.high) == (1, 4)


def test_a_command_written_again_where_a_recorder_hears_badly_is_only_possible() -> None:
    """It wrote the command in both listenings, unsurely, where a better recorder wrote another sentence."""
    heards = [heard("far", {10: PHRASE}, 0.55), heard("near", {10: "the camera above"}, 0.9)]

    found = count(heards, PHRASE, clock(far=0, near=0), again=[HeardAgain(heard("far", {10: PHRASE}, 0.6))])

    assert (found.low, found.high, found.exact) == (0, 1, ())
    assert [(other.exhibit, other.text) for other in found.possible[0].otherwise] == [("near", "the camera above")]
    assert "1 where others heard other words as surely" in found.reason


def test_a_recorder_that_hears_worse_takes_nothing_from_a_better_one() -> None:
    """The near recorder heard the command in both listenings; a far one made something else of it."""
    heards = [heard("near", {10: PHRASE}, 0.9), heard("far", {10: "trop de gone"}, 0.4)]

    found = count(heards, PHRASE, clock(far=0, near=0), again=[HeardAgain(heard("near", {10: PHRASE}, 0.9))])

    assert (found.low, found.high) == (1, 1)


def test_a_telephone_that_holds_another_voice_speaks_against_nothing() -> None:
    """A caller talks while the command is given; the one recorder there heard it twice."""
    heards = [heard("body", {10: PHRASE}, 0.8), heard("call", {10: "please hurry he"}, 0.95)]
    again = [HeardAgain(heard("body", {10: PHRASE}, 0.8))]

    found = count(heards, PHRASE, clock(body=0, call=0), again=again, channels={"call": "telephone"})

    assert (found.low, found.high) == (1, 1)


def test_words_that_are_likelier_wrong_than_right_prove_nothing() -> None:
    """One recorder, both listenings word for word, each with a confidence of 0.4: possible."""
    found = count(
        [heard("a", {10: PHRASE}, 0.4)], PHRASE, clock(a=0), again=[HeardAgain(heard("a", {10: PHRASE}, 0.4))]
    )

    assert (found.low, found.high, len(found.possible)) == (0, 1, 1)


def test_a_mishearing_that_only_resembles_the_command_is_not_reported() -> None:
    """One recorder wrote something like it where a better one wrote another sentence."""
    heards = [heard("far", {10: "drop the gum"}, 0.6), heard("near", {10: "she was holding"}, 0.9)]

    assert count(heards, PHRASE, clock(far=0, near=0)).high == 0


def test_similar_words_stay_out_of_the_lower_end() -> None:
    """Two recorders agree on something like the phrase: at most one, at least none, and shown apart."""
    found = count([heard("a", {10: "drop the gum"}), heard("b", {10: "drop the gum"})], PHRASE, clock(a=0, b=0))

    assert (found.low, found.high, found.exact, len(found.similar)) == (0, 1, (), 1)


def test_a_recording_without_a_place_adds_to_the_upper_end_only() -> None:
    """It may hold the same command that others heard."""
    heards = [heard("a", {10: PHRASE}), heard("b", {10: PHRASE}), heard("lost", {3: PHRASE})]

    found = count(heards, PHRASE, clock(a=0, b=0))

    assert (found.low, found.high, list(found.unplaced)) == (1, 2, ["lost"])


def test_nothing_heard_is_none_and_says_so() -> None:
    """Looked and found nothing: 0 to 0."""
    found = count([heard("a", {1: "good evening"})], PHRASE, clock(a=0), again=[HeardAgain(heard("a", {}))])

    assert (found.low, found.high, found.reason) == (0, 0, "nobody heard it")


def test_the_row_of_the_transcript_is_named() -> None:
    """An occurrence knows the utterance that it lies in."""
    words = tuple(FusedWord(IncidentTime(at), IncidentTime(at + 1), "w", 0.9) for at in (9_500_000, 11_000_000))
    row = Utterance("u7", IncidentTime(9_500_000), IncidentTime(11_200_000), words, ("a",))

    (said,) = count([heard("a", {10: PHRASE})], PHRASE, clock(a=0), rows=[row]).possible

    assert said.utterance == "u7"


def test_every_recording_that_was_running_is_listened_to_again() -> None:
    """A misheard command on one recorder sends all to that instant, inside each one's own length."""
    heards = [heard("a", {10: "chop the gum"}), heard("b", {}), heard("late", {})]

    places = worth_listening(
        heards, PHRASE, clock(a=0, b=9, late=60), {"a": 60_000_000, "b": 3_000_000, "late": 9_000_000}
    )

    assert list(places) == ["a", "b"]
    (span,) = places["a"]
    assert (span.start, span.end) == (10_000_000 - AROUND, 10_700_000 + AROUND)
    assert [(span.start, span.end) for span in places["b"]] == [(0, 3_000_000)]


def test_a_second_listening_that_only_almost_hears_it_is_a_witness_where_nobody_objects() -> None:
    """One recorder: word for word, then nearly so; and the same where another wrote other words as surely."""
    first, again = heard("a", {10: PHRASE}), [HeardAgain(heard("a", {10: "drop the gum"}))]

    alone = count([first], PHRASE, clock(a=0), again=again)
    against = count([first, heard("b", {10: "show your hands"}, 0.95)], PHRASE, clock(a=0, b=0), again=again)

    assert [(each.low, each.high) for each in (alone, against)] == [(1, 1), (0, 1)]
