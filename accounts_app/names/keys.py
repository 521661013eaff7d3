"""The key that makes a name unique: names that look the same have the same key. Pure.

Look-alikes are those of confusables.txt (https://www.unicode.org/reports/tr39/) that one Latin letter has in other
scripts in use today, and those within one script; see lookalikes.py.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

import regex

from accounts_app.names.lookalikes import IN_LATIN, IN_OTHER_SCRIPTS, IN_THEIR_SCRIPT, MARKS

MAX_NAME: Final = 150
MAX_KEY: Final = 3 * MAX_NAME  # one character has up to three when its case is folded
INVISIBLE: Final = regex.compile(r"\p{Default_Ignorable_Code_Point}")


def _map_letters(table: dict[str, str]) -> Iterator[tuple[int, str]]:
    for letter, alike in table.items():
        yield from ((ord(each), letter) for each in alike)


_WITHIN: Final = dict(_map_letters(IN_LATIN | IN_THEIR_SCRIPT))
_MARKS: Final = dict(_map_letters(MARKS))
_OTHERS: Final = dict(_map_letters(IN_OTHER_SCRIPTS))


def normalize_name(name: str) -> str:
    """Return the form in which names are stored: NFKC."""
    return unicodedata.normalize("NFKC", name)


def name_key(name: str) -> str:
    """Return the key of a name: equal for names that differ only in case or compatible forms, or that look the same.

    A name of another script of which every letter looks like a Latin one has the key of the Latin name.
    """
    plain: str = INVISIBLE.sub("", normalize_name(normalize_name(name).casefold()))
    folded = _replace_marks(plain.replace("i\N{COMBINING DOT ABOVE}", "i")).translate(_WITHIN)
    seen = folded.translate(_OTHERS)
    return seen if all(each.isascii() for each in seen if each.isalpha()) else folded


def _replace_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text).translate(_MARKS)
    return unicodedata.normalize("NFC", decomposed)
