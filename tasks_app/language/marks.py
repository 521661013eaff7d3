"""Reading marks: `#tag`, `@tag`, `#"two words"`, `!high`, `!1`, `p1`, `high priority`, `// description`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from unicodedata import category

from .line import Line
from .table import LanguageTable

TAGS_OF_TASK: Final = 50
MAX_TAG: Final = 50
_LEVELS: Final = ("urgent", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class MarkRead:
    """A mark from token `first` to before `end`, and what it says; `problem`: why it stays text."""

    kind: Literal["tag", "priority", "description"]
    first: int
    end: int
    value: str = ""
    problem: str = ""


def find_marks(line: Line, tables: Sequence[LanguageTable]) -> list[MarkRead]:
    """Return the marks that count wherever they stand, and what looks like one."""
    marks: list[MarkRead] = []
    for at, token in enumerate(line.tokens):
        mark = None
        if token.kind == "tag":
            mark = _tag(line, at)
        elif token.kind == "bang":
            mark = _bang(line, at, tables)
        elif token.kind == "other":
            mark = _lookalike(line, at)
        elif token.kind == "about":
            mark = MarkRead("description", at, at + 1, line.text[token.start + 2 : token.end].strip())
        if mark is not None:
            marks.append(mark)
    return marks


def _tag(line: Line, at: int) -> MarkRead | None:
    token = line.tokens[at]
    name = line.text[token.start + 1 : token.end].strip('"').strip()
    if not any(character.isalpha() or category(character) == "So" for character in name):
        return None
    if len(name) > MAX_TAG or "," in name:
        return MarkRead("tag", at, at + 1, problem="tag_too_long")
    return MarkRead("tag", at, at + 1, name)


def _lookalike(line: Line, at: int) -> MarkRead | None:
    """`!!!`, which other programs read as a priority, and the second tag of `#home#work`."""
    if line.symbol(at, "#") and line.is_glued(at) and line.kind(at - 1) == "tag":
        return MarkRead("tag", at, at + 1 + line.is_glued(at + 1), problem="glued_tag")
    if not line.symbol(at, "!") or line.is_glued(at) or not line.is_glued(at + 1):
        return None
    end = at + 1
    while line.symbol(end, "!") and line.is_glued(end):
        end += 1
    if end == at + 1 or line.symbol(end, "?"):
        return None
    return MarkRead(
        "priority", at, end + (line.is_glued(end) and line.kind(end) == "number"), problem="unknown_mark"
    )


def _bang(line: Line, at: int, tables: Sequence[LanguageTable]) -> MarkRead | None:
    word = line.tokens[at].text[1:]
    if word.isdigit():
        level = _LEVELS[int(word) - 1] if word in ("1", "2", "3", "4") else ""
    else:
        level = next((found for table in tables if (found := level_of(table, word))), "")
    if level:
        return MarkRead("priority", at, at + 1, level)
    if line.has(at, "remind", "remind_me"):
        return None
    return MarkRead("priority", at, at + 1, problem="unknown_mark")


def level_of(table: LanguageTable, word: str) -> str:
    """Return the priority that a word says in a language; empty if none."""
    found = (
        each for each in table.phrases.get(word, ()) if each.role == "priority_level" and len(each.words) == 1
    )
    return next((each.value for each in found), "")


def level_at_end(line: Line, end: int) -> MarkRead | None:
    """Return a priority in words, `p1` or `high priority`, that ends before a token."""
    return next(
        (
            mark
            for first in (end - 3, end - 2, end - 1)
            if first >= 0 and (mark := level_at(line, first)) and mark.end == end
        ),
        None,
    )


def level_at(line: Line, at: int) -> MarkRead | None:
    """Return a priority in words that begins at a token."""
    if line.kind(at) != "word":
        return None
    figure = line.figure(at + 1, may_glue=True, most=4)
    if line.tokens[at].text == "p" and figure and line.is_glued(at + 1):
        return MarkRead("priority", at, at + 2, _LEVELS[figure - 1]) if line.is_whole(at, at + 2) else None
    level = line.take(at, "priority_level")
    if level and (word := line.take(level.end, "priority")):
        return MarkRead("priority", at, word.end, level.value)
    word = line.take(at, "priority")
    if word is None:
        return None
    begin = word.end + line.symbol(word.end, ":")
    if level := line.take(begin, "priority_level"):
        return MarkRead("priority", at, level.end, level.value)
    figure = line.figure(begin, most=4)
    return MarkRead("priority", at, begin + 1, _LEVELS[figure - 1]) if figure else None
