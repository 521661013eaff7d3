# ruff: noqa: RUF001, RUF002 - letters and signs that look alike are what this is about
"""Words of a text, the same for every database, in time linear in it.

A text is folded first: compatibility form, accents dropped, letters of one kind made one, case folded. A word is a run
of letters, marks and digits; in scripts that are written without spaces each character is a word. What stands together
with nothing but a hyphen, an apostrophe, a dot or the like between its words is a `Chunk`: `e-mail`, `node.js`, `C++`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from unicodedata import normalize

import regex

from tasks_app.search.invisible import EMOJI, drop_ignorable, parts_of_emoji
from tasks_app.search.letters import fold_letters
from tasks_app.search.marks import drop_accents, stream_safe

# Raise it with every change of how words are made: rows of an older one are then found and made again.
TOKENIZER_VERSION: Final = 2
# Longer words are cut, in texts and in queries alike: two that begin with the same letters are then one.
MAX_WORD_CHARACTERS: Final = 100
MAX_FOLDED_CHARACTERS: Final = 40_000
# So many words of a chunk are written together.
MAX_JOINED: Final = 8

# Kana and ideographs, Hangul, Yi; and all that UAX #14 breaks by dictionaries: Thai, Lao, Khmer, Burmese and others.
_SPACELESS: Final = (
    r"[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u30ff\u3100-\u312f\u3131-\u318e\u31a0-\u31bf"
    r"\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\u1100-\u11ff\uf900-\ufaff"
    r"\U00016fe0-\U00018d7f\U0001aff0-\U0001b2ff\U0001f200-\U0001f2ff\U00020000-\U000323af"
    r"\p{Line_Break=SA}\p{Script=Balinese}\p{Script=Javanese}\p{Script=Yi}]"
)
_LETTER: Final = r"[\p{L}\p{N}\p{M}--\u20e3]"
_ASCII_LETTER: Final = "[a-z0-9]"
# Written between the words of a chunk: one to three of these; a comma or colon between digits; in Hebrew a quote.
_BETWEEN: Final = (
    r"(?:[-'`.&/@_+#~\\·]{1,3}|(?<=[0-9])[,:](?=[0-9])|(?<=[\u05d0-\u05ea])\"(?=[\u05d0-\u05ea]))"
)
_BEFORE: Final = r"(?<![#@.])[#@.]"
_AFTER: Final = r"[+#]{1,3}"
# Signs in words are kept wide: folding leaves no wide ones, and to both databases these are no punctuation.
_WIDE: Final = str.maketrans("#@.+*", "＃＠．＋＊")


def _chunk(letter: str) -> str:
    """Return the pattern of what is read at once: a plain word, or a chunk that has signs."""
    signs = f"{_AFTER}|{_BETWEEN}{letter}"
    words = f"{letter}++(?:{_BETWEEN}{letter}++)*+(?:{_AFTER})?"
    return rf"(?<!{letter})(?:(?P<plain>{letter}++)(?!{signs})|(?P<chunk>(?:{_BEFORE})?{words}))"


_RUN: Final = regex.compile(f"{_LETTER}++", regex.V1)
_ASCII_RUN: Final = re.compile(f"{_ASCII_LETTER}+")
_WORD: Final = regex.compile(rf"{_SPACELESS}[\u3099\u309a]*|[^{_SPACELESS}]++", regex.V1)
_SPACELESS_WORD: Final = regex.compile(_SPACELESS, regex.V1)
_CHUNK: Final = regex.compile(f"(?P<emoji>{EMOJI})|{_chunk(_LETTER)}", regex.V1)
_ASCII_CHUNK: Final = re.compile(_chunk(_ASCII_LETTER))
# Without any of these an ASCII text has plain words alone.
_ASCII_SIGNS: Final = re.compile(rf"[-'`.&/@_+#~\\,:]{_ASCII_LETTER}|(?<={_ASCII_LETTER})[+#]")
# Whoever looks for 3.11 does not mean 31.1.
_DECIMAL: Final = re.compile(r"[0-9]++(?:\.[0-9]++)++")
_NAME_BEFORE: Final = regex.compile(f"(?<![#@.])([#@.])({_LETTER}++)", regex.V1)
_NAME_AFTER: Final = regex.compile(f"(?<!{_LETTER})({_LETTER}++)({_AFTER})", regex.V1)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What stands together: its words in order, and how it can be written else.

    `forms` are the words that are kept of it besides: words written together, from each word on, and names such as
    `c＋＋`. `demanded` are those of the names that a query with this chunk means. Of an emoji there are no words.
    """

    words: tuple[str, ...]
    forms: tuple[str, ...] = ()
    joined: str = ""
    demanded: tuple[str, ...] = ()

    @property
    def may_go_on(self) -> bool:
        """Whether the last word may be the beginning of a longer one: a single character of some scripts is whole."""
        return not self.words or not _SPACELESS_WORD.match(self.words[-1])


