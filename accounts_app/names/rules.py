"""Which names people may take. Pure.

https://www.unicode.org/reports/tr39/: restriction level "highly restrictive".
"""

from typing import Final

import regex
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from accounts_app.names.keys import INVISIBLE, MAX_NAME, normalize_name

# Scripts in use today (UAX #31, tables 5 and 7), each of which a name may be written in.
_SCRIPTS: Final = (
    "Adlam Arabic Armenian Balinese Bamum Batak Bengali Canadian_Aboriginal Chakma Cham Cherokee Cyrillic Devanagari"
    " Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew Javanese Kannada Kayah_Li Khmer Lao Latin Lepcha Limbu Lisu"
    " Malayalam Mandaic Meetei_Mayek Mongolian Myanmar New_Tai_Lue Nko Nyiakeng_Puachue_Hmong Ol_Chiki Oriya"
    " Saurashtra Sinhala Sundanese Syloti_Nagri Syriac Tai_Le Tai_Tham Tai_Viet Tamil Telugu Thaana Thai Tibetan"
    " Tifinagh Vai Wancho Yi"
)
# Scripts that one language uses together, also mixed with Latin.
_TOGETHER: Final = (
    ("Latin", "Han", "Hiragana", "Katakana"),
    ("Latin", "Han", "Bopomofo"),
    ("Latin", "Han", "Hangul"),
)


def _script_pattern(*scripts: str) -> str:
    members = "".join(rf"\p{{scx={script}}}" for script in (*scripts, "Common", "Inherited"))
    return f"[{members}]*"


_ONE_WRITING_SYSTEM: Final = regex.compile(
    "|".join([*map(_script_pattern, _SCRIPTS.split()), *(_script_pattern(*scripts) for scripts in _TOGETHER)])
)
# Letters of Hangul outside of a syllable: some look like Latin ones, and Korean is not written so.
_LONE_JAMO: Final = regex.compile(
    r"[\p{Hangul}--\p{Hangul_Syllable_Type=LV}--\p{Hangul_Syllable_Type=LVT}]", regex.V1
)
# Characters of no script that Unicode counts as letters or numbers: a low line other than `_`, a number in a circle,
# the stretching character of Arabic. Those that kana and ideographs need, and apostrophes within names, are allowed.
_SIGN: Final = regex.compile(
    r"[[\p{sc=Common}\N{NKO LAJANYALAN}]--\p{ASCII}--[\u02BB\u02BC\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Han}]]",
    regex.V1,
)
_check_word: Final = UnicodeUsernameValidator()


def validate_name(name: str) -> None:
    """Raise ValidationError for a name that is not allowed: one that people cannot read, or can take for another.

    Length and characters are checked in the form in which the name would be stored.
    """
    stored = normalize_name(name)
    if len(stored) > MAX_NAME:
        raise ValidationError(f"A name has at most {MAX_NAME} characters.", code="max_length")
    _check_word(stored)
    if INVISIBLE.search(stored):
        raise ValidationError("A name has no characters that cannot be seen.", code="invisible")
    if _LONE_JAMO.search(stored):
        raise ValidationError("Write Hangul in whole syllables.", code="incomplete_syllables")
    if sign := _SIGN.search(stored):
        raise ValidationError(f"A name has letters and digits of a script, not {sign[0]}.", code="invalid")
    if not _ONE_WRITING_SYSTEM.fullmatch(stored):
        raise ValidationError(
            "Write a name with the letters of one script: those of several look alike.", code="mixed_scripts"
        )
