"""The errors of the task domain. Retrying with the same input fails again.

DomainError
└── TasksError
    ├── NotFound                absent, or somebody else's: the answer is the same
    │   ├── TaskNotFound
    │   ├── ReminderNotFound
    │   ├── SeriesNotFound
    │   ├── TagNotFound
    │   ├── TagJobNotFound
    │   ├── TrashJobNotFound
    │   └── SavedViewNotFound
    ├── InvalidInput            invalid fields, alone or together; `errors` names each
    ├── NotRecurring            a scope was named for a task that belongs to no running series
    ├── ReminderClosed          the task of a reminder is done
    ├── OccurrenceClosed        a done occurrence cannot change its series
    ├── SeriesEnded             an ended series cannot change
    ├── SeriesStuck             a stuck series has no open occurrence whose due could move
    ├── QuotaExceeded           the account has as many tasks, tags or saved views as it may have
    ├── TagNameTaken            another tag of the user has the name
    ├── TagBusy                 an earlier change of a tag has not reached all of its tasks yet
    ├── ViewTooLong             a saved view that follows the tag would have too long a query
    ├── CannotUndo              the caller's last change of the task cannot be undone
    │   ├── NothingToUndo       there is none, or none that the log still has
    │   ├── ChangedSince        others changed the same fields after it
    │   └── SeriesChanged       it also changed the series, which has changed again since
    └── VersionMismatch         the task or saved view is no longer the version that the caller saw
"""

from typing import ClassVar

from foundation.http.errors import DomainError, FieldProblem
from tasks_app import recurrence as rec


class TasksError(DomainError):
    """Base of the domain's errors."""


class NotFound(TasksError):
    """The user has no such row."""

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


class TrashJobNotFound(NotFound):
    """The user has no such job of the trash."""


class SavedViewNotFound(NotFound):
    """The user has no such saved view."""


class InvalidInput(TasksError):
    """Some fields are invalid."""

    code: ClassVar[str] = "invalid"
    detail = "Some fields are not acceptable."

    @classmethod
    def of(cls, field: str, code: str, detail: str) -> "InvalidInput":
        """Return the error for one field."""
        return cls(errors=[FieldProblem(field, code, detail)])


class NotRecurring(TasksError):
    """A scope was named, but the task does not recur."""

    code: ClassVar[str] = "not_recurring"
    detail = "This task does not recur."


class OccurrenceClosed(TasksError):
    """The occurrence is done: only the open one can change its series."""

    code: ClassVar[str] = "occurrence_closed"
    detail = "This occurrence is done; change the open one."


class SeriesEnded(TasksError):
    """The series has ended, so it has no open occurrence to change."""

    code: ClassVar[str] = "series_ended"
    detail = "This series has ended."


class SeriesStuck(TasksError):
    """The next occurrence of the series could not be created yet."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "series_stuck"
    detail = (
        "The next occurrence of this series could not be made, so there is no due to move; change its rule."
    )


class ReminderClosed(TasksError):
    """The task of the reminder is done."""

    code: ClassVar[str] = "task_completed"
    detail = "The task is done."


class QuotaExceeded(TasksError):
    """The account is full: waiting does not help, something must be deleted first."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "quota_exceeded"
    detail = "The account is full."


class TagNameTaken(TasksError):
    """Another tag of the user has this name, after NFKC and casefold."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "name_taken"
    detail = "There is a tag of this name already."


class TagBusy(TasksError):
    """An earlier change of this tag has not reached all of its tasks."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "tag_busy"
    detail = "An earlier change of this tag has not reached all of its tasks yet; wait for its job."


class ViewTooLong(TasksError):
    """The query of a saved view that follows a tag would be too long."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "view_too_long"

    def __init__(self, name: str, *, most: int) -> None:
        super().__init__(
            f"The query of your view {name!r} would have more than {most:,} characters; shorten it first."
        )


class CannotUndo(TasksError):
    """Nothing was undone."""

    status: ClassVar[int] = 409


class NothingToUndo(CannotUndo):
    """The last change was not the caller's, or the log no longer has it."""

    code: ClassVar[str] = "nothing_to_undo"
    detail = "There is no change of yours that could be undone."


class ChangedSince(CannotUndo):
    """Undoing the change would overwrite a later one."""

    code: ClassVar[str] = "changed_since"
    detail = "What you changed has changed again since."


class SeriesChanged(CannotUndo):
    """The change of the series cannot be undone; the detail says why."""

    code: ClassVar[str] = "series_changed"
    detail = "It changed along with its series, by a change of another task; change the series instead."


class VersionMismatch(TasksError):
    """Somebody changed the task or saved view since the caller read it."""

    status: ClassVar[int] = 412
    code: ClassVar[str] = "version_mismatch"

    def __init__(self, version: int, *, what: str = "task") -> None:
        super().__init__(f'The {what} has changed since: it is at version "{version}". Read it again.')


class refusals:
    """Context manager: raise errors of `tasks_app/recurrence` as InvalidInput, at `field` or at their own field."""

    __slots__ = ("_field",)

    def __init__(self, field: str | None = None) -> None:
        self._field = field

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, rec.RecurrenceError):
            raise InvalidInput.of(self._field or error.field, error.code, error.detail) from None
