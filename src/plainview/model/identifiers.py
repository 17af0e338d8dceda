# SPDX-License-Identifier: Apache-2.0
"""Words that may identify somebody: names, birth dates, telephone numbers, plates, addresses.

What this module keeps true: it proposes, a person decides; so it would rather propose too much than
too little. It reads words as a recogniser writes them ("five five five, zero one four two" or
"555-0142", "seven K L M four one nine" or "7K LM419") and as a page prints them. Rules are data: a
pack of cue words and shapes that an agency may replace.

>>> [(f.kind, f.first, f.last) for f in propose("Her name is Dana Whitlock, born June 4th, 1987.".split())]
[('name', 3, 4), ('birth date', 6, 8)]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from plainview.model.identifier_rules import DEFAULT, Rules, joined

KINDS = (
    "name",
    "birth date",
    "telephone",
    "plate",
    "address",
    "e-mail",
    "social security number",
    "licence number",
    "record number",
    "term",
)
"""What a proposal may be; the earlier in this list, the higher it ranks where two overlap fully."""


@dataclass(frozen=True, slots=True)
class Found:
    """Words ``first`` to ``last`` (both included) that may identify somebody, and why they may."""

    kind: str
    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Text:
    """Words as they are, and as they are compared."""

    words: tuple[str, ...]
    plain: tuple[str, ...]
    rules: Rules
    known: frozenset[str] = frozenset()
    """Parts of names that stand elsewhere in the same case."""

    def __len__(self) -> int:
        return len(self.words)

    def is_(self, i: int, some: frozenset[str]) -> bool:
        return 0 <= i < len(self) and self.plain[i] in some

    def ends(self, i: int) -> bool:
        """Whether a sentence ends with word ``i``."""
        return self.words[i][-1:] in ".?!;" and not re.fullmatch(
            r"(?:[A-Za-z]\.)+|(?:St|Mr|Mrs|Ms|Dr|No)\.", self.words[i]
        )

    def run(self, i: int, fits: Callable[[int], bool], *, most: int = 40) -> int:
        """The first word from ``i`` on that does not fit."""
        j = i
        while j < len(self) and j - i < most and fits(j):
            j += 1
        return j


def propose(
    words: Sequence[str],
    *,
    terms: Sequence[str] = (),
    known: frozenset[str] = frozenset(),
    rules: Rules = DEFAULT,
) -> list[Found]:
    """Every stretch of words that may identify somebody, in order.

    ``terms`` are what people have already decided to hide (a name, a number): each place where one
    of them stands is found again, written in words or digits. ``known`` are parts of names that the
    case says elsewhere (``name_parts``): somebody introduced once is then found where only the surname
    is called. Stretches may overlap.
    """
    text = _Text(tuple(words), tuple(_plain(word) for word in words), rules, known)
    found: list[Found] = []
    for rule in _RULES_IN_ORDER:
        found += rule(text)
    found += _terms(text, terms)
    return _settled(found)


def name_parts(texts: Iterable[Sequence[str]], *, rules: Rules = DEFAULT) -> frozenset[str]:
    """The words of all names that the texts of one case introduce, by a cue, a title, kinship or as forms print them.

    What only looks like a name (a capital in a sentence) introduces nobody, and a word that is also an
    everyday word, a form's label or a number is left out.
    """
    parts: set[str] = set()
    common = rules.not_names | rules.things | rules.fillers | rules.stating | rules.titles | rules.months
    common |= rules.numbers | rules.digits | rules.ordinals | rules.street_words | rules.directions
    for words in texts:
        text = _Text(tuple(words), tuple(_plain(word) for word in words), rules)
        for hit in (*_names(text), *_known_names(text), *_last_first(text)):
            for i in range(hit.first, hit.last + 1):
                plain = text.plain[i]
                if len(plain) >= 3 and plain.isalpha() and plain not in common and text.words[i][:1].isupper():
                    parts.add(plain)
    return frozenset(parts)


def _plain(word: str) -> str:
    """As compared: small letters, no stops; ``S.S.N.`` and ``A/K/A`` without their signs."""
    bare = word.lower().replace("’", "'").strip('.,;:!?"()[]{}*_<>“”#')
    bare = bare.removesuffix("'s") or bare
    return joined(bare)


def _settled(found: Iterable[Found]) -> list[Found]:
    """In order of place; a stretch of the same kind inside another of it is dropped, touching ones stay."""
    ordered = sorted(set(found), key=lambda f: (f.first, -f.last, KINDS.index(f.kind), f.reason))
    kept: list[Found] = []
    for item in ordered:
        inside = any(o.kind == item.kind and o.first <= item.first and item.last <= o.last for o in kept)
        if not inside:
            kept.append(item)
    return kept


def _cued(text: _Text, cues: frozenset[str]) -> Iterable[tuple[int, str]]:
    """The place after every cue phrase, and the phrase; longer phrases first, words used once."""
    longest = max(len(cue.split()) for cue in cues)
    i = 0
    while i < len(text):
        for size in range(min(longest, len(text) - i), 0, -1):
            phrase = " ".join(text.plain[i : i + size])
            parts = [each for each in phrase.split("/") if each in cues] if size == 1 else []
            if phrase in cues or parts:
                yield i + size, phrase if phrase in cues else parts[-1]
                i += size - 1
                break
        i += 1


def _is_number(text: _Text, i: int) -> bool:
    word = text.plain[i]
    return bool(re.fullmatch(r"[+(]?\d[\d\-/().,]*", word)) or word in text.rules.digits or word in text.rules.numbers


def _digits_in(text: _Text, first: int, end: int) -> int:
    """How many digits words ``[first, end)`` stand for; "double" is one more."""
    total = 0
    for i in range(first, end):
        digits = re.sub(r"\D", "", text.plain[i])
        total += (
            len(digits) if digits else int(text.plain[i] in text.rules.digits or text.plain[i] in text.rules.numbers)
        )
    return total


def _letter(text: _Text, i: int) -> bool:
    return len(text.plain[i]) == 1 and text.plain[i].isalpha()


def _names(text: _Text) -> list[Found]:
    """One to four words after a cue, a title or a kinship, that can be a name."""
    found = []
    for cues, why in ((text.rules.name_cues, "after"), (text.rules.kin, "after"), (text.rules.titles, "after title")):
        for at, cue in _cued(text, cues):
            if at and at < len(text) and text.ends(at - 1) and "name" not in cue and cue not in text.rules.titles:
                continue
            start = _name_start(text, at)
            end = _name_end(text, start)
            certain = cue in text.rules.sure_cues or "name is" in cue or cues is text.rules.kin
            shaped = all(text.words[i][:1].isupper() for i in range(start, end))
            if not shaped and text.words[start][:1].isupper():
                end = text.run(start, lambda i: text.words[i][:1].isupper(), most=end - start)
                shaped = True
            elif cues is text.rules.titles and not shaped and _small(text):
                end = text.run(start, lambda i: not _everyday(text, i) and _can_be_name(text, i), most=1)
                shaped = True
            if end > start and (certain or shaped) and (cues is not text.rules.titles or shaped):
                found.append(Found("name", start, end - 1, f"{why} “{cue}”"))
    return found


_COUNTED = re.compile(r"#?\d{1,2}|[a-h]|#")


def _name_start(text: _Text, at: int) -> int:
    """Past what stands between a cue and its name: little words, ``#1``, titles, ``(Last, First, MI):``."""
    start = at
    while start < len(text) and start - at < 6:
        counted = bool(_COUNTED.fullmatch(text.plain[start])) and text.words[start][-1:] != "."
        labelled = text.words[start][:1] == "(" or text.words[start][-2:] in ("):", ")")
        title = text.is_(start, text.rules.titles)
        label = text.words[start][-1:] == ":" and text.is_(start, text.rules.things)
        if not (text.is_(start, text.rules.fillers) or counted or labelled or title or label):
            break
        start += 1
    return start


