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

KINDS = ("name", "birth date", "telephone", "plate", "address", "e-mail", "social security number", "term")
"""What a proposal may be; the earlier in this list, the higher it ranks where two overlap fully."""


@dataclass(frozen=True, slots=True)
class Found:
    """Words ``first`` to ``last`` (both included) that may identify somebody, and why they may."""

    kind: str
    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class Rules:
    """One language's and region's cue words. Phrases are lower case, words parted by one blank."""

    name_cues: frozenset[str]
    titles: frozenset[str]
    kin: frozenset[str]
    birth_cues: frozenset[str]
    telephone_cues: frozenset[str]
    plate_cues: frozenset[str]
    social_cues: frozenset[str]
    address_cues: frozenset[str]
    street_words: frozenset[str]
    unit_words: frozenset[str]
    directions: frozenset[str]
    months: frozenset[str]
    digits: frozenset[str]
    numbers: frozenset[str]
    ordinals: frozenset[str]
    letters: frozenset[str]
    fillers: frozenset[str]
    not_names: frozenset[str]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(","))


DEFAULT = Rules(
    name_cues=_phrases(
        "name is, names, name of, name, last name, last name is, first name, first name is, middle name, full name, "
        "last of, first of, goes by, called, complainant is, complainant, complainant name, caller is, victim is, "
        "suspect is, subject is, subject name, subject, witness is, witness, witness name, driver is, owner is, "
        "registered to, comes back to, returns to, passenger is, reporting party is, reporting party, contact, "
        "speaking with, spoke with, this is, i am, signed, signature, next of kin, patient is, aka, alias"
    ),
    titles=_set("mr mrs ms miss mister missus dr doctor officer sergeant sgt detective det lieutenant lt captain sir"),
    kin=_phrases(
        "my son, my daughter, my wife, my husband, my brother, my sister, my mother, my father, my friend, "
        "my neighbor, my neighbour, her son, his son, her daughter, his daughter, his wife, her husband, "
        "his brother, her brother, his sister, her sister, his mother, her mother, his girlfriend, her boyfriend"
    ),
    birth_cues=_phrases(
        "date of birth, birth date, birthdate, dob, d.o.b, d o b, born on, born, birthday, birthday is"
    ),
    telephone_cues=_phrases(
        "phone number, telephone number, phone, telephone, cell, cell number, call back number, callback number, "
        "call back, callback, call me at, reach me at, number is, tel, mobile, fax, call her at, call him at"
    ),
    plate_cues=_phrases(
        "plate, plates, license plate, licence plate, plate number, tag, tags, registration, reg, license number"
    ),
    social_cues=_phrases("social security number, social security, social, ssn, s s n, soc"),
    address_cues=_phrases(
        "lives at, live at, address is, address, residence, staying at, resides at, home address, i'm at"
    ),
    street_words=_set(
        "street st avenue ave av road rd boulevard blvd drive dr lane ln court ct place pl parkway pkwy terrace ter "
        "way circle cir square sq highway hwy alley plaza trail row"
    ),
    unit_words=_set("apartment apt unit suite ste floor room number no"),
    directions=_set("north south east west n s e w northeast northwest southeast southwest ne nw se sw"),
    months=_set(
        "january february march april may june july august september october november december "
        "jan feb mar apr jun jul aug sep sept oct nov dec"
    ),
    digits=_set("zero oh o one two three four five six seven eight nine niner"),
    numbers=_set(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty "
        "sixty seventy eighty ninety hundred thousand double triple"
    ),
    ordinals=_set(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth twenty-first twenty-second "
        "twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirty-first"
    ),
    letters=_set(
        "adam boy charles charlie david edward frank george henry ida john king lincoln mary nora ocean paul queen "
        "robert sam tom union victor william x-ray xray young zebra alpha alfa bravo delta echo foxtrot golf hotel "
        "india juliet juliett kilo lima mike november oscar papa quebec romeo sierra tango uniform whiskey yankee zulu"
    ),
    fillers=_set(
        "is was of on the a an it it's its as in at to for and number uh um so that that's his her my your be"
    ),
    not_names=_set(
        "is was are were has have had to the a an and but or so not no yes yeah yep okay ok right good fine sure sir "
        "ma'am maam going gone there here at in on with of off for from who what where when why how one two getting "
        "she he they me my your his her their our us you i we it its it's that that's this these those i'm he's she's "
        "they're we're you're i've i'll don't can't won't didn't doing did do does get got go come back date birth dob "
        "phone number last first name plate address unknown be been being just now then up down out over about "
        "male female black white hispanic asian man woman driver passenger caller please copy stop police still also "
        "if as by any all will would can could should said says say near involved body firearm vehicle address"
    ),
)
"""American English, police radio and paper forms."""


@dataclass(frozen=True, slots=True)
class _Text:
    """Words as they are, and as they are compared."""

    words: tuple[str, ...]
    plain: tuple[str, ...]
    rules: Rules

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


