"""A line as tokens: words, numbers, dates and clocks in figures, marks, quoted and escaped text.

One regular expression without nested repetition runs over the line once. Offsets are those of the line itself.
"""

import re
from dataclasses import dataclass
from typing import Final

from .normal import fold_text, fold_word

# Combining marks of Latin and Arabic script and the joiners stand inside words.
_MARKS: Final = "\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u200c\u200d"
_LETTER: Final = rf"[^\W\d_]|[{_MARKS}]"
_NO_TAG: Final = r"\s,;:!?\"()\[\]{}<>#@.…،؛؟۔\\"
_TOKEN: Final = re.compile(
    rf"""
    (?P<about>(?<!\S)//\s+\S.*)
  | (?P<quoted>(?<![^\s(\[])(?:"[^"]*"|“[^“”]*”|«[^«»]*»)(?!\w))
  | (?P<escaped>(?<!\S)\\[^\s\\]\S*)
  | (?P<iso>(?<![\w/-])[0-9]{{4}}(?:-[0-9]{{1,2}}-|/[0-9]{{1,2}}/)[0-9]{{1,2}}(?![0-9]))
  | (?P<dotted>(?<![\w.])[0-9]{{1,2}}\.[0-9]{{1,2}}\.(?:[0-9]{{4}}|[0-9]{{2}})?(?!\w))
  | (?P<slashed>(?<![\w/])[0-9]{{1,2}}/[0-9]{{1,2}}(?:/(?:[0-9]{{4}}|[0-9]{{2}}))?(?![\w/])
      | (?<![\w-])[0-9]{{1,2}}-[0-9]{{1,2}}-[0-9]{{4}}(?![\w-]))
  | (?P<clock>(?:(?<![\w:])|(?<=[0-9]t))[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?(?![0-9:]))
  | (?P<number>[0-9]+)
  | (?P<tag>(?<![^\s(\[,،;])(?:\#|@(?![0-9]))(?:"[^"]+"|[^{_NO_TAG}]+(?:\.[^{_NO_TAG}]+)*))
  | (?P<bang>(?<![^\s(\[])!(?:(?:{_LETTER})+|[0-9]+)(?!\w))
  | (?P<meridiem>(?<=[0-9\s])[ap]\.m\b\.?)
  | (?P<word>(?:{_LETTER})(?:{_LETTER}|['’](?=[^\W\d_]))*)
  | (?P<blank>[\s\u200b\u200e\u200f\u061c\u2060-\u2069\u202a-\u202e\ufeff]+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# What makes one thing of what stands on both sides of it.
_JOINERS: Final = frozenset("-_/\\+=%&@#$€£*'’~^|<>°\"“”«»\u2010\u2011\u2012\u2013")
_SEPARATORS: Final = frozenset(".,;:!?…،؛؟۔")
_OPENING: Final = frozenset("([{")


@dataclass(slots=True)
class Token:
    """A piece of the line from `start` to `end`; `glued`: nothing stands between it and the token before it."""

    kind: str
    start: int
    end: int
    text: str
    glued: bool = False

    @property
    def is_alphanumeric(self) -> bool:
        return self.kind not in ("other", "tag", "bang", "about", "quoted", "escaped")

    @property
    def is_symbol(self) -> bool:
        """Whether it is punctuation or a picture, which a date may stand beside."""
        return self.kind == "other"


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a line, in order; blanks are none."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(fold_text(text)):
        kind = match.lastgroup or "other"
        if kind == "blank":
            continue
        if kind == "meridiem":
            token = Token("word", match.start(), match.end(), match[0][0] + "m")
        else:
            token = Token(kind, match.start(), match.end(), match[0])
        if kind == "word":
            token.text = fold_word(match[0])
        token.glued = bool(tokens) and tokens[-1].end == token.start
        tokens.append(token)
    return tokens


def begins_cleanly(tokens: list[Token], first: int) -> bool:
    """Whether a piece may begin with this token: it is no part of something longer."""
    if not first or not tokens[first].glued:
        return True
    before = tokens[first - 1]
    if before.kind in ("tag", "bang", "quoted") or not before.is_symbol:
        return False
    if before.text in _OPENING:
        return True
    if before.text in _JOINERS:
        return False
    return (
        before.text not in _SEPARATORS
        or first < 2
        or not before.glued
        or not tokens[first - 2].is_alphanumeric
    )


def ends_cleanly(tokens: list[Token], end: int) -> bool:
    """Whether a piece may end before this token."""
    if end >= len(tokens) or not tokens[end].glued:
        return True
    after = tokens[end]
    if not after.is_symbol:
        return False
    is_last = end + 1 >= len(tokens) or not tokens[end + 1].glued
    if after.text in _JOINERS:
        return is_last and after.text == "-"
    return after.text not in _SEPARATORS or is_last or tokens[end + 1].is_symbol