def _name_end(text: _Text, start: int) -> int:
    end = start
    while end < len(text) and end - start < 4 and _can_be_name(text, end):
        if end - start >= 2 and not text.words[end][:1].isupper():
            break
        end += 1
        stop = text.words[end - 1][-1:]
        if stop in ".?!;:" and len(text.plain[end - 1]) > 1:
            break
        if stop == "," and (end >= len(text) or not text.words[end][:1].isupper() or end - start >= 2):
            break
    return end


def _can_be_name(text: _Text, i: int) -> bool:
    word = text.plain[i]
    wordy = bool(re.fullmatch(r"[^\W\d_](?:[^\W\d_']|-(?=[^\W\d_]{2}))*\.?|(?:o|d)'[^\W\d_]+", word))
    common = text.rules.not_names | text.rules.months | text.rules.things | text.rules.street_words
    return wordy and (word in text.rules.given_names or word not in common)


def _capital(text: _Text, i: int) -> bool:
    """Whether a word begins with a capital and may be part of a name."""
    bare = text.words[i].lstrip("\"“'(")
    return bare[:1].isupper() and _can_be_name(text, i)


def _small(text: _Text) -> bool:
    """Whether nothing is capitalised, so that capitals tell nothing."""
    return not any(word[:1].isupper() for word in text.words)


