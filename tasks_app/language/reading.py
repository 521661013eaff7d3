"""What a line was read as: title, fields, chips, notes, problems."""

from dataclasses import dataclass
from typing import Final, Literal, TypedDict

MAX_TEXT: Final = 2000
MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 10_000

ChipKind = Literal["due", "recurrence", "priority", "tag", "reminder", "description", "verb"]


class ReminderField(TypedDict):
    """A reminder as `POST /api/tasks/` takes it."""

    offset: str


class Fields(TypedDict, total=False):
    """What can be sent to `POST /api/tasks/` unchanged; what was not written is absent."""

    title: str
    description: str
    priority: str
    tags: list[str]
    due_on: str
    due_at: str
    time_zone: str
    recurrence: dict[str, str]
    reminders: list[ReminderField]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Something else that may be meant: in words, and the fields to send instead."""

    means: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of the text that was taken out of the title; `start` and `end` count UTF-16 code units."""

    id: str
    kind: ChipKind
    start: int
    end: int
    text: str
    means: str
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadNote:
    """Something that was assumed."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReadProblem:
    """Something that looks like an instruction and was left in the title, and how to write it."""

    code: str
    start: int
    end: int
    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A line as it was read. `upcoming` are the first three occurrences of a rule, as wall times or dates."""

    title: str
    fields: Fields
    chips: tuple[Chip, ...] = ()
    notes: tuple[ReadNote, ...] = ()
    problems: tuple[ReadProblem, ...] = ()
    language: str = "en"
    upcoming: tuple[str, ...] = ()


class TextTooLong(ValueError):
    """A line has more than 2,000 characters."""