@dataclass(frozen=True, slots=True)
class TextWords:
    """The words of a text in order, and its other forms."""

    words: tuple[str, ...]
    forms: tuple[str, ...]


def read_text(text: str) -> TextWords:
    """Return the words of a text, and in which other forms parts of it can be written."""
    folded = fold(text)
    if folded.isascii() and not _ASCII_SIGNS.search(folded):
        runs = _ASCII_RUN.findall(folded)
        if len(folded) > MAX_WORD_CHARACTERS:
            runs = [run[:MAX_WORD_CHARACTERS] for run in runs]
        return TextWords(tuple(runs), ())
    words: list[str] = []
    forms: dict[str, None] = {}
    for found in (_ASCII_CHUNK if folded.isascii() else _CHUNK).finditer(folded):
        if found.lastgroup == "plain":
            words += _words_of_run(found[0])
        else:
            chunk = _read_chunk(found)
            words += chunk.words
            forms.update(dict.fromkeys(chunk.forms))
    return TextWords(tuple(words), tuple(forms))


read_short_text = lru_cache(maxsize=4096)(read_text)


def chunks_of(text: str) -> Iterator[Chunk]:
    """Yield the chunks of a text in order."""
    folded = fold(text)
    return map(_read_chunk, (_ASCII_CHUNK if folded.isascii() else _CHUNK).finditer(folded))


def fold(text: str) -> str:
    """Return a text in the form in which words are compared, in time linear in its length.

    Of what grows to more than 40,000 characters the rest is not found: no text of a language does, but U+FDFA alone
    becomes eighteen letters.
    """
    if text.isascii():
        return text.lower()
    # An acute accent that stands alone is an apostrophe; normalising would make a space of it.
    visible = stream_safe(drop_ignorable(text).replace("´", "'"))
    # Folding may bring accents and compatibility characters back, hence twice. The last step puts together what
    # is written as one letter: syllables of Hangul, kana with their marks, й.
    once = drop_accents(normalize("NFKD", visible)[:MAX_FOLDED_CHARACTERS]).casefold()
    plain = drop_accents(normalize("NFKD", once)[:MAX_FOLDED_CHARACTERS])
    return normalize("NFC", fold_letters(plain))


def _read_chunk(found: re.Match[str]) -> Chunk:
    match found.lastgroup:
        case "emoji":
            return _emoji(found[0])
        case "plain":
            return Chunk(tuple(_words_of_run(found[0])))
    return _several(found[0])


def _emoji(text: str) -> Chunk:
    parts = tuple(part.translate(_WIDE)[:MAX_WORD_CHARACTERS] for part in parts_of_emoji(text))
    return Chunk((), forms=parts, demanded=parts[:1])


def _several(text: str) -> Chunk:
    runs = _RUN.findall(text)
    words = tuple(word for run in runs for word in _words_of_run(run))
    joined = _joined(runs) if len(words) == len(runs) else []
    return Chunk(
        words,
        forms=(*joined, *_names(text)),
        joined=joined[0] if joined and len(runs) <= MAX_JOINED and not _DECIMAL.fullmatch(text) else "",
        demanded=tuple(_demanded(text)),
    )


def _words_of_run(run: str) -> list[str]:
    if run.isascii():
        return [run[:MAX_WORD_CHARACTERS]]
    if not _SPACELESS_WORD.search(run):
        return [run[:MAX_WORD_CHARACTERS]]
    return [word[:MAX_WORD_CHARACTERS] for word in _WORD.findall(run)]


def _joined(runs: list[str]) -> list[str]:
    """Return what is written together from each word on, but for the last, which goes on with nothing."""
    return ["".join(runs[at : at + MAX_JOINED])[:MAX_WORD_CHARACTERS] for at in range(len(runs) - 1)]


def _names(text: str) -> Iterator[str]:
    """Yield `＃tag`, `＠name`, `．net` and `c＋＋`, `f＃` wherever they stand in a chunk."""
    for sign, word in _NAME_BEFORE.findall(text):
        if sign != "." or word[0].isalpha():
            yield f"{sign}{word}".translate(_WIDE)[:MAX_WORD_CHARACTERS]
    for word, signs in _NAME_AFTER.findall(text):
        yield f"{word[: MAX_WORD_CHARACTERS - len(signs)]}{signs}".translate(_WIDE)


def _demanded(text: str) -> Iterator[str]:
    """Yield the names that a chunk of a query means: in the midst of words a single sign only stands between them."""
    first = _NAME_BEFORE.match(text)
    if first and (first[1] != "." or first[2][0].isalpha()):
        yield first[0].translate(_WIDE)[:MAX_WORD_CHARACTERS]
    for found in _NAME_AFTER.finditer(text):
        if len(found[2]) > 1 or not _RUN.match(text, found.end()):
            yield f"{found[1][: MAX_WORD_CHARACTERS - len(found[2])]}{found[2]}".translate(_WIDE)