def _introduced(text: _Text) -> list[Found]:
    """Where a part of a name stands that the case introduces elsewhere, with what is capitalised around it."""
    found = []
    small = _small(text)
    for i in range(len(text)):
        if not text.is_(i, text.known) or not (small or text.words[i].lstrip("\"“'(")[:1].isupper()):
            continue
        end = i + 1
        while end < len(text) and end - i < 3 and not _stops(text, end - 1) and _capital(text, end):
            end += 1
        found.append(Found("name", i, end - 1, "a name that the case says elsewhere"))
    return found


def _known_names(text: _Text) -> list[Found]:
    """A common first name with the capitalised words after it; written small too when nothing else is capitalised."""
    found = []
    small = _small(text)
    for i in range(len(text)):
        if not text.is_(i, text.rules.given_names) or not (small or text.words[i].lstrip("\"“'(")[:1].isupper()):
            continue
        end = i + 1
        while end < len(text) and end - i < 4 and not _stops(text, end - 1) and _capital(text, end):
            end += 1
        if small and end < len(text) and _can_be_name(text, end) and not _everyday(text, end):
            end += 1
        found.append(Found("name", i, end - 1, "a common first name"))
    return found


def _everyday(text: _Text, i: int) -> bool:
    return text.is_(i, text.rules.fillers | text.rules.stating | text.rules.numbers | text.rules.digits)


def _stops(text: _Text, i: int) -> bool:
    """Whether a sign after word ``i`` parts it from the next; the point of an initial does not."""
    return text.words[i][-1:] in ".,;:!?)" and len(text.plain[i]) > 1


def _named_by_form(text: _Text) -> list[Found]:
    """Capitalised words where a sentence does not begin: surnames, with initials and what stands before a statement.

    Only in texts that have small letters too; in lines all of capitals, ``LAST, FIRST``.
    """
    found = _last_first(text)
    if not any(word.islower() for word in text.plain) or not any(word[:1].islower() for word in text.words):
        return found
    i = 0
    while i < len(text):
        end = i
        while end < len(text) and end - i < 4 and _capital(text, end) and (end == i or not _stops(text, end - 1)):
            end += 1
        if end == i:
            i += 1
            continue
        why = _why_a_name(text, i, end)
        if why and not _of_a_thing(text, i, end) and any(len(text.plain[k]) > 2 for k in range(i, end)):
            found.append(Found("name", i, end - 1, why))
        i = end
    return found


