"""What a caller asks of a task: parsed and typed, independent of how it was sent.

A field that was not named is UNSET and stays as it is; None clears.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from dataclasses import field as dataclass_field
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Final

from tasks_app import recurrence as rec
from tasks_app.models import Priority


class Unset(Enum):
    """The type of UNSET."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


class Scope(StrEnum):
    """Which occurrences of a series a change is meant for."""

    THIS = "this"
    FUTURE = "future"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms a change is wanted: for which occurrences, and only of versions that the caller saw."""

    scope: Scope | None = None
    versions: frozenset[int] | None = None


ANY_TERMS: Final = Terms()


@dataclass(frozen=True, slots=True)
class AtInstant:
    """A time that was given with an offset: exactly this instant (aware)."""

    instant: datetime


@dataclass(frozen=True, slots=True)
class AtWall:
    """A time that was given without an offset: naive, on the clock of whatever zone applies."""

    wall: datetime


@dataclass(frozen=True, slots=True)
class OnDay:
    """A whole day."""

    day: date


When = AtInstant | AtWall | OnDay


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderInput:
    """One wanted reminder: `offset` or `at`. `echoed` holds what the caller repeats of an existing one."""

    offset: rec.Offset | None = None
    at: AtInstant | AtWall | None = None
    echoed: Mapping[str, object] = dataclass_field(default_factory=dict)
    path: str = "reminders"

    def field(self, name: str) -> str:
        """Where in the body a part of it stood: in a list, under an alias of its own, or by itself."""
        return f"{self.path}.{name}" if self.path.endswith("]") else self.path or name


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFields:
    """The fields that a caller named."""

    title: str | Unset = UNSET
    description: str | Unset = UNSET
    priority: Priority | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    completed: bool | Unset = UNSET
    due: When | Unset | None = UNSET
    time_zone: str | Unset | None = UNSET
    floating: bool | Unset = UNSET
    reminders: tuple[ReminderInput, ...] | Unset = UNSET
    recurrence: rec.Recurrence | Unset | None = UNSET
    advance: rec.Advance | Unset = UNSET
    """Of a series by its number alone; elsewhere it is a part of `recurrence`."""

    def names(self) -> frozenset[str]:
        """The names of the fields that were given."""
        return frozenset(each.name for each in fields(self) if getattr(self, each.name) is not UNSET)

    @property
    def moves_due(self) -> bool:
        """Whether the due, its zone or its kind was named."""
        return not self.names().isdisjoint({"due", "time_zone", "floating"})
