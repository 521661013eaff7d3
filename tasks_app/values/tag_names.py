"""Comparing names of tags. Pure."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from tasks_app.search.invisible import drop_ignorable
from tasks_app.search.marks import stream_safe

MAX_TAG_NAME = 50
MAX_TAG_KEY = 200
MAX_TAGS = 50


def tag_key(name: str) -> str:
    """Return the key of a name, NFKC and casefold without outer spaces and what cannot be seen.

    Names with the same key are the same tag.

    A filter may hold a text that is too long for a name: its long runs of marks are cut first, and its key is not
    cached, since thousands of texts of a megabyte would fill the memory.
    """
    return _cached_key(name) if len(name) <= MAX_TAG_NAME else _key(stream_safe(name))


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", drop_ignorable(name)).casefold())
    return folded.strip()


_cached_key = lru_cache(maxsize=4096)(_key)


def first_spellings(names: Iterable[str]) -> dict[str, str]:
    """Return the names by key, in order; of several spellings of a tag the first counts."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(tag_key(name), name)
    return found