def _why_a_name(text: _Text, first: int, end: int) -> str:
    """Why a run of capitalised words may name somebody; empty when it need not."""
    begins = first == 0 or text.ends(first - 1) or text.words[first - 1][-1:] == ":"
    label = text.words[end - 1][-1:] == ":"
    verb = text.run(end, lambda k: text.is_(k, text.rules.adverbs), most=1)
    if label:
        return ""
    if text.is_(verb, text.rules.stating) and not _stops(text, end - 1):
        return "before what somebody did"
    alone = begins and end - first == 1
    if alone and text.words[first].lower().replace("’", "'").endswith("'s"):
        return "somebody's"
    if alone and end + 1 < len(text) and text.plain[end] == "and" and _capital(text, end + 1):
        return "one of two"
    filled_in = begins and first > 0 and text.words[first - 1][-1:] == ":" and end - first >= 2
    return "capitalised" if (not begins or filled_in) and _not_all_capitals(text, first, end) else ""


def _of_a_thing(text: _Text, first: int, end: int) -> bool:
    """Whether a capitalised word that is nobody's name stands beside the run: ``Harrison Street``, ``Camera Two``."""

    def thing(i: int) -> bool:
        return text.is_(i, text.rules.things) and text.words[i][:1].isupper()

    after = end < len(text) and not _stops(text, end - 1) and thing(end)
    before = first > 0 and thing(first - 1) and not _stops(text, first - 1)
    return after or (before and not text.is_(first - 1, text.rules.titles))


def _quoted_and_initials(text: _Text) -> list[Found]:
    """``"Little Mike"`` and ``Y.B.``: what people are called, and how papers name minors."""
    found = []
    i = 0
    while i < len(text):
        word = text.words[i].strip(",;:()")
        if re.fullmatch(r"(?:[A-Z]\.){2,3}", word) and not text.is_(i, text.rules.abbreviations):
            found.append(Found("name", i, i, "initials"))
        if text.words[i][:1] in "\"“":
            end = i
            while end < len(text) and end - i < 3 and text.words[end].strip("\"“").istitle():
                end += 1
                if text.words[end - 1].rstrip(".,;)")[-1:] in ("\"", "”"):
                    found.append(Found("name", i, end - 1, "called so in quotes"))
                    break
        i += 1
    return found


def _not_all_capitals(text: _Text, first: int, end: int) -> bool:
    """Whether a run is more than an abbreviation: ``MRI`` and ``TCP`` are nobody."""
    return any(not text.words[i].isupper() or len(text.plain[i]) > 4 for i in range(first, end))


def _last_first(text: _Text) -> list[Found]:
    """``PRUITT, JOANNE`` and ``Salas, Ricardo J``: two words that may be names with a comma between, as forms print."""
    found = []
    for i in range(len(text) - 1):
        if text.words[i][-1:] != "," or not (_capital(text, i) and _capital(text, i + 1)):
            continue
        capitals = text.words[i].strip(",").isupper() and text.words[i + 1].strip(".,").isupper()
        known = text.is_(i + 1, text.rules.given_names) or len(text.plain[i + 1]) == 1
        if not (capitals or known) or len(text.plain[i]) < 3:
            continue
        end = i + 2
        while end < len(text) and end - i < 4 and not _stops(text, end - 1) and _capital(text, end):
            if len(text.plain[end]) > 2 and not capitals:
                break
            end += 1
        found.append(Found("name", i, end - 1, "last name, first name"))
    return found


_AS_IN = frozenset({"as", "in", "like"})


def _spelled(text: _Text) -> list[Found]:
    """Three or more letters in a row: single, hyphenated ("W-H-I-T"), or as APCO or NATO words."""
    found = []
    i = 0
    while i < len(text):
        if re.fullmatch(r"(?:[a-z]-){2,}[a-z]", text.plain[i]):
            found.append(Found("name", i, i, "spelled out"))
        end = text.run(i, lambda k: _letter(text, k))
        if end > i and [*text.plain[end : end + 2]] == ["as", "in"]:
            end = text.run(end + 3, lambda k: _letter(text, k) or text.is_(k, _AS_IN))
        code = text.run(i, lambda k: text.is_(k, text.rules.letters) or _letter(text, k))
        if end - i >= 3:
            found.append(Found("name", i, end - 1, "spelled out"))
        elif code - i >= 3 and any(text.is_(k, text.rules.letters) for k in range(i, code)):
            found.append(Found("name", i, code - 1, "spelled in code words"))
        i = max(end, code, i + 1)
    return found


