"""Combining marks: which are accents, and runs of them, cut before a text is normalised. Pure.

Normalising puts the marks of a run in order, in time quadratic in their number: 10,000 of them took 93 ms. No language
needs more than a handful; Unicode's Stream-Safe Text Format allows 30 (UAX #15, section 13).
"""

import re
from functools import cache
from typing import Final
from unicodedata import combining, decomposition, normalize

MAX_MARKS: Final = 30
# All marks that are put in order lie between these; a test looks at every character.
_FIRST, _LAST = 0x300, 0x1EFFF

# The marks of Latin, Greek, Cyrillic, Hebrew and Arabic that the Default Unicode Collation Element Table gives no
# primary weight (UTS #10, allkeys.txt): what differs by them alone is one word. Every other mark is a letter.
_ACCENTS: Final = (
    "\u0300-\u0362\u0483-\u0489\u1ab0-\u1abe\u1ac1-\u1acb\u1dc0-\u1dc9\u1dcb-\u1dd1\u1df5-\u1dff"
    "\u20d0-\u20e2\u20e4-\u20f0\ua66f-\ua672\ua67c\ua67d\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\ufb1e"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0898-\u089f\u08ca-\u08e1"
    "\u08e3-\u08ff"
)
_ACCENT: Final = re.compile(f"[{_ACCENTS}]+")


def drop_accents(text: str) -> str:
    """Return a decomposed text without its accents."""
    # The breve makes another letter of Cyrillic и, and of no other one: й has a primary weight of its own.
    if "\u0306" in text:
        text = text.replace("и\u0306", "й").replace("И\u0306", "Й")
    return _ACCENT.sub("", text)


def stream_safe(text: str) -> str:
    """Return a text with at most 30 marks in a row: what follows in the same run is left out."""
    if text.isascii() or len(text) <= MAX_MARKS:
        return text
    marks = _marks().intersection(text)
    return re.sub(f"[{''.join(sorted(marks))}]{{{MAX_MARKS + 1},}}", _truncate_run, text) if marks else text


def _truncate_run(run: re.Match[str]) -> str:
    return run[0][:MAX_MARKS]


@cache
def _marks() -> frozenset[str]:
    """Return what is put in order: all that begins with a mark in compatibility form, whatever its own class is."""
    characters = map(chr, range(_FIRST, _LAST + 1))
    return frozenset(
        each
        for each in characters
        if combining(each) or (decomposition(each) and combining(normalize("NFKD", each)[0]))
    )
