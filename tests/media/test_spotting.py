# SPDX-License-Identifier: Apache-2.0
"""A phrase weighed against what the recogniser wrote: it fits where it was said, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from media.spoken import scene
from plainview.media.phrases import FITS, count
from plainview.media.spotting import _fewest, weigh
from plainview.model.finding import Basis
from plainview.model.phrase import HeardAgain, PhraseHit
from plainview.model.time import IncidentTime, MediaSpan, MediaTime
from plainview.model.timeline import Alignment, Timeline
from plainview.model.transcript import Heard, Word

SAID = scene(12, [(2.0, "s09"), (7.0, "s15")], noise=0.004)
"""At 2 s “Drop the gun!”, at 7 s “Don't move. I'm going to help you. Keep looking at me.”"""


def written(exhibit: str, words: Mapping[float, str]) -> Heard:
    """Each text from its second on, four words a second."""
    segments = tuple(
        tuple(
            Word(MediaTime(round((at + i / 4) * 1e6)), MediaTime(round((at + i / 4 + 0.2) * 1e6)), word, 0.5)
            for i, word in enumerate(text.split())
        )
        for at, text in sorted(words.items())
    )
    return Heard(exhibit, segments, (), "en", Basis("made by hand", "1"))


def fits(heard: Heard, phrase: str) -> list[PhraseHit]:
    return list(weigh(lambda a, b: SAID[a:b], heard, phrase, model="tiny.en"))


def test_a_command_written_down_wrongly_fits_where_it_was_said() -> None:
    """Where "drop it down" was written and "drop the gun" said, the phrase is the likelier of the two."""
    (hit,) = fits(written("EX-0001", {2.1: "Drop it down."}), "drop the gun")

    assert hit.fit is not None
    assert hit.fit > 0
    assert (hit.text, hit.exact) == ("Drop it down.", False)


def test_a_command_does_not_fit_other_words() -> None:
    """Nobody asked for a gun to be dropped in "keep looking at me", however alike the letters."""
    weighed = fits(written("EX-0001", {2.1: "Drop the gun.", 7.2: "Don't move. I'm going to help you."}), "drop to hell")

    assert weighed
    assert all(hit.fit is not None and hit.fit < FITS for hit in weighed)


def test_what_is_written_word_for_word_is_not_weighed() -> None:
    """There is nothing to weigh the phrase against."""
    assert fits(written("EX-0001", {2.1: "Drop the gun."}), "drop the gun") == []


def test_a_sound_that_fits_is_a_second_witness_and_never_word_for_word() -> None:
    """One recorder wrote the command, another's sound fits it: said once at least; alone it is only similar."""
    exact = written("EX-0001", {2.0: "Drop the gun."})
    other = written("EX-0002", {2.0: "Lock it down."})
    (fit,) = (hit for hit in weigh_by_hand(other, -1.5))
    timeline = Timeline(tuple(Alignment(e, IncidentTime(0), 0.0, 0, "sound", 0.9) for e in ("EX-0001", "EX-0002")), ())

    both = count([exact, other], "drop the gun", timeline, again=[HeardAgain(other, (fit,))])
    alone = count([other], "drop the gun", timeline, again=[HeardAgain(other, (fit,))])
    unlike = count([other], "drop the gun", timeline, again=[HeardAgain(other, tuple(weigh_by_hand(other, -20.0)))])

    assert (both.low, both.high) == (1, 1)
    assert (alone.low, alone.high, len(alone.similar)) == (0, 1, 1)
    assert unlike.high == 0


def test_a_sound_that_fits_beside_words_that_are_found_is_no_second_saying() -> None:
    """Its words run on for two seconds, so that their middle lies a second later: once, as the recorders heard it."""
    exact = written("EX-0001", {2.0: "Drop the gun."})
    longer = written("EX-0002", {2.0: "Drop it down right there and then my man."})
    line = Timeline(tuple(Alignment(e, IncidentTime(0), 0.0, 0, "sound", 0.9) for e in ("EX-0001", "EX-0002")), ())

    found = count([exact, longer], "drop the gun", line, again=[HeardAgain(longer, tuple(weigh_by_hand(longer, -1.5)))])

    assert (found.low, found.high, found.similar) == (1, 1, ())


def weigh_by_hand(heard: Heard, fit: float) -> list[PhraseHit]:
    """All of a recording's words as one place with these odds."""
    (words,) = heard.segments
    span = MediaSpan(words[0].start, words[-1].end)
    return [PhraseHit(heard.exhibit, span, " ".join(w.text for w in words), 0.5, 0.5, listening=2, fit=fit)]


def test_letters_outside_the_vocabulary_are_not_weighed() -> None:
    """Pieces that do not make up a word leave it unwritten, and the fewest pieces that do are taken."""
    pieces = {" drop": 1, " d": 2, "rop": 3, " the": 4, " ": 5, "the": 6}

    assert (_fewest(" drop", pieces), _fewest(" the", pieces), _fewest(" gün", pieces)) == ([1], [4], None)
