"""A language as a table: which words mean what, and the texts of its answers.

| role | says |
| --- | --- |
| a table such as `[month]` | a word with a value, the key |
| a line of `[words]` | a word that has no value, such as `every` |
| `[say]`, `[notes]`, `[problems]` | texts for people |
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from .normal import fold_word
from .tokens import tokenize

_TEXTS: Final = ("say", "notes", "problems")
_NAMES: Final = ("en", "ur")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase says: its role with a value, and the words of the phrase."""

    role: str
    value: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LanguageTable:
    """One language: its phrases by their first word, the longest first, and its texts."""

    code: str
    letters: re.Pattern[str] | None
    anywhere: bool
    parts_alone: bool
    phrases: Mapping[str, tuple[Meaning, ...]]
    weak: frozenset[str]
    texts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    roles: Mapping[str, frozenset[str]] = field(init=False)
    """The roles of the phrases that begin with a word."""

    def __post_init__(self) -> None:
        roles = {first: frozenset(each.role for each in found) for first, found in self.phrases.items()}
        object.__setattr__(self, "roles", roles)

    def say(self, name: str, /, **values: object) -> str:
        """Return a text for people with its values filled in."""
        return str(self.texts["say"][name]).format(**values)

    def count(self, name: str, number: int) -> str:
        """Return a number with its unit: the first text is for one, the second for any other number."""
        one, several = self.texts["say"][name]
        return str(one if number == 1 else several).format(n=number)

    def lists(self, name: str) -> list[str]:
        """Return a list of words, such as the names of the months."""
        return list(self.texts["say"][name])


@dataclass(frozen=True, slots=True)
class CommonTable:
    """What is the same in every language."""

    month_first_zones: frozenset[str]
    ambiguous_zones: frozenset[str]
    areas: frozenset[str]


def build_table(data: Mapping[str, Any]) -> LanguageTable:
    """Return the table that decoded TOML says."""
    meanings: dict[str, list[Meaning]] = {}
    for role, value, phrase in _phrases(data):
        words = tuple(token.text for token in tokenize(phrase))
        meanings.setdefault(words[0], []).append(Meaning(role, value, words))
    return LanguageTable(
        code=data["code"],
        letters=re.compile(f"[{data['script']}]") if data["script"] else None,
        anywhere=data["anywhere"],
        parts_alone=data["parts_alone"],
        phrases={
            first: tuple(sorted(found, key=lambda meaning: -len(meaning.words)))
            for first, found in meanings.items()
        },
        weak=frozenset(fold_word(word) for word in data["words"]["weak"]),
        texts={name: data[name] for name in _TEXTS},
    )


def _phrases(data: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    for role, lines in data.items():
        if role in _TEXTS or not isinstance(lines, Mapping):
            continue
        for value, phrases in lines.items():
            name = value if role == "words" else role
            found += [(name, value, phrase) for phrase in phrases]
    return found


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("tables", f"{name}.toml").read_text(encoding="utf-8"))


@cache
def load_languages() -> tuple[LanguageTable, ...]:
    """Return the languages there are, read once; the one without a script of its own comes last."""
    tables = [build_table(_load(name)) for name in _NAMES]
    return tuple(sorted(tables, key=lambda table: table.letters is None))


@cache
def with_words_of(table: LanguageTable, other: LanguageTable) -> LanguageTable:
    """Return a language that also knows the words of another: `کال tomorrow 5pm` is read as well."""
    firsts = {*table.phrases, *other.phrases}
    both = {first: (*table.phrases.get(first, ()), *other.phrases.get(first, ())) for first in firsts}
    phrases = {
        first: tuple(sorted(found, key=lambda meaning: -len(meaning.words))) for first, found in both.items()
    }
    return replace(table, phrases=phrases, weak=table.weak | other.weak)


@cache
def load_common() -> CommonTable:
    """Return what is the same in every language, read once."""
    data = _load("common")
    return CommonTable(*(frozenset(data[name]) for name in ("month_first_zones", "ambiguous_zones", "areas")))
