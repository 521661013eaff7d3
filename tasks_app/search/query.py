"""What a search asks for: all words, the last one as the beginning of a word, "phrases", -without.

QueryError
└── TooManyWords    more words than a search may have
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from tasks_app.search.tokens import runs_of

MAX_WORDS: Final = 100
_PIECE: Final = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"?|(?P<bare>[^\s"]+)')
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»〝〞", '"'))


class QueryError(ValueError):
    """Base of what a query may not be."""


class TooManyWords(QueryError):
    """More words than a search may have."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after the other; with `is_prefix` the last may go on."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Terms that all occur, and terms none of which does. Without any, nothing is found."""

    wanted: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.wanted or self.excluded)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the query: in quotes or not, with or without the minus."""

    text: str
    is_quoted: bool
    is_excluded: bool


def parse_search(text: str) -> SearchQuery:
    """Return what a text asks for; any text is a query, in time linear in its length.

    Quotes that are not closed reach to the end. What is neither letter nor digit separates words. Raises
    TooManyWords.
    """
    wanted: list[Term] = []
    excluded: list[Term] = []
    last_bare = None
    for piece in _pieces(text):
        terms = list(_terms(piece))
        if terms and not piece.is_quoted and not piece.is_excluded:
            last_bare = len(wanted) + len(terms) - 1
        (excluded if piece.is_excluded else wanted).extend(terms)
        if sum(len(term.words) for term in (*wanted, *excluded)) > MAX_WORDS:
            raise TooManyWords(f"A search has at most {MAX_WORDS} words.")
    if last_bare is not None:
        wanted[last_bare] = replace(wanted[last_bare], is_prefix=True)
    return SearchQuery(tuple(wanted), tuple(excluded))


def _pieces(text: str) -> Iterator[_Piece]:
    for found in _PIECE.finditer(text.translate(_QUOTES)):
        bare = found["bare"]
        if bare is None:
            yield _Piece(found["phrase"], is_quoted=True, is_excluded=bool(found["minus"]))
        else:
            yield _Piece(bare, is_quoted=False, is_excluded=bare.startswith("-"))


def _terms(piece: _Piece) -> Iterator[Term]:
    """A quoted or excluded piece is one phrase; else each run is a term, so that only CJK makes phrases."""
    runs = list(runs_of(piece.text))
    if piece.is_quoted or piece.is_excluded:
        words = tuple(word for run in runs for word in run)
        if words:
            yield Term(words)
        return
    for run in runs:
        yield Term(run)
