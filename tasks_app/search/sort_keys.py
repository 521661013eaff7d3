"""Sorting texts as a reader does, by keys that every database compares byte by byte. Pure."""

import re
from typing import Final

from tasks_app.search.tokens import fold

# With the title behind it a key stays below what PostgreSQL takes into an index: 2,704 bytes.
MAX_KEY_CHARACTERS: Final = 300
# Sorts before whatever a text may have, so that a shorter one comes first.
_END: Final = "\x01"
_NUMBER: Final = re.compile("[0-9]+")


def title_key(title: str) -> str:
    """Return what titles are sorted by: without case and accents, numbers by their value, then the exact text.

    Of a title that folds to more than 300 characters the exact text decides beyond them.
    """
    folded = _NUMBER.sub(_by_value, " ".join(fold(title).split()))
    return f"{folded[:MAX_KEY_CHARACTERS]}{_END}{title}"


def _by_value(number: re.Match[str]) -> str:
    """Return a number without its leading zeros behind how long it is; all numbers begin alike, as a digit."""
    digits = number[0].lstrip("0")
    return f"0{chr(ord('0') + len(digits))}{digits}"
