"""Bounds on the errors of a problem document: it names the first 50 and counts the rest.

A body of 1 MB can have 10^5 wrong members; an error object for each would be slow and of no use.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import Any, Final

from rest_framework.exceptions import ErrorDetail

MAX_ERRORS: Final = 50
MAX_FIELD_CHARACTERS: Final = 200
MAX_DETAIL_CHARACTERS: Final = 300
MAX_VALUE_CHARACTERS: Final = 60
_KINDS: Final[Mapping[type, str]] = {list: "A list", dict: "An object"}


class Mark(Enum):
    """Special keys in DRF's error details. They are no strings, so no client can send one as a field name."""

    LEFT_OUT = "left_out"


def name_errors(names: Sequence[Any], reason: ErrorDetail) -> dict[Any, list[ErrorDetail]]:
    """Return error details with this reason for each of the first names, and a count of the other names."""
    named: dict[Any, list[ErrorDetail]] = {name: [reason] for name in names[:MAX_ERRORS]}
    return {**named, **omitted_errors(len(names) - len(named))}


def named_errors(
    wrong: Mapping[Any, object], reason: Callable[[object], ErrorDetail]
) -> dict[Any, list[ErrorDetail]]:
    """Return error details that give each of the first values a reason of its own, and count the others."""
    named: dict[Any, list[ErrorDetail]] = {
        name: [reason(value)] for name, value in islice(wrong.items(), MAX_ERRORS)
    }
    return {**named, **omitted_errors(len(wrong) - len(named))}


def omitted_errors(count: int) -> dict[Any, list[ErrorDetail]]:
    """Return error details that stand for `count` errors which are not named."""
    return {Mark.LEFT_OUT: [ErrorDetail(str(count), code=Mark.LEFT_OUT.value)]} if count else {}


def show_value(value: object) -> str:
    """Return a value as a sentence repeats it: as JSON, of a long one its beginning, nothing that cannot be seen."""
    if isinstance(value, str):
        text = json.dumps(value[: MAX_VALUE_CHARACTERS + 1], ensure_ascii=False)
        text = text if len(value) <= MAX_VALUE_CHARACTERS else f"{text[: MAX_VALUE_CHARACTERS + 1]}…"
    else:
        text = truncate(_KINDS.get(type(value)) or json.dumps(value, default=str), MAX_VALUE_CHARACTERS)
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def truncate(text: str, limit: int) -> str:
    """Return the text, or its first `limit` characters and an ellipsis if it is longer."""
    return text if len(text) <= limit else f"{text[:limit]}…"
