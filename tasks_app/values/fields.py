"""The fields of a change that a caller sent: parsed and typed, independent of the format.

A field that the caller did not name is UNSET and stays as it is; None clears it.
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
    """Which occurrences of a series a change applies to."""

    THIS = "this"
    FUTURE = "future"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The conditions of a change: the occurrences that it applies to, and the versions that the caller accepts."""

    scope: Scope | None = None
    versions: frozenset[int] | None = None


ANY_TERMS: Final = Terms()


@dataclass(frozen=True, slots=True)
class AtInstant:
    """A time with an offset: this instant (aware)."""

    instant: datetime


@dataclass(frozen=True, slots=True)
class AtWall:
    """A time without an offset: a naive wall time in the zone that applies."""

    wall: datetime


@dataclass(frozen=True, slots=True)
class OnDay:
    """A whole day."""

    day: date


When = AtInstant | AtWall | OnDay


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderInput:
    """One wanted reminder: `offset` or `at`. `echoed` holds the read-only fields that the caller sent back."""

    offset: rec.Offset | None = None
    at: AtInstant | AtWall | None = None
    echoed: Mapping[str, object] = dataclass_field(default_factory=dict)
    path: str = "reminders"

    def field(self, name: str) -> str:
        """Return the name of a field in the body: in a list of reminders, under an alias, or by itself."""
        return f"{self.path}.{name}" if self.path.endswith("]") else self.path or name


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFields:
    """The fields of a task that a caller named."""

    title: str | Unset = UNSET
    description: str | Unset = UNSET
    priority: Priority | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    add_tags: tuple[str, ...] | Unset = UNSET
    remove_tags: tuple[str, ...] | Unset = UNSET
    """Beside those that the task has; not together with `tags`."""
    completed: bool | Unset = UNSET
    due: When | Unset | None = UNSET
    time_zone: str | Unset | None = UNSET
    floating: bool | Unset = UNSET
    reminders: tuple[ReminderInput, ...] | Unset = UNSET
    recurrence: rec.Recurrence | Unset | None = UNSET
    advance: rec.Advance | Unset = UNSET
    """Only for changes of a series by its id; elsewhere it is a part of `recurrence`."""

    def names(self) -> frozenset[str]:
        """Return the names of the fields that the caller named."""
        return frozenset(each.name for each in fields(self) if getattr(self, each.name) is not UNSET)

    @property
    def moves_due(self) -> bool:
        """Whether the due, its zone or its kind was named."""
        return not self.names().isdisjoint({"due", "time_zone", "floating"})
