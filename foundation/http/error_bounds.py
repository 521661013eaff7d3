"""How many errors a problem document names, and how the rest is counted without being written out.

One body of 1 MB may hold 10^5 wrong members. Whoever finds them names the first 50 and says how many more there are.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from rest_framework.exceptions import ErrorDetail

MAX_ERRORS: Final = 50
MAX_FIELD_CHARACTERS: Final = 200
MAX_DETAIL_CHARACTERS: Final = 300


class Mark(Enum):
    """Keys of DRF's error details that no client can send."""

    LEFT_OUT = "left_out"


def name_errors(names: Sequence[Any], reason: ErrorDetail) -> dict[Any, list[ErrorDetail]]:
    """Return error details that give the first names this reason, and count the others."""
    named: dict[Any, list[ErrorDetail]] = {name: [reason] for name in names[:MAX_ERRORS]}
    return {**named, **omitted_errors(len(names) - len(named))}


def omitted_errors(count: int) -> dict[Any, list[ErrorDetail]]:
    """Return error details that stand for so many which are not named."""
    return {Mark.LEFT_OUT: [ErrorDetail(str(count), code=Mark.LEFT_OUT.value)]} if count else {}


def truncate(text: str, limit: int) -> str:
    """Return a text, or its beginning with an ellipsis: what a client sent is repeated in part."""
    return text if len(text) <= limit else f"{text[:limit]}…"
