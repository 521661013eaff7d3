"""A text as its words are compared: the same length, digits of ASCII, small letters, one form of each Urdu letter."""

import unicodedata
from functools import lru_cache
from typing import Final

_DIGITS: Final = {ord(digit): str(number % 10) for number, digit in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_LETTERS: Final = {ord("ي"): "ی", ord("ى"): "ی", ord("ك"): "ک", ord("ة"): "ہ", ord("ه"): "ہ", ord("ۃ"): "ہ"}
_UNSEEN: Final = dict.fromkeys(
    (0x0640, 0x0670, *range(0x064B, 0x0653), *range(0x0656, 0x0660), *range(0x200B, 0x2010), 0x061C, 0xFEFF)
)
"""Tatweel, vowel marks, ZWNJ and marks of direction."""


def fold_text(text: str) -> str:
    """Return a text of the same length, character by character, in which digits and letters have one form."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
    return lowered.translate(_DIGITS)


@lru_cache(maxsize=4096)
def fold_word(word: str) -> str:
    """Return a word as tables have it: NFC, small, without what is not seen, with one form of each letter."""
    return unicodedata.normalize("NFC", fold_text(word)).translate(_LETTERS).translate(_UNSEEN)


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 code units of a text, which is what browsers count."""
    return len(text) + sum(character > "\uffff" for character in text)
