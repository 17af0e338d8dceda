# SPDX-License-Identifier: Apache-2.0
"""The wording of what an office says in its own voice: what is seen or heard, and who said what.

Every remark explains itself: the words, the rule, why the rule exists and what to write instead. What a party
said is not judged (its words are its own), and neither is anything between quotation marks. A remark that
*holds* stops a release until the text is changed or a person keeps the words with a reason; the others advise.

>>> [remark.words for remark in remarks("moment m3, text", "He lied and tried to flee.")]
['lied', 'tried to']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from plainview.model.statement import Relation, Statement


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that an office's own text does without."""

    id: str
    pattern: str
    """A regular expression over the text in lower case, without what is quoted."""
    why: str
    instead: str
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Remark:
    """One place where a text breaks a rule."""

    where: str
    words: str
    rule: str
    why: str
    instead: str
    holds: bool
    text: str = ""
    """The sentence around it."""

    def sentence(self) -> str:
        """The remark as a person reads it."""
        return f"{self.where}: “{self.words}” ({self.rule}). {self.why} Instead: {self.instead}"


RULES = (
    Rule(
        "verdict",
        r"(?:murder|execut|assassinat|brutal|abus)(?:e[drs]?|ed|ing|ion|ity|s)?|lied|lying about|liars?|lies about"
        r"|(?:un)?justified|guilty|innocent|excessive force|unreasonable|wrongful(?:ly)?|perjur\w+|cover-?up"
        r"|(?:is|was|are|were) (?:false|untrue|a lie)|victims?|perpetrators?|offenders?|criminals?|hero(?:es|ic)?",
        "It gives a verdict, and no one has decided it.",
        "say what is seen or heard, at which time, on which recording; a finding names who made it and when.",
    ),
    Rule(
        "intent",
        r"tr(?:ied|ies|ying) to|attempt(?:ed|s|ing)? to|intend(?:ed|s|ing)? to|intentional(?:ly)?|deliberate(?:ly)?"
        r"|on purpose|wanted to|meant to|in order to (?:harm|hurt|kill|shoot|flee|escape)|refus(?:ed|es|ing)"
        r"|recklessly|maliciously|knowingly|obviously|clearly (?:wanted|meant|knew)",
        "It says what someone wanted or knew; a recording shows what was done.",
        "name the movement or the words: “he turns toward the officer”, “no answer is heard”.",
    ),
    Rule(
        "proof",
        r"prov(?:es|ed|en) (?:that|him|her|them|the)|confirm(?:s|ed) that (?:he|she|they|the officer)|debunk\w*"
        r"|without a doubt|undoubtedly|undeniabl[ey]",
        "A moment bears on a proposition; it does not prove a person right or wrong.",
        "“supports”, “contradicts” or “cannot be determined”, with the limits of what can be seen.",
    ),
    Rule(
        "attribution",
        r"allegedly|reportedly|apparently|supposedly|it is (?:said|believed|alleged|claimed)|sources say",
        "It passes on what someone holds without saying who.",
        "name who says it, in what capacity, when.",
    ),
    Rule(
        "euphemism",
        r"officer[- ]involved|(?:weapon|firearm|gun) (?:was |had been )?discharged"
        r"|discharged (?:his|her|their|a|the) (?:weapon|firearm|gun)"
        r"|shots (?:rang out|were fired)|(?:was|were) neutrali[sz]ed|involved shooting|use of force incident"
        r"|passed away|less[- ]lethal",
        "It hides who did what.",
        "name the actor and the act: “Officer A fired twice”, “a man is shot”, “he died”.",
        holds=False,
    ),
    Rule(
        "label",
        r"suspects?|the subject|subjects|gang members?|thugs?|known to (?:the )?police|juveniles?"
        r"|the male|the female|vagrants?",
        "It names a person by what someone holds them to be.",
        "use the name, where the law allows it, or what is seen: “the driver”, “a man in a red jacket”.",
        holds=False,
    ),
)  # fmt: skip
"""In the order they are told. English only: a text in another language is read by people."""