def propose(words: Sequence[str], *, terms: Sequence[str] = (), rules: Rules = DEFAULT) -> list[Found]:
    """Every stretch of words that may identify somebody, in order.

    ``terms`` are what people have already decided to hide (a name, a number): each place where one
    of them stands is found again, written in words or digits. Stretches may overlap.
    """
    text = _Text(tuple(words), tuple(_plain(word) for word in words), rules)
    found: list[Found] = []
    for rule in (_names, _spelled, _birth_dates, _telephones, _plates, _addresses, _emails, _socials):
        found += rule(text)
    found += _terms(text, terms)
    return _settled(found)


def _plain(word: str) -> str:
    bare = word.lower().replace("’", "'").strip('.,;:!?"()[]{}*_<>“”')
    return bare.removesuffix("'s") or bare


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
            if phrase in cues:
                yield i + size, phrase
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
            start = text.run(at, lambda i: text.is_(i, text.rules.fillers))
            end = _name_end(text, start)
            certain = cue not in ("this is", "i am", "called", "contact", "subject", "witness", "complainant")
            shaped = all(text.words[i][:1].isupper() for i in range(start, end))
            if end > start and (certain or shaped) and (cues is not text.rules.titles or shaped):
                found.append(Found("name", start, end - 1, f"{why} “{cue}”"))
    return found


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
    wordy = bool(re.fullmatch(r"[^\W\d_][^\W\d_'\-]*\.?", word))
    return wordy and word not in text.rules.not_names and word not in text.rules.months


def _spelled(text: _Text) -> list[Found]:
    """Three or more letters in a row: single, hyphenated ("W-H-I-T"), or as APCO or NATO words."""
    found = []
    i = 0
    while i < len(text):
        if re.fullmatch(r"(?:[a-z]-){2,}[a-z]", text.plain[i]):
            found.append(Found("name", i, i, "spelled out"))
        end = text.run(i, lambda k: _letter(text, k))
        code = text.run(i, lambda k: text.is_(k, text.rules.letters) or _letter(text, k))
        if end - i >= 3:
            found.append(Found("name", i, end - 1, "spelled out"))
        elif code - i >= 3 and any(text.is_(k, text.rules.letters) for k in range(i, code)):
            found.append(Found("name", i, code - 1, "spelled in code words"))
        i = max(end, code, i + 1)
    return found


_PRINTED_DATE = re.compile(r"\d{1,2}[/\-.]\d{1,2}[/\-.](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}")


def _birth_dates(text: _Text) -> list[Found]:
    """A date within a few words of a birth cue, before or after it."""
    found = []
    for at, cue in _cued(text, text.rules.birth_cues):
        start = text.run(at, lambda i: text.is_(i, text.rules.fillers), most=4)
        end = text.run(start, lambda i: _date_word(text, i), most=8)
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


def _date_word(text: _Text, i: int) -> bool:
    word, rules = text.plain[i], text.rules
    if _PRINTED_DATE.fullmatch(word) or re.fullmatch(r"\d+(?:st|nd|rd|th)?", word):
        return True
    named = word in rules.months or word in rules.ordinals or word in rules.digits or word in rules.numbers
    compound = all(part in rules.digits | rules.numbers | rules.ordinals for part in word.split("-"))
    return named or compound or word in ("of", "the")


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
        end = _street_end(text, start)
        if end:
            found.append(Found("address", start, _with_unit(text, end) - 1, f"after “{cue}”"))
    for i in range(len(text) - 1):
        if text.is_(i, _set("apartment apt unit suite")) and re.fullmatch(r"\d*[a-z]?|\w?\d+\w?", text.plain[i + 1]):
            found.append(Found("address", i, i + 1, "apartment"))
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
    if (
        named > start
        and named < len(text)
        and (text.words[named][:1].isupper() or text.is_(named, text.rules.ordinals))
    ):
        return named + 1
    return 0


def _with_unit(text: _Text, end: int) -> int:
    if end < len(text) and text.is_(end, text.rules.unit_words) and end + 1 < len(text):
        return end + 2
    if end < len(text) and text.words[end].startswith("#"):
        return end + 1
    return end


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
            found.append(Found("e-mail", first, i + 3, "spoken e-mail address"))
    return found


def _socials(text: _Text) -> list[Found]:
    """Nine digits in groups of three, two and four, or what follows the cue."""
    found = []
    for i, word in enumerate(text.plain):
        if re.fullmatch(r"\d{3}-\d{2}-\d{4}", word):
            found.append(Found("social security number", i, i, "three, two and four digits"))
    for at, cue in _cued(text, text.rules.social_cues):
        start = text.run(at, lambda i: text.is_(i, text.rules.fillers), most=4)
        end = text.run(start, lambda i: _is_number(text, i), most=12)
        if _digits_in(text, start, end) >= 4:
            found.append(Found("social security number", start, end - 1, f"after “{cue}”"))
    return found


_SPOKEN_DIGIT = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip


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
