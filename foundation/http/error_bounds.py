"""Bounds on the errors of a problem document: it names the first 50 and counts the rest.

A body of 1 MB can have 10^5 wrong members; an error object for each would be slow and of no use.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from rest_framework.exceptions import ErrorDetail

MAX_ERRORS: Final = 50
MAX_FIELD_CHARACTERS: Final = 200
MAX_DETAIL_CHARACTERS: Final = 300


class Mark(Enum):
    """Special keys in DRF's error details. They are no strings, so no client can send one as a field name."""

    LEFT_OUT = "left_out"


def name_errors(names: Sequence[Any], reason: ErrorDetail) -> dict[Any, list[ErrorDetail]]:
    """Return error details with this reason for each of the first names, and a count of the other names."""
    named: dict[Any, list[ErrorDetail]] = {name: [reason] for name in names[:MAX_ERRORS]}
    return {**named, **omitted_errors(len(names) - len(named))}


def omitted_errors(count: int) -> dict[Any, list[ErrorDetail]]:
    """Return error details that stand for `count` errors which are not named."""
    return {Mark.LEFT_OUT: [ErrorDetail(str(count), code=Mark.LEFT_OUT.value)]} if count else {}


def truncate(text: str, limit: int) -> str:
    """Return the text, or its first `limit` characters and an ellipsis if it is longer."""
    return text if len(text) <= limit else f"{text[:limit]}…"
