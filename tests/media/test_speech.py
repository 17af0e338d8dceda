# SPDX-License-Identifier: Apache-2.0
"""Words are heard where they were said, and none where nobody spoke."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from media.spoken import RATE, Sound, engine, scene, siren
from plainview.media import decode, speech
from plainview.media.phrases import find_phrase
from plainview.media.weights import whisper
from plainview.model.time import MediaSpan, MediaTime
from plainview.model.transcript import Heard


def hear(sound: Sound) -> Heard:
    """The sound through the small model."""
    return speech.listen(lambda a, b: sound[a:b], exhibit="EX-0001", model="tiny.en")


def wav(path: Path, sound: Sound) -> Path:
    """The sound as a 16-bit file."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def test_commands_are_heard_at_their_times() -> None:
    """Two commands ten seconds apart are both found, each within 0.4 s of where it was put."""
    sound = scene(24, [(3.0, "s09"), (13.0, "s11"), (17.0, "s12")], noise=0.004)

    hits = find_phrase([hear(sound)], "drop the gun")

    assert [hit.exact for hit in hits] == [True, True]
    assert [abs(hit.span.start / 1e6 - at) < 0.4 for hit, at in zip(hits, (3.0, 13.0), strict=True)] == [True, True]


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(30 * RATE, np.float32), id="digital silence"),
        pytest.param(scene(30, noise=0.02), id="noise"),
        pytest.param(siren(30), id="siren"),
        pytest.param(engine(30), id="engine"),
    ],
)
def test_nothing_is_invented_where_nobody_speaks(sound: Sound) -> None:
    """Silence, noise, a siren and an engine give no word at all."""
    heard = hear(sound)

    assert heard.segments == ()


def test_words_lie_inside_voice_activity() -> None:
    """Every word's middle lies in a stretch where a voice was found, and silence has no such stretch."""
    sound = scene(20, [(6.0, "s01")], noise=0.0)

    heard = hear(sound)

    assert heard.segments
    assert heard.speech[0].start > 5_000_000
    assert all(
        any(span.start <= (word.start + word.end) / 2 <= span.end for span in heard.speech)
        for segment in heard.segments
        for word in segment
    )


def test_the_same_sound_gives_the_same_words() -> None:
    """Hearing twice gives equal values, times and confidences included."""
    sound = scene(12, [(2.0, "s15")], noise=0.01)

    assert hear(sound) == hear(sound)


def test_windows_encoded_one_by_one_are_the_same_as_all_at_once() -> None:
    """A batch that is encoded window by window, which holds a quarter of the memory, has the same bytes."""
    from faster_whisper import WhisperModel

    folder = whisper("tiny.en").folder
    at_once = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)
    features = np.random.default_rng(1).standard_normal((3, 80, 3000)).astype(np.float32)

    one_by_one = np.asarray(speech.recogniser(folder).model.encode(features))

    assert np.array_equal(one_by_one, np.asarray(at_once.encode(features)))


def test_a_window_that_begins_on_any_sample_gets_its_words() -> None:
    """A window from sample 129,760, which as seconds and back is one sample less, has its words like any other."""
    said = scene(6, [(2.0, "s09")], noise=0.004)
    sound = np.concatenate([np.zeros(129_760, np.float32), said])
    windows = [[speech._Piece(0, 129_760)], [speech._Piece(129_760, len(sound))]]

    _, words = speech._decoded(speech.recogniser(whisper("tiny.en").folder), sound, windows, "en")

    assert "gun" in " ".join(word.text for word in words)
    assert all(abs(word.start - 129_760 / RATE - 3) < 2 for word in words)