_COMPILED = tuple((rule, re.compile(rf"(?<![\w’'-])(?:{rule.pattern})(?![\w-])")) for rule in RULES)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»")
_SAYS = (
    r"sa(?:ys?|id|ying)|tells?|told|ask(?:s|ed)?|answer(?:s|ed)?|call(?:s|ed)?|writes?|wrote|reads?|according to|heard"
    r"|gives?|state[sd]?|shout(?:s|ed)?|lists?|report(?:s|ed)?|names?|repl(?:ies|ied)|box|headed|titled"
)
_ATTRIBUTED = re.compile(rf"\b(?:{_SAYS})\b|:\s*$", re.IGNORECASE)


def remarks(where: str, text: str) -> tuple[Remark, ...]:
    """What one text of the office's own breaks, in the order of the rules."""
    bare = _QUOTED.sub(lambda match: " " * len(match.group()), text).casefold()
    return tuple(_remark(where, text, match, rule) for rule, pattern in _COMPILED for match in pattern.finditer(bare))


def _remark(where: str, text: str, match: re.Match[str], rule: Rule) -> Remark:
    # Casefolding may lengthen a text; positions are then not the original's and the folded words are shown.
    same = len(text) == len(match.string)
    words = (text if same else match.string)[match.start() : match.end()]
    around = _around(text, match.start()) if same else ""
    return Remark(where, words, rule.id, rule.why, rule.instead, rule.holds, around)


def _around(text: str, at: int) -> str:
    ends = [0, *(match.end() for match in re.finditer(r"[.!?]\s+", text)), len(text)]
    return next((text[a:b].strip() for a, b in pairwise(ends) if a <= at < b), text)


def quoted_by_nobody(where: str, text: str) -> Iterator[Remark]:
    """Quotations in a running text whose sentence says neither who speaks nor where it is written."""
    for match in _QUOTED.finditer(text):
        sentence = _around(text, match.start())
        before = text[: match.start()].rstrip()
        if len(match.group().split()) > 2 and not _ATTRIBUTED.search(_QUOTED.sub("", sentence)) and before[-1:] != ":":
            why, instead = (
                "Someone's words stand without who said them.",
                "“Officer A says: …”, or name paper and page.",
            )
            yield Remark(where, match.group(), "attribution", why, instead, holds=False, text=sentence)


def of_statement(statement: Statement) -> Iterator[Remark]:
    """What a statement of the ledger lacks: who, where said; a comparison that leaves its limits out."""
    where = f"statement {statement.id}"
    for name, value, instead in (
        ("party", statement.party, "name the body or person whose statement it is."),
        ("source", statement.source, "name where it was said: press statement, report, interview."),
        ("quote", statement.quote, "give the exact words; a summary is no statement."),
    ):
        if not value.strip():
            why = f"A statement without its {name} cannot be checked."
            yield Remark(where, name, "attribution", why, instead, holds=True)
    for assertion in statement.assertions:
        for n, citation in enumerate(assertion.citations, 1):
            place = f"{where}, {assertion.id}, citation {n}"
            yield from remarks(f"{place}, note", citation.note)
            yield from remarks(f"{place}, limits", citation.limits)
            if citation.relation is Relation.UNDETERMINED and not (citation.limits or citation.note).strip():
                why = "What cannot be determined needs its reason, or it reads as a refusal to look."
                instead = "say what cannot be seen or heard, and where."
                yield Remark(place, "cannot be determined", "limits", why, instead, holds=True)


def released_texts(texts: Iterable[tuple[str, str]], statements: Iterable[Statement]) -> tuple[Remark, ...]:
    """Every remark about a case: (where, text) of what the office says itself, and its ledger."""
    found: list[Remark] = []
    for where, text in texts:
        found += remarks(where, text)
        found += quoted_by_nobody(where, text)
    for statement in statements:
        found += of_statement(statement)
    return tuple(found)
