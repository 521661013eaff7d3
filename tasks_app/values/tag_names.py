"""Which tag names are one and the same. Pure."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from tasks_app.search.marks import stream_safe

MAX_TAG_NAME = 50
MAX_TAG_KEY = 200
MAX_TAGS = 50


def tag_key(name: str) -> str:
    """What makes a name unique: NFKC and casefold, spaces at the ends dropped.

    Of a text that is too long for a name, as a filter may hold, long runs of marks are cut first. It is not kept
    either: thousands of texts of a megabyte would fill the memory.
    """
    return _kept_key(name) if len(name) <= MAX_TAG_NAME else _key(stream_safe(name))


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return folded.strip()


_kept_key = lru_cache(maxsize=4096)(_key)


def first_spellings(names: Iterable[str]) -> dict[str, str]:
    """Key to name, in order; of several spellings of one tag the first counts."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(tag_key(name), name)
    return found