_PRINTED_DATE = re.compile(
    r"\d{1,2}[/\-.]\d{1,2}[/\-.](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|\d{1,2}[\-/.]?[a-z]{3,9}[\-/.]?(?:\d{4}|\d{2})"
)


def _birth_dates(text: _Text) -> list[Found]:
    """A date within a few words of a birth cue, before or after it."""
    found = []
    for i in range(len(text) - 1):
        if text.words[i] in ("b.", "B.") and _PRINTED_DATE.fullmatch(text.plain[i + 1]):
            found.append(Found("birth date", i + 1, i + 1, "after “b.”"))
    for at, cue in _cued(text, text.rules.birth_cues):
        start = text.run(at, lambda i: text.is_(i, text.rules.fillers), most=4)
        end = text.run(start, lambda i: _date_word(text, i), most=8)
        printed = text.run(at, lambda i: not _PRINTED_DATE.fullmatch(text.plain[i]) and not text.ends(i), most=4)
        if printed < len(text) and printed > at and _PRINTED_DATE.fullmatch(text.plain[printed]):
            found.append(Found("birth date", printed, printed, f"after “{cue}”"))
            continue
        if end > start:
            found.append(Found("birth date", start, end - 1, f"after “{cue}”"))
            continue
        size = len(cue.split())
        last = at - size - 1
        while text.is_(last, text.rules.fillers) and not text.ends(last):
            last -= 1
        first = last + 1
        while first > 0 and _date_word(text, first - 1) and not text.ends(first - 1):
            first -= 1
        if first <= last:
            found.append(Found("birth date", first, last, f"before “{cue}”"))
    return found


_PRINTED_YEAR = re.compile(r".*\d.*[/\-.](\d{4}|\d{2})|(\d{4})-\d{2}-\d{2}")


def _old_dates(text: _Text) -> list[Found]:
    """A whole date of a year long past: what happened lately is no birth date, what happened then may be."""
    found = []
    for i in range(len(text)):
        if _PRINTED_DATE.fullmatch(text.plain[i]):
            match = _PRINTED_YEAR.fullmatch(text.plain[i])
            year = int((match.group(2) or match.group(1)) if match else 0)
            year += 1900 if 30 < year < 100 else 2000 if year < 100 else 0
            if 1900 < year <= text.rules.latest_birth:
                found.append(Found("birth date", i, i, "a date long past"))
        elif text.is_(i, text.rules.months):
            first = i
            while first > 0 and i - first < 3 and _date_word(text, first - 1):
                first -= 1
            end = text.run(i, lambda k: _date_word(text, k), most=8)
            if any(_past_year(text, k) for k in range(i + 1, end)):
                found.append(Found("birth date", first, end - 1, "a date long past"))
    return found


def _past_year(text: _Text, i: int) -> bool:
    """Whether a word is, or begins, a year long past: ``1968``, ``nineteen sixty eight``."""
    if re.fullmatch(r"\d{4}", text.plain[i]):
        return 1900 < int(text.plain[i]) <= text.rules.latest_birth
    return text.plain[i] == "nineteen" and text.is_(i + 1, text.rules.numbers)


def _date_word(text: _Text, i: int) -> bool:
    word, rules = text.plain[i], text.rules
    if _PRINTED_DATE.fullmatch(word) or re.fullmatch(r"\d+(?:st|nd|rd|th)?", word):
        return True
    named = word in rules.months or word in rules.ordinals or word in rules.digits or word in rules.numbers
    compound = all(part in rules.digits | rules.numbers | rules.ordinals for part in word.split("-"))
    between = word == "and" and text.is_(i - 1, rules.numbers) and text.is_(i + 1, rules.digits)
    return named or compound or between or word in ("of", "the")


