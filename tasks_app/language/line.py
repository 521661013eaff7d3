"""A line of tokens with what their words may mean in one language; where each reader of the grammar looks."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from .table import LanguageTable, Meaning
from .tokens import Token, begins_cleanly, ends_cleanly

if TYPE_CHECKING:
    from .days import DayMatch
    from .spans import LengthRead
    from .times import TimeMatch

_MOST_DIGITS: Final = 9
_SPOKEN: Final = frozenset(("word", "bang", "other"))
_FIGURES: Final = frozenset(("iso", "dotted", "slashed", "clock", "number"))
_FIGURE_ROLES: Final = frozenset(("figure",))
_NUMBER_ROLES: Final = frozenset(("number", "a", "article"))
_COUNTED: Final = frozenset(
    (
        "unit",
        "month",
        "meridiem",
        "ordinal_suffix",
        "oclock",
        "times",
        "to",
        "date_noun",
        "fold",
        "and_half",
        "of",
        "part",
    )
)
"""What may stand behind a number and makes something of it."""
_NO_ROLES: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Taken:
    """A phrase that was found: its value, and the token after it."""

    value: str
    end: int
    word: str


class Line:
    """The tokens of a text, read in one language. TokenSpan in `hidden` (a mark, a reminder) have no meaning."""

    def __init__(self, text: str, tokens: list[Token], table: LanguageTable) -> None:
        self.text = text
        self.table = table
        self.tokens = tokens
        self.hidden: set[int] = set()
        self._count = len(tokens)
        self._kinds = [token.kind for token in tokens]
        self._found: list[dict[str, Taken] | None] = [None] * len(tokens)
        self.lengths: dict[int, LengthRead | None] = {}
        self.days: dict[int, DayMatch | None] = {}
        self.times: dict[tuple[int, bool, bool], TimeMatch | None] = {}
        """What was read, by its first token: several readers ask for the same."""
        self._run_together = [
            bool(at) and token.glued and token.is_alphanumeric and tokens[at - 1].is_alphanumeric
            for at, token in enumerate(tokens)
        ]

    @cached_property
    def has_every(self) -> bool:
        """Whether a word such as `every` stands anywhere."""
        return any("every" in self.table.roles.get(token.text, _NO_ROLES) for token in self.tokens)

    def __len__(self) -> int:
        return self._count

    def take(self, at: int, *roles: str, may_glue: bool = False) -> Taken | None:
        """Return the longest phrase at a token that has one of these roles, the first role first."""
        if not 0 <= at < self._count:
            return None
        found = self._found[at]
        if found is None:
            found = self._meanings(at)
        if not found or (self._run_together[at] and not may_glue):
            return None
        for role in roles:
            if role in found:
                return found[role]
        return None

    def roles(self, at: int) -> frozenset[str]:
        """Return the roles that a phrase from this token on may have, or `figure` for a number, date or clock."""
        kind = self._kinds[at] if 0 <= at < self._count else ""
        if kind in _FIGURES:
            return _FIGURE_ROLES
        return self.table.roles.get(self.tokens[at].text, _NO_ROLES) if kind in _SPOKEN else _NO_ROLES

    def has(self, at: int, *roles: str) -> bool:
        return self.take(at, *roles) is not None

    def skip(self, at: int, *roles: str) -> int:
        """Return the token after a phrase of these roles, or the same token where there is none."""
        taken = self.take(at, *roles)
        return taken.end if taken else at

    def kind(self, at: int) -> str:
        return self._kinds[at] if 0 <= at < self._count else ""

    def figure(self, at: int, *, may_glue: bool = False, most: int = 999_999_999) -> int | None:
        """Return the number that a token says in figures."""
        if not 0 <= at < self._count or self._kinds[at] != "number":
            return None
        if not may_glue and self._run_together[at]:
            return None
        text = self.tokens[at].text
        return int(text) if len(text) <= _MOST_DIGITS and int(text) <= most else None

    def counts_nothing(self, at: int) -> bool:
        """Whether a token is a number behind which nothing stands that makes a date, a time or a length of it."""
        if self.kind(at) == "number":
            end = at + 1
        else:
            taken = self.take(at, "number")
            if taken is None or not self._meanings(at).keys() <= _NUMBER_ROLES:
                return False
            end = taken.end
        if end >= len(self.tokens):
            return True
        return self.roles(end).isdisjoint(_COUNTED) and not self.symbol(end, ".-–—")

    def number(self, at: int) -> tuple[int, int] | None:
        """Return a number in figures or as a word, and the token after it."""
        figure = self.figure(at)
        if figure is not None:
            return figure, at + 1
        taken = self.take(at, "number")
        return (int(taken.value), taken.end) if taken else None

    def is_glued(self, at: int) -> bool:
        return at < self._count and self.tokens[at].glued

    def symbol(self, at: int, symbols: str) -> bool:
        """Whether a token is one of these characters."""
        return 0 <= at < self._count and self._kinds[at] == "other" and self.tokens[at].text in symbols

    def comma(self, at: int) -> int:
        return at + 1 if self.symbol(at, ",،") else at

    def is_whole(self, first: int, end: int) -> bool:
        """Whether the tokens from `first` to before `end` are no part of something longer."""
        return begins_cleanly(self.tokens, first) and ends_cleanly(self.tokens, end)

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Return where in the text tokens stand."""
        return self.tokens[first].start, self.tokens[end - 1].end

    def is_name(self, at: int) -> bool:
        """Whether a word is written as a name is, in a line that has small letters: `Tom`."""
        word = self.text[self.tokens[at].start : self.tokens[at].end]
        return word.istitle() and not self.text.isupper()

    def hide(self, tokens: Iterable[int]) -> None:
        for at in tokens:
            self.hidden.add(at)
            self._kinds[at], self._found[at] = "", {}
        for found in (self.lengths, self.days, self.times):
            found.clear()

    def make_title(self, first: int, end: int) -> None:
        """Have tokens mean nothing, though they stay where they are: `black friday`."""
        for at in range(first, end):
            self._kinds[at], self._found[at] = "title", {}
            self.tokens[at].kind = "title"

    def is_passed_over(self, at: int) -> bool:
        """Whether a token may stand beside a date at the end: a mark or reminder that was taken, or a symbol."""
        return at in self.hidden or self.tokens[at].is_symbol

    def _meanings(self, at: int) -> dict[str, Taken]:
        found = self._found[at]
        if found is None:
            found = self._found[at] = self._look_up(at)
        return found

    def _look_up(self, at: int) -> dict[str, Taken]:
        token = self.tokens[at]
        if token.kind not in _SPOKEN and token.kind not in _FIGURES:
            return {}
        found: dict[str, Taken] = {}
        for meaning in self.table.phrases.get(token.text, ()):
            if meaning.role not in found and self._says(at, meaning):
                found[meaning.role] = Taken(meaning.value, at + len(meaning.words), token.text)
        return found

    def _says(self, at: int, meaning: Meaning) -> bool:
        end = at + len(meaning.words)
        if end > len(self.tokens):
            return False
        return all(
            self.tokens[at + index].text == word and at + index not in self.hidden
            for index, word in enumerate(meaning.words)
        )