def test_a_long_recording_is_heard_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut into blocks, no request is longer than a block and no line is lost or doubled at a cut."""
    monkeypatch.setattr(speech, "BLOCK", 20 * RATE)
    sound = scene(50, [(8.0, "s09"), (18.9, "s15"), (30.0, "s12"), (44.0, "s11")], noise=0.003)
    asked: list[int] = []

    def read(first: int, last: int) -> Sound:
        asked.append(last - first)
        return sound[first:last]

    heard = speech.listen(read, exhibit="EX-0001", model="tiny.en")

    text = " ".join(word.text for segment in heard.segments for word in segment).lower()
    assert max(asked) == 20 * RATE
    assert [text.count(said) for said in ("drop the gun", "keep looking at me", "shoot me")] == [2, 1, 1]
    starts = [word.start for segment in heard.segments for word in segment]
    assert starts == sorted(starts)


def test_a_file_is_transcribed_on_its_own_clock(tmp_path: Path) -> None:
    """A WAV on disk gives the same words as its samples."""
    sound = scene(10, [(4.0, "s11")], noise=0.002)
    path = wav(tmp_path / "radio.wav", sound)

    heard = speech.transcribe(path, exhibit="EX-0002", model="tiny.en", telephone=True)

    (hit,) = find_phrase([heard], "drop the gun")
    assert abs(hit.span.start - 4_000_000) < 400_000
    assert heard.basis.weights[1].startswith("1a5afae06a4d")


def test_a_loop_is_cut_to_what_time_allows() -> None:
    """Forty-four repeats within two seconds cannot have been spoken: four phrases fit."""
    loop = [
        speech._Spoken(10 + i * 2 / 132, 10 + (i + 1) * 2 / 132, word, 0.9)
        for i, word in enumerate(["drop", "the", "gun"] * 44)
    ]

    kept = speech.without_loops(loop)

    assert [word.text for word in kept] == ["drop", "the", "gun"] * 4


def test_real_repeats_stay() -> None:
    """The same command three times in six seconds, and a quick "no no no", are kept whole."""
    times = [(0.0, "drop"), (0.3, "the"), (0.5, "gun"), (2.0, "drop"), (2.3, "the"), (2.5, "gun"),
             (4.0, "drop"), (4.3, "the"), (4.5, "gun"), (6.0, "no"), (6.2, "no"), (6.4, "no")]  # fmt: skip
    words = [speech._Spoken(at, at + 0.2, text, 0.9) for at, text in times]

    assert speech.without_loops(words) == words


STRETCHES = [(at * RATE, (at + 2) * RATE) for at in (0, 4, 8, 12)]
"""Four stretches of speech with pauses of two seconds."""


def heard_by(
    monkeypatch: pytest.MonkeyPatch, say: Callable[[int, float, float], list[speech._Spoken]]
) -> tuple[list[speech._Spoken], list[list[tuple[int, int]]]]:
    """The words of STRETCHES where ``say`` gives those of one stretch of a window (round, its start, the window's
    start), and the seconds of the windows of each round."""
    rounds: list[list[tuple[int, int]]] = []

    def decoded(_pipeline: object, _block: Sound, windows: list[list[speech._Piece]], _language: str) -> object:
        spans = [(window[0].first // RATE, window[-1].last // RATE) for window in windows]
        rounds.append(spans)
        return [
            [
                word
                for first, _ in STRETCHES
                if start <= first / RATE < end
                for word in say(len(rounds), first / RATE, start)
            ]
            for start, end in spans
        ]

    monkeypatch.setattr(speech, "_decoded", decoded)
    monkeypatch.setattr(speech, "recogniser", lambda _folder: None)
    block = np.ones(14 * RATE, np.float32)
    return speech._recognise(block, STRETCHES, whisper("tiny.en"), "en"), rounds


def test_a_window_that_loops_is_heard_again_in_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Halves are decoded until no loop is left; a single stretch that still loops gives no words."""

    def say(_round: int, at: float, start: float) -> list[speech._Spoken]:
        loop = [speech._Spoken(1.0, 1.3, word, 0.9) for word in ("drop", "the", "gun") * 4]
        return loop if start == 0 else [speech._Spoken(at + 0.4, at + 1.4, "fine", 0.9)]

    words, rounds = heard_by(monkeypatch, say)

    assert rounds == [[(0, 14)], [(0, 6), (8, 14)], [(0, 2), (4, 6)]]
    assert [word.start for word in words] == [4.4, 8.4, 12.4]


def test_sentences_that_were_passed_over_are_heard_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of four stretches have no word, or one drawn out over all of it, until they are heard apart; then they have."""

    def say(number: int, at: float, _start: float) -> list[speech._Spoken]:
        if number == 1 and at in (4, 8):
            return [speech._Spoken(at + 0.1, at + 1.9, "a", 0.9)] if at == 8 else []
        return [speech._Spoken(at + 0.4, at + 1.4, "fine", 0.9)]

    words, rounds = heard_by(monkeypatch, say)

    assert rounds == [[(0, 14)], [(4, 10)]]
    assert [word.text for word in words] == ["fine"] * 4


def test_a_first_word_before_the_voice_was_noticed_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of a second before it a word stays and is part of the speech; two seconds before it, none does."""
    words = [speech._Spoken(at, at + 0.2, text, 0.9) for at, text in ((1.0, "ghost"), (2.8, "Drop"), (3.3, "it"))]
    monkeypatch.setattr(speech, "_recognise", lambda *_: words)
    monkeypatch.setattr(speech, "voiced_spans", lambda *_, **__: [(round(3.2 * RATE), 4 * RATE)])

    heard = hear(np.full(5 * RATE, 0.1, np.float32))

    assert [word.text for segment in heard.segments for word in segment] == ["Drop", "it"]
    assert [(span.start, span.end) for span in heard.speech] == [(2_800_000, 3_000_000), (3_200_000, 4_000_000)]


