"""Which names people may take, and when two of them are the same to the eye. Pure.

https://www.unicode.org/reports/tr39/: restriction level "highly restrictive"; look-alikes are those of confusables.txt
that one Latin letter has in other scripts in use today, and those within one script (lookalikes.py).
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

import regex
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from accounts_app.lookalikes import IN_LATIN, IN_OTHER_SCRIPTS, IN_THEIR_SCRIPT, MARKS

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
# Letters of Hangul outside of a syllable: some are the same as Latin ones, and Korean is not written so.
_LONE_JAMO: Final = regex.compile(
    r"[\p{Hangul}--\p{Hangul_Syllable_Type=LV}--\p{Hangul_Syllable_Type=LVT}]", regex.V1
)
# Signs of no script that Unicode counts as letters or numbers: a low line that is no `_`, a number in a circle, what
# stretches an Arabic word. Not those that kana and ideographs are written with, nor the apostrophes within names.
_SIGN: Final = regex.compile(
    r"[[\p{sc=Common}\N{NKO LAJANYALAN}]--\p{ASCII}--[\u02BB\u02BC\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Han}]]",
    regex.V1,
)
_is_word: Final = UnicodeUsernameValidator()


def _letters(table: dict[str, str]) -> Iterator[tuple[int, str]]:
    for letter, alike in table.items():
        yield from ((ord(each), letter) for each in alike)


_WITHIN: Final = dict(_letters(IN_LATIN | IN_THEIR_SCRIPT))
_MARKS: Final = dict(_letters(MARKS))
_OTHERS: Final = dict(_letters(IN_OTHER_SCRIPTS))


def normalize_name(name: str) -> str:
    """Return the form in which names are stored: NFKC."""
    return unicodedata.normalize("NFKC", name)


def name_key(name: str) -> str:
    """Return what makes a name unique: equal for names that differ in case, in compatible forms, or not to the eye.

    A name of another script that can be read as Latin, letter by letter, has the key of the Latin one.
    """
    plain: str = _INVISIBLE.sub("", normalize_name(normalize_name(name).casefold()))
    folded = _with_plain_marks(plain.replace("i\N{COMBINING DOT ABOVE}", "i")).translate(_WITHIN)
    seen = folded.translate(_OTHERS)
    return seen if all(each.isascii() for each in seen if each.isalpha()) else folded


def _with_plain_marks(text: str) -> str:
    apart = unicodedata.normalize("NFD", text).translate(_MARKS)
    return unicodedata.normalize("NFC", apart)


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
    if _LONE_JAMO.search(stored):
        raise ValidationError("Write Hangul in whole syllables.", code="incomplete_syllables")
    if sign := _SIGN.search(stored):
        raise ValidationError(f"A name has letters and digits of a script, not {sign[0]}.", code="invalid")
    if not _ONE_WRITING.fullmatch(stored):
        raise ValidationError(
            "Write a name with the letters of one script: those of several look alike.", code="mixed_scripts"
        )
