"""Words of a text, the same for every database: Unicode's compatibility form, marks stripped, case folded.

A word ends at everything that is no letter or digit. Each CJK character is a word of its own.
"""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import category, normalize

from tasks_app.search.marks import stream_safe

# Longer words are cut, in texts and in queries alike: two that begin with the same letters are then one.
MAX_WORD_CHARACTERS: Final = 100
MAX_FOLDED_CHARACTERS: Final = 40_000

_CJK: Final = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u30ff\u3100-\u312f\u3131-\u318e\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\u1100-\u11ff\uf900-\ufaff"
    "\U00016fe0-\U00018d7f\U0001aff0-\U0001b2ff\U0001f200-\U0001f2ff\U00020000-\U000323af"
)
_RUN: Final = re.compile(r"[^\W_]+")
_WORD: Final = re.compile(rf"[{_CJK}]|[^{_CJK}]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in order."""
    if text.isascii():
        return [run[:MAX_WORD_CHARACTERS] for run in _RUN.findall(text.lower())]
    return [word for run in runs_of(text) for word in run]


def runs_of(text: str) -> Iterator[tuple[str, ...]]:
    """Yield what stands together without anything between it: mostly one word, in CJK one for each character."""
    for run in _RUN.findall(fold(text)):
        if run.isascii():
            yield (run[:MAX_WORD_CHARACTERS],)
        else:
            yield tuple(word[:MAX_WORD_CHARACTERS] for word in _WORD.findall(run))


def fold(text: str) -> str:
    """Return a text in the form in which words are compared, in time linear in its length.

    Of what grows to more than 40,000 characters the rest is not found: no text of a language does, but U+FDFA alone
    becomes eighteen letters.
    """
    if text.isascii():
        return text.lower()
    # Folding may bring marks and compatibility characters back, hence twice. The last step puts the letters
    # of a Korean syllable together again; marks, which it would put on other letters, are gone.
    once = normalize("NFKD", stream_safe(text))[:MAX_FOLDED_CHARACTERS].casefold()
    plain = normalize("NFKD", once)[:MAX_FOLDED_CHARACTERS]
    marks = {each for each in set(plain) if category(each)[0] == "M"}
    return normalize("NFC", "".join([each for each in plain if each not in marks]) if marks else plain)