def test_words_are_written_as_one_where_they_are_one() -> None:
    """What the library takes apart at a hyphen or a point stays one word, as sure as its least sure part."""
    parts = [(" cold", 0.9), ("-hearted", 0.6), (" 3", 0.8), (".14", 0.9), (" Stop!", 0.7)]
    words = [
        SimpleNamespace(start=float(k), end=k + 1.0, word=text, probability=p) for k, (text, p) in enumerate(parts)
    ]

    whole = speech._whole(words)

    assert [(word.text, word.start, word.end, word.probability) for word in whole] == [
        ("cold-hearted", 0.0, 2.0, 0.6),
        ("3.14", 2.0, 4.0, 0.8),
        ("Stop!", 4.0, 5.0, 0.7),
    ]


def test_a_word_that_repeats_itself_is_a_loop() -> None:
    """Seven Norths with hyphens are none that anybody said; a laugh is."""
    loop, laugh = (speech._Spoken(1.0, 3.0, text, 0.9) for text in ("-".join(["North"] * 7 + ["N"]), "ha-ha-ha-ha"))

    assert (speech._loops([loop]), speech._loops([laugh])) == (True, False)


def test_a_stretch_heard_again_is_heard_at_its_own_time() -> None:
    """Of two commands the stretch around the second gives that one alone, where it was said."""
    sound = scene(24, [(3.0, "s09"), (13.0, "s11")], noise=0.004)
    around = MediaSpan(MediaTime(11_000_000), MediaTime(17_000_000))

    again = speech.listen_again(lambda a, b: sound[a:b], [around], exhibit="EX-0001", model="tiny.en")

    (hit,) = find_phrase([again], "drop the gun")
    assert abs(hit.span.start - 13_000_000) < 400_000


def test_nothing_is_heard_again_where_nobody_speaks() -> None:
    """Engine noise and digital silence give no word the second time either."""
    sound = np.concatenate([engine(10), np.zeros(10 * RATE, np.float32)])
    spans = [MediaSpan(MediaTime(at), MediaTime(at + 8_000_000)) for at in (1_000_000, 11_000_000)]

    assert speech.listen_again(lambda a, b: sound[a:b], spans, exhibit="EX-0001", model="tiny.en").segments == ()


def test_a_file_is_decoded_once_from_start_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overlapping requests that go forward give the samples of the whole, from one pass over the file."""
    path = wav(tmp_path / "long.wav", scene(100, noise=0.1))
    whole = decode.pcm(path, rate=RATE)
    passes: list[Path] = []
    real = decode.pcm_blocks

    def counted(source: Path, *, rate: int, seconds: float) -> Iterator[Sound]:
        passes.append(source)
        return real(source, rate=rate, seconds=seconds)

    monkeypatch.setattr(decode, "pcm_blocks", counted)
    read = speech.Forward(path)
    asked = [(0, 40 * RATE), (35 * RATE + 7, 70 * RATE), (70 * RATE, 140 * RATE), (140 * RATE, 150 * RATE)]

    assert [np.array_equal(read(a, b), whole[a:b]) for a, b in asked] == [True] * 4
    assert passes == [path]
    with pytest.raises(RuntimeError, match="read past"):
        read(0, RATE)


def test_a_sure_word_among_unsure_ones_is_less_sure() -> None:
    """The same probability means less where the words around it are badly heard; order is kept, all within 0 and 1."""
    clear, muddy = speech.calibrated([0.9] * 11), speech.calibrated([0.2] * 5 + [0.9] + [0.2] * 5)

    assert 0 < muddy[5] < clear[5] < 1
    assert muddy[5] > muddy[4]
    assert speech.calibrated([]) == []
    assert all(0 < each < 1 for each in speech.calibrated([0.0, 1.0]))
