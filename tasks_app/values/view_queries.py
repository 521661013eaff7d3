"""The query strings of saved views. Pure."""

from typing import Final
from urllib.parse import parse_qsl, urlencode

from tasks_app.values.tag_names import first_spellings, tag_key

_OF_TAGS: Final = frozenset({"tag", "tag_not"})


def with_tag_renamed(query: str, key: str, name: str) -> str:
    """Return a query string that asks for the tag `name` wherever `query` asks for the tag with this key.

    One that does not name the tag is returned as it is.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    renamed = [(field, _renamed(value, key, name) if field in _OF_TAGS else value) for field, value in pairs]
    return query if renamed == pairs else urlencode(renamed, safe=",")


def _renamed(names: str, key: str, name: str) -> str:
    listed = names.split(",")
    if all(tag_key(each) != key for each in listed):
        return names
    return ",".join(first_spellings(name if tag_key(each) == key else each for each in listed).values())
