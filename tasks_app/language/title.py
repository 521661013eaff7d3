"""The title: what is left of a line without its chips."""

import re
from collections.abc import Sequence
from typing import Final

from .tokens import Token

_WRAPPED: Final = (('"', '"'), ("“", "”"), ("«", "»"))
_CLINGING: Final = frozenset(",.;:!?)…،؛؟۔")
_CLINGING_ALONE: Final = re.compile(r"[,.;:!?)…،؛؟۔]+(?:\s|$)")
_BRACKETS: Final = ("()", "[]", "{}")
_AT_ENDS: Final = ",:;-–—، "
_LETTER: Final = re.compile(r"[^\W_]")


def unquote(text: str) -> str | None:
    """Return what stands in quotes around a whole line; None without them."""
    inside = text.strip()
    for opening, closing in _WRAPPED:
        if len(inside) > 2 and inside[0] == opening and inside[-1] == closing:
            middle = inside[1:-1]
            if opening not in middle and closing not in middle and middle.strip():
                return " ".join(middle.split())
    return None


def title_of(text: str, tokens: Sequence[Token], spans: Sequence[tuple[int, int]]) -> str:
    """Return the text without the spans: blanks folded, backslashes of escapes dropped.

    Where a chip was at an end, the marks that led to it go too, and the first letter is raised.
    """
    parts = _parts(text, tokens, spans)
    kept = [index for index, part in enumerate(parts) if part]
    if not kept:
        return ""
    title = parts[kept[0]]
    for index in kept[1:]:
        title = _joined(title, parts[index])
    is_begun, is_ended = kept[0] > 0, kept[-1] < len(parts) - 1
    title = title.lstrip(_AT_ENDS) if is_begun else title
    title = title.rstrip(_AT_ENDS) if is_ended else title
    if spans and not _LETTER.search(title) and all(character in _CLINGING for character in title):
        return ""
    return _raised(title) if is_begun else title


def _joined(title: str, part: str) -> str:
    """Both parts with a blank between them, without brackets that have become empty."""
    if title[-1:] + part[:1] in _BRACKETS:
        title, part = title[:-1].rstrip(), part[1:].lstrip()
    return f"{title}{'' if _CLINGING_ALONE.match(part) else ' '}{part}".strip()


def _parts(text: str, tokens: Sequence[Token], spans: Sequence[tuple[int, int]]) -> list[str]:
    """The text between the spans, with its blanks folded."""
    escapes = [token.start for token in tokens if token.kind == "escaped"]
    parts, begin = [], 0
    for start, end in [*spans, (len(text), len(text))]:
        skipped = [at for at in escapes if begin <= at < start]
        pieces = [
            text[left:right]
            for left, right in zip([begin, *(at + 1 for at in skipped)], [*skipped, start], strict=True)
        ]
        parts.append(" ".join("".join(pieces).split()))
        begin = end
    return parts


def _raised(title: str) -> str:
    """The title with a capital at its beginning, unless its first word has capitals of its own (`iPhone`)."""
    word = title.split(" ", 1)[0]
    return title if word != word.lower() else title[:1].upper() + title[1:]
