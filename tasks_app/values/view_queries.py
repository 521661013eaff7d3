"""The query strings of saved views. Pure."""

import re
from typing import Final
from urllib.parse import parse_qsl, quote_plus

from tasks_app.values.tag_names import first_spellings, tag_key

MAX_VIEW_QUERY: Final = 2000
_OF_TAGS: Final = frozenset({"tag", "tag_not"})
_ASCII: Final = re.compile(r"[\x00-\x7f]+")


def with_tag_renamed(query: str, key: str, name: str) -> str:
    """Return a query string that asks for the tag `name` wherever `query` asks for the tag with this key.

    The rest of it stays as it is written. The result may be longer than MAX_VIEW_QUERY.
    """
    return "&".join(_part_renamed(part, key, name) for part in query.split("&"))


def _part_renamed(part: str, key: str, name: str) -> str:
    for field, names in parse_qsl(part, keep_blank_values=True):
        if field in _OF_TAGS and (renamed := _renamed(names, key, name)) != names:
            return f"{field}={_quoted(renamed) if part.isascii() else _quoted_ascii(renamed)}"
    return part


def _quoted(names: str) -> str:
    return quote_plus(names, safe=",")


def _quoted_ascii(names: str) -> str:
    """Return names of which letters beyond ASCII stand for themselves: a third of the length, and as it was written."""
    return _ASCII.sub(lambda found: _quoted(found[0]), names)


def _renamed(names: str, key: str, name: str) -> str:
    listed = names.split(",")
    if all(tag_key(each) != key for each in listed):
        return names
    return ",".join(first_spellings(name if tag_key(each) == key else each for each in listed).values())
