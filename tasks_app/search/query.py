# ruff: noqa: RUF003 - letters and signs that look alike are what this is about
"""What a search asks for: all words, each as the beginning of a word, "phrases", -without.

QueryError
└── TooManyWords    more words than a search may have
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tasks_app.search.tokens import Chunk, chunks_of

MAX_WORDS: Final = 100
# A minus excludes where something follows it directly.
_PIECE: Final = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"?|(?P<bare>[^\s"]+)')
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»〝〞", '"'))
# In a Hebrew abbreviation the quote is a letter's sign, and begins no phrase.
_GERSHAYIM: Final = re.compile('(?<=[\u05d0-\u05ea])["\u201d](?=[\u05d0-\u05ea])')


class QueryError(ValueError):
    """Base of what a query may not be."""


class TooManyWords(QueryError):
    """More words than a search may have."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after the other, or `joined`, the same written together; and besides all words of `also`.

    With `is_prefix` the last word of either may go on.
    """

    words: tuple[str, ...]
    is_prefix: bool = False
    joined: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[tuple[str, ...], ...]:
        """Return each way in which it can be written, one of which must be there."""
        return (self.words, self.joined) if self.joined else (self.words,)

    @property
    def length(self) -> int:
        return len(self.words) + len(self.also)


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

    Quotes that are not closed reach to the end. What is neither letter nor digit separates words, but for the signs of
    names such as `C++` and `#home` and for emoji. Raises TooManyWords.
    """
    wanted: list[Term] = []
    excluded: list[Term] = []
    for piece in _pieces(text):
        (excluded if piece.is_excluded else wanted).extend(_terms(piece))
        if sum(term.length for term in (*wanted, *excluded)) > MAX_WORDS:
            raise TooManyWords(f"A search has at most {MAX_WORDS} words.")
    return SearchQuery(tuple(wanted), tuple(excluded))


def _pieces(text: str) -> Iterator[_Piece]:
    for found in _PIECE.finditer(_GERSHAYIM.sub("\u05f4", text).translate(_QUOTES)):
        bare = found["bare"]
        if bare is None:
            yield _Piece(found["phrase"], is_quoted=True, is_excluded=bool(found["minus"]))
        else:
            yield _Piece(bare, is_quoted=False, is_excluded=bare.startswith("-"))


def _terms(piece: _Piece) -> Iterator[Term]:
    """Yield one term for a quoted or excluded piece, else one for each chunk and each name."""
    chunks = chunks_of(piece.text)
    if piece.is_quoted or piece.is_excluded:
        yield from _phrase(list(chunks))
        return
    for chunk in chunks:
        yield from (Term((name,), is_prefix=True) for name in chunk.demanded)
        # `c＋＋` alone says more than `c`.
        if len(chunk.words) > 1 or not chunk.demanded:
            joined = (chunk.joined,) if chunk.joined else ()
            yield Term(chunk.words, is_prefix=chunk.may_go_on, joined=joined)


def _phrase(chunks: Sequence[Chunk]) -> Iterator[Term]:
    words = tuple(word for chunk in chunks for word in chunk.words)
    names = tuple(dict.fromkeys(name for chunk in chunks for name in chunk.demanded))
    if len(chunks) == 1 and len(words) == 1 and names:
        words = ()  # as above
    joined = tuple(word for chunk in chunks for word in ((chunk.joined,) if chunk.joined else chunk.words))
    if words:
        yield Term(words, joined=joined if joined != words else (), also=names)
    elif names:
        yield Term(names[:1], also=names[1:])