def _telephones(text: _Text) -> list[Found]:
    """Seven or more digits in a row, written or spoken; after a cue four are enough."""
    cued = {text.run(at, lambda i: text.is_(i, text.rules.fillers), most=4): cue
            for at, cue in _cued(text, text.rules.telephone_cues)}  # fmt: skip
    found = []
    i = 0
    while i < len(text):
        end = text.run(i, lambda k: _is_number(text, k) and not _PRINTED_DATE.fullmatch(text.plain[k]), most=16)
        if end == i:
            i += 1
            continue
        count = _digits_in(text, i, end)
        cue = cued.get(i)
        if cue and count >= 4:
            found.append(Found("telephone", i, end - 1, f"after “{cue}”"))
        elif count >= 7 and not _amount(text, i, end):
            found.append(Found("telephone", i, end - 1, f"{count} digits in a row"))
        i = end
    return found


def _amount(text: _Text, first: int, end: int) -> bool:
    """A single printed number with thousands separators or a decimal point is a quantity."""
    return end - first == 1 and bool(re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+", text.plain[first]))


def _plates(text: _Text) -> list[Found]:
    """Letters and digits together: after a cue, or alone when they have a plate's shape."""
    found = []
    for at, cue in _cued(text, text.rules.plate_cues):
        start = text.run(at, lambda i: text.is_(i, text.rules.fillers), most=4)
        end = text.run(start, lambda i: _plate_word(text, i), most=10)
        if any(re.search(r"\d", text.plain[i]) or _is_number(text, i) for i in range(start, end)) or end - start >= 3:
            found.append(Found("plate", start, end - 1, f"after “{cue}”"))
    i = 0
    while i < len(text):
        end = text.run(i, lambda k: _plate_word(text, k), most=10)
        if end > i and _plate_shape(text, i, end):
            found.append(Found("plate", i, end - 1, "letters and digits as on a plate"))
        i = max(end, i + 1)
    return found


def _plate_word(text: _Text, i: int) -> bool:
    word = text.plain[i]
    if _letter(text, i) or word in text.rules.letters or word in text.rules.digits:
        return True
    return bool(re.fullmatch(r"\d{1,5}|(?=.*\d)[a-z0-9\-]{2,9}|(?:[a-z]-)+[a-z]", word)) or (
        text.words[i].strip(".,;:!?").isupper() and len(word) <= 4 and word.isalpha()
    )


def _plate_shape(text: _Text, first: int, end: int) -> bool:
    """Five to eight signs, at least two letters and two digits, in no more than two changes."""
    signs = ""
    for i in range(first, end):
        word = text.plain[i]
        if word in text.rules.digits:
            signs += "0"
        elif word in text.rules.letters:
            signs += "a"
        else:
            signs += re.sub(r"\d", "0", re.sub(r"[a-z]", "a", word.replace("-", "")))
    if any(re.fullmatch(r"\d+(?:st|nd|rd|th)", text.plain[i]) for i in range(first, end)):
        return False
    return (
        5 <= len(signs) <= 8
        and signs.count("a") >= 2
        and signs.count("0") >= 2
        and bool(re.fullmatch(r"0{0,4}a+0+a{0,2}|0+a+", signs))
    )


def _addresses(text: _Text) -> list[Found]:
    """A house number with a street, a street after an address cue, an apartment."""
    found = []
    for i in range(len(text)):
        if _is_number(text, i) and (i == 0 or not _is_number(text, i - 1)):
            end = _address_end(text, text.run(i, lambda k: _is_number(text, k), most=8))
            if end:
                found.append(Found("address", i, end - 1, "number and street"))
    for at, cue in _cued(text, text.rules.address_cues):
        start = text.run(at, lambda i: text.is_(i, text.rules.fillers), most=3)
        end = _street_end(text, start) or text.run(start, lambda i: _capital(text, i), most=2)
        if end > start:
            end = text.run(end, lambda i: _is_number(text, i), most=6)
            found.append(Found("address", start, _with_unit(text, end) - 1, f"after “{cue}”"))
    for i in range(len(text) - 2):
        if re.fullmatch(r"po", text.plain[i]) and text.plain[i + 1] == "box":
            found.append(Found("address", i, i + 2, "post office box"))
    for i in range(len(text) - 1):
        if not text.is_(i, text.rules.room_words) or text.ends(i):
            continue
        spoken = text.run(i + 1, lambda k: text.is_(k, text.rules.numbers | text.rules.digits), most=4)
        if spoken > i + 1 or re.fullmatch(r"\d+[a-z]?|[a-z]\d*", text.plain[i + 1]):
            found.append(Found("address", i, max(spoken, i + 2) - 1, "apartment"))
    return found


def _address_end(text: _Text, after_number: int) -> int:
    """End of the address whose house number ends before ``after_number``, 0 when no street follows."""
    if after_number >= len(text) or text.ends(after_number - 1):
        return 0
    end = _street_end(text, after_number)
    return _with_unit(text, end) if end else 0


def _street_end(text: _Text, start: int) -> int:
    """The word after a street's name that starts at ``start``: at most four words up to "street"."""
    for i in range(start, min(start + 5, len(text))):
        if i > start and text.ends(i - 1):
            return 0
        if text.is_(i, text.rules.street_words) and i > start:
            follows = i + 1
            return follows + 1 if text.is_(follows, text.rules.directions) and not text.ends(i) else follows
    named = text.run(start, lambda k: text.is_(k, text.rules.directions), most=1)
    if named >= len(text):
        return 0
    wordy = text.words[named][:1].isupper() or (_small(text) and not _everyday(text, named))
    if named > start and _can_be_street(text, named) and (wordy or text.is_(named, text.rules.ordinals)):
        return named + 1
    # A street without "street" is one when a flat follows: "1441 Calder, apartment B".
    if wordy and _can_be_street(text, named) and text.is_(named + 1, text.rules.room_words):
        return named + 1
    return 0


def _can_be_street(text: _Text, i: int) -> bool:
    word = text.plain[i]
    return bool(re.fullmatch(r"[a-z'\-]{2,}|\d+(?:st|nd|rd|th)", word)) and word not in text.rules.not_names


def _with_unit(text: _Text, end: int) -> int:
    if end < len(text) and text.is_(end, text.rules.unit_words) and end + 1 < len(text):
        return end + 2
    if end < len(text) and text.words[end].startswith("#"):
        return end + 1
    if text.is_(end, text.rules.ordinals) and text.is_(end + 1, text.rules.unit_words):
        return end + 2
    if 0 < end < len(text) and text.words[end - 1][-1:] == ",":
        town = text.run(end, lambda i: text.words[i][:1].isupper() and text.plain[i].isalpha(), most=3)
        return text.run(town, lambda i: bool(re.fullmatch(r"\d{5}(?:-\d{4})?", text.plain[i])), most=1)
    return end


def _coded(text: _Text) -> list[Found]:
    """Numbers of licences and records: letters and digits after their cue; the 17 signs of a vehicle's number."""
    found = [
        Found("record number", i, i, "has the shape of a vehicle identification number")
        for i, word in enumerate(text.plain)
        if re.fullmatch(r"(?=(?:.*\d){3})(?=(?:.*[a-z]){3})[a-hj-npr-z0-9]{17}", word)
    ]
    for kind, cues in (("licence number", text.rules.licence_cues), ("record number", text.rules.record_cues)):
        for at, cue in _cued(text, cues):
            start = text.run(at, lambda i: text.is_(i, text.rules.fillers | text.rules.counting), most=4)
            end = text.run(start, lambda i: _plate_word(text, i) or bool(re.search(r"\d", text.plain[i])), most=14)
            if _digits_in(text, start, end) >= 4:
                found.append(Found(kind, start, end - 1, f"after “{cue}”"))
    return found


def _emails(text: _Text) -> list[Found]:
    """Printed addresses, and spoken ones ("dana at example dot org")."""
    found = []
    for i, word in enumerate(text.words):
        if re.search(r"[^\s@]+@[^\s@]+\.\w+", word):
            found.append(Found("e-mail", i, i, "has the shape of an e-mail address"))
    for i in range(1, len(text) - 3):
        if text.plain[i] == "at" and text.plain[i + 2] in ("dot", "point") and text.plain[i + 3].isalpha():
            first = i - 1
            while first > 1 and text.plain[first - 1] in ("dot", "point", "underscore", "dash"):
                first -= 2
            while first and i - first < 4 and not text.ends(first - 1) and _of_a_mailbox(text, first - 1):
                first -= 1  # a name said in several words before the sign
            last = i + 3
            while last + 2 < len(text) and text.plain[last + 1] in ("dot", "point"):
                last += 2
            found.append(Found("e-mail", first, last, "spoken e-mail address"))
    return found


def _of_a_mailbox(text: _Text, i: int) -> bool:
    number = text.is_(i, text.rules.numbers | text.rules.digits)
    return number or _letter(text, i) or not (_everyday(text, i) or text.is_(i, text.rules.not_names))


def _socials(text: _Text) -> list[Found]:
    """Nine digits in groups of three, two and four, or what follows the cue."""
    found = []
    for i, word in enumerate(text.plain):
        masked = text.words[i].lower().strip('.,;:!?"()[]')
        if re.fullmatch(r"(?:\d{3}|x{3}|\*{3})-(?:\d{2}|xx|\*\*)-\d{4}", masked if "*" in masked else word):
            found.append(Found("social security number", i, i, "three, two and four digits"))
    for at, cue in _cued(text, text.rules.social_cues):
        start = text.run(at, lambda i: text.is_(i, text.rules.fillers) or text.plain[i] in ("ends", "ending"), most=4)
        end = text.run(start, lambda i: _is_number(text, i) or text.plain[i] in ("dash", "hyphen"), most=14)
        if _digits_in(text, start, end) >= 4:
            found.append(Found("social security number", start, end - 1, f"after “{cue}”"))
    return found


_SPOKEN_DIGIT = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip


_RULES_IN_ORDER = (
    _names,
    _known_names,
    _introduced,
    _named_by_form,
    _quoted_and_initials,
    _spelled,
    _birth_dates,
    _old_dates,
    _telephones,
    _plates,
    _addresses,
    _emails,
    _socials,
    _coded,
)


def _terms(text: _Text, terms: Sequence[str]) -> list[Found]:
    """Where a term that is to be hidden stands: the same letters and digits, however parted.

    A name of several words is also found by each of its words alone (four letters or more).
    """
    found = []
    signs = [_signs(word) for word in text.plain]
    for term in terms:
        wanted = "".join(_signs(_plain(part)) for part in term.split())
        if len(wanted) < 2:
            continue
        for first in range(len(text)):
            run = ""
            for last in range(first, len(text)):
                run += signs[last]
                if run == wanted:
                    found.append(Found("term", first, last, "a term to hide"))
                if len(run) >= len(wanted):
                    break
        for part in term.split():
            alone = _plain(part)
            if alone.isalpha() and len(alone) >= 4:
                found += [Found("term", i, i, "part of a term to hide") for i, p in enumerate(text.plain) if p == alone]
            if alone.isalpha() and len(alone) >= 5:
                found += [
                    Found("term", i, i, "almost a part of a term to hide")
                    for i, p in enumerate(text.plain)
                    if p != alone and _one_apart(p, alone)
                ]
    return found


def _one_apart(a: str, b: str) -> bool:
    """Whether one letter added, dropped or changed makes ``a`` into ``b``: how a name is misheard or misspelt."""
    if abs(len(a) - len(b)) > 1:
        return False
    ahead = 0
    while ahead < min(len(a), len(b)) and a[ahead] == b[ahead]:
        ahead += 1
    rest_a, rest_b = a[ahead:], b[ahead:]
    return rest_a[1:] == rest_b[1:] or rest_a[1:] == rest_b or rest_a == rest_b[1:]


def _signs(word: str) -> str:
    return _SPOKEN_DIGIT.get(word) or re.sub(r"[^a-z0-9]", "", word)
