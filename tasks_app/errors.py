"""What the task domain refuses. None of them is worth a second try with the same input.

DomainError
└── TasksError
    ├── NotFound                absent, or somebody else's: the two look alike
    │   ├── TaskNotFound
    │   ├── ReminderNotFound
    │   ├── SeriesNotFound
    │   ├── TagNotFound
    │   └── TagJobNotFound
    ├── InvalidInput            fields that cannot be, alone or together; `errors` names each
    ├── NotRecurring            a scope was named for a task that belongs to no running series
    ├── ReminderClosed          the task of a reminder is done
    ├── OccurrenceClosed        a done occurrence cannot change its series
    ├── SeriesEnded             a series that is over cannot change
    ├── SeriesStuck             a series that is stuck has no open occurrence that could move
    ├── QuotaExceeded           the account keeps as many tasks, or tags, as it may
    ├── TagNameTaken            another tag of the user has the name
    ├── TagBusy                 an earlier change of a tag has not reached all of its tasks yet
    ├── CannotUndo              the caller's last change of the task cannot be taken back
    │   ├── NothingToUndo       there is none, or none that the log still tells
    │   ├── ChangedSince        others changed the same fields after it
    │   └── SeriesChanged       it was one of the series as well, which is not as it was left
    └── VersionMismatch         the task is no longer the version that the caller saw
"""

from typing import ClassVar

from foundation.http.errors import DomainError, FieldProblem
from tasks_app import recurrence as rec


class TasksError(DomainError):
    """Base of the domain's errors."""


class NotFound(TasksError):
    """There is no such thing for this user."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "not_found"
    detail = "There is nothing here."


class TaskNotFound(NotFound):
    """The user has no such task."""


class ReminderNotFound(NotFound):
    """The user has no such reminder."""


class SeriesNotFound(NotFound):
    """The user has no such series."""


class TagNotFound(NotFound):
    """The user has no such tag."""


class TagJobNotFound(NotFound):
    """The user has no such job."""


class InvalidInput(TasksError):
    """Some fields cannot be as they were sent."""

    code: ClassVar[str] = "invalid"
    detail = "Some fields are not acceptable."

    @classmethod
    def of(cls, field: str, code: str, detail: str) -> "InvalidInput":
        """One field that is at fault."""
        return cls(errors=[FieldProblem(field, code, detail)])


class NotRecurring(TasksError):
    """Only a recurring task has other occurrences."""

    code: ClassVar[str] = "not_recurring"
    detail = "This task does not recur."


class OccurrenceClosed(TasksError):
    """The series goes on from its open occurrence."""

    code: ClassVar[str] = "occurrence_closed"
    detail = "This occurrence is done; change the open one."


class SeriesEnded(TasksError):
    """There is no open occurrence that a change could begin with."""

    code: ClassVar[str] = "series_ended"
    detail = "This series has ended."


class SeriesStuck(TasksError):
    """Its next occurrence could not be made yet."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "series_stuck"
    detail = (
        "The next occurrence of this series could not be made, so there is no due to move; change its rule."
    )


class ReminderClosed(TasksError):
    """Nothing is left to be reminded of."""

    code: ClassVar[str] = "task_completed"
    detail = "The task is done."


class QuotaExceeded(TasksError):
    """PendingSave does not help: something must go first."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "quota_exceeded"
    detail = "The account is full."


class TagNameTaken(TasksError):
    """Names of tags are unique after NFKC and casefold."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "name_taken"
    detail = "There is a tag of this name already."


class TagBusy(TasksError):
    """A change of this tag is still on its way."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "tag_busy"
    detail = "An earlier change of this tag has not reached all of its tasks yet; wait for its job."


class CannotUndo(TasksError):
    """Nothing was taken back."""

    status: ClassVar[int] = 409


class NothingToUndo(CannotUndo):
    """The last change was not the caller's, or is too long ago for the log."""

    code: ClassVar[str] = "nothing_to_undo"
    detail = "There is no change of yours that could be undone."


class ChangedSince(CannotUndo):
    """Taking it back would overwrite what came later."""

    code: ClassVar[str] = "changed_since"
    detail = "What you changed has changed again since."


class SeriesChanged(CannotUndo):
    """What it did to the series cannot be taken back; the detail says why."""

    code: ClassVar[str] = "series_changed"
    detail = "It changed along with its series, by a change of another task; change the series instead."


class VersionMismatch(TasksError):
    """Somebody changed the task since the caller read it."""

    status: ClassVar[int] = 412
    code: ClassVar[str] = "version_mismatch"
    detail = "The task has changed since; read it again."


class refusals:
    """Turn what the recurrence package refuses into InvalidInput, at `field` or where it says itself."""

    __slots__ = ("_field",)

    def __init__(self, field: str | None = None) -> None:
        self._field = field

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, rec.RecurrenceError):
            raise InvalidInput.of(self._field or error.field, error.code, error.detail) from None
