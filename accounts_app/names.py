"""Which names people may take, and when two of them are the same to the eye. Pure.

https://www.unicode.org/reports/tr39/: restriction level "highly restrictive"; look-alikes are those of confusables.txt
that one Latin letter has in other scripts in use today, and those within Latin.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

import regex
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from accounts_app.lookalikes import IN_LATIN, IN_OTHER_SCRIPTS

MAX_NAME: Final = 150
MAX_KEY: Final = 3 * MAX_NAME  # one character has up to three when its case is folded

# Scripts in use today (UAX #31, tables 5 and 7), each of which a name may be written in.
_SCRIPTS: Final = (
    "Adlam Arabic Armenian Balinese Bamum Batak Bengali Canadian_Aboriginal Chakma Cham Cherokee Cyrillic Devanagari"
    " Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew Javanese Kannada Kayah_Li Khmer Lao Latin Lepcha Limbu Lisu"
    " Malayalam Mandaic Meetei_Mayek Mongolian Myanmar New_Tai_Lue Nko Nyiakeng_Puachue_Hmong Ol_Chiki Oriya"
    " Saurashtra Sinhala Sundanese Syloti_Nagri Syriac Tai_Le Tai_Tham Tai_Viet Tamil Telugu Thaana Thai Tibetan"
    " Tifinagh Vai Wancho Yi"
)
# Those that one language is written in together, with Latin between.
_TOGETHER: Final = (
    ("Latin", "Han", "Hiragana", "Katakana"),
    ("Latin", "Han", "Bopomofo"),
    ("Latin", "Han", "Hangul"),
)


def _written_in(*scripts: str) -> str:
    members = "".join(rf"\p{{scx={script}}}" for script in (*scripts, "Common", "Inherited"))
    return f"[{members}]*"


_ONE_WRITING: Final = regex.compile(
    "|".join([*map(_written_in, _SCRIPTS.split()), *(_written_in(*scripts) for scripts in _TOGETHER)])
)
_INVISIBLE: Final = regex.compile(r"\p{Default_Ignorable_Code_Point}")
_is_word: Final = UnicodeUsernameValidator()


def _letters(table: dict[str, str]) -> Iterator[tuple[int, str]]:
    for letter, alike in table.items():
        yield from ((ord(each), letter) for each in alike)


_LATIN: Final = dict(_letters(IN_LATIN))
_OTHERS: Final = dict(_letters(IN_OTHER_SCRIPTS))


def normalize_name(name: str) -> str:
    """Return the form in which names are stored: NFKC."""
    return unicodedata.normalize("NFKC", name)


def name_key(name: str) -> str:
    """Return what makes a name unique: equal for names that differ in case, in compatible forms, or not to the eye.

    A name of another script that can be read as Latin, letter by letter, has the key of the Latin one.
    """
    plain: str = _INVISIBLE.sub("", normalize_name(normalize_name(name).casefold()))
    folded = plain.replace("i\N{COMBINING DOT ABOVE}", "i").translate(_LATIN)
    seen = folded.translate(_OTHERS)
    return seen if all(each.isascii() for each in seen if each.isalpha()) else folded


def validate_name(name: str) -> None:
    """Raise ValidationError for a name that nobody may take: what cannot be read, or not for certain.

    Length and characters are judged as the name would be stored.
    """
    stored = normalize_name(name)
    if len(stored) > MAX_NAME:
        raise ValidationError(f"A name has at most {MAX_NAME} characters.", code="max_length")
    _is_word(stored)
    if _INVISIBLE.search(stored):
        raise ValidationError("A name has no characters that cannot be seen.", code="invisible")
    if not _ONE_WRITING.fullmatch(stored):
        raise ValidationError(
            "Write a name with the letters of one script: those of several look alike.", code="mixed_scripts"
        )
