"""What people do: each act draws one call of the API, or returns None when there is no row for it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from django.db.models import QuerySet

from tasks_app.models import Reminder, Series, Tag, Task
from todo_project.simulation.bodies import Bodies, Body

TASKS: Final = "/api/tasks/"
MOST_TASKS: Final = 12
_T = TypeVar("_T")
SCOPES: Final = ("", "?scope=this", "?scope=future", "?scope=all")
# A body with one of these fields sets when the task is due, and so whether a rule is possible.
OF_SCHEDULE: Final = frozenset({"due_at", "due_on", "due_date", "time_zone", "floating", "recurrence"})


@dataclass(frozen=True)
class Call:
    """One call of the API."""

    method: str
    path: str
    body: Body | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.content}".rstrip()

    @property
    def content(self) -> str:
        """Return the body as it is sent."""
        return "" if self.body is None else json.dumps(self.body)

    def has_named(self, field: str) -> bool:
        """Whether the call named anything that an error about `field` may refer to."""
        named, field = set(self.body or ()), field.partition("[")[0].partition(".")[0]
        if field in OF_SCHEDULE:
            return not OF_SCHEDULE.isdisjoint(named)
        return field in named or f"/{field}/" in self.path


class Caller(Protocol):
    """What an act needs from the acting person."""

    user_id: int
    bodies: Bodies

    def pick(self, rows: "QuerySet[Any]") -> int | None:
        """Return the id of one of these rows, or None."""

    def choose(self, values: Sequence[_T]) -> _T:
        """Return one of these."""


Act = Callable[[Caller], Call | None]


def _create(caller: Caller) -> Call | None:
    """Create a task, or delete one when there are many."""
    if _live(caller).count() >= MOST_TASKS:
        return _delete(caller)
    return Call("POST", TASKS, caller.bodies.new_task())


def _toggle(caller: Caller) -> Call | None:
    """Complete or reopen a task."""
    return _of_task(caller, "PATCH", "complete/")


def _complete(caller: Caller) -> Call | None:
    """Complete an open task."""
    return _of(caller.pick(_live(caller).filter(completed_at=None)), "PUT", "tasks", "completion/")


def _complete_missed(caller: Caller) -> Call | None:
    """Complete a missed occurrence."""
    missed = _all(caller).filter(missed_at__isnull=False, completed_at=None)
    return _of(caller.pick(missed), "PUT", "tasks", "completion/")


def _reopen(caller: Caller) -> Call | None:
    """Reopen a completed task."""
    return _of(
        caller.pick(_live(caller).filter(completed_at__isnull=False)), "DELETE", "tasks", "completion/"
    )


def _edit(caller: Caller) -> Call | None:
    """Change texts and tags, of one occurrence or of more."""
    return _of_task(caller, "PATCH", caller.choose(SCOPES), caller.bodies.words())


def _revise(caller: Caller) -> Call | None:
    """Change due, rule or reminders, of one occurrence or of more."""
    return _of_task(caller, "PATCH", caller.choose(SCOPES), caller.bodies.times())


def _reduce(caller: Caller) -> Call | None:
    """Remove due, rule or reminders."""
    return _of_task(caller, "PATCH", caller.choose(SCOPES), caller.bodies.less())


def _delete(caller: Caller) -> Call | None:
    """Delete a task, sometimes with all following occurrences."""
    return _of_task(caller, "DELETE", caller.choose((*SCOPES[:1] * 2, *SCOPES[1:])))


def _skip(caller: Caller) -> Call | None:
    """Skip one occurrence."""
    return _of(caller.pick(_live(caller).filter(series__isnull=False)), "POST", "tasks", "skip/")


def _detach(caller: Caller) -> Call | None:
    """Detach one occurrence from its series."""
    return _of(caller.pick(_live(caller).filter(series__isnull=False)), "POST", "tasks", "detach/")


def _undo(caller: Caller) -> Call | None:
    """Undo the last change, also a deletion or an undo."""
    return _of(caller.pick(_all(caller)), "POST", "tasks", "undo/")


def _restore(caller: Caller) -> Call | None:
    """Restore a task from the trash."""
    return _of(caller.pick(_all(caller).filter(deleted_at__isnull=False)), "POST", "tasks", "restore/")


def _add_reminder(caller: Caller) -> Call | None:
    """Add a reminder."""
    return _of_task(caller, "POST", "reminders/", caller.bodies.reminder())


def _change_reminder(caller: Caller) -> Call | None:
    """Move a reminder."""
    return _of(caller.pick(_reminders(caller)), "PATCH", "reminders", body=caller.bodies.reminder())


def _remove_reminder(caller: Caller) -> Call | None:
    """Delete a reminder."""
    return _of(caller.pick(_reminders(caller)), "DELETE", "reminders")


def _snooze(caller: Caller) -> Call | None:
    """Snooze a reminder."""
    body = {"minutes": caller.choose((1, 10, 600, 60 * 24 * 40))}
    return _of(caller.pick(_reminders(caller)), "POST", "reminders", "snooze/", body)


def _change_series(caller: Caller) -> Call | None:
    """Change a series by its id."""
    return _of(caller.pick(_series(caller)), "PATCH", "series", body=caller.bodies.series())


def _end_series(caller: Caller) -> Call | None:
    """End a series: cancel it, delete it, or remove its rule."""
    series = caller.pick(_series(caller))
    ways = (("POST", "cancel/", None), ("DELETE", "", None), ("PATCH", "", {"recurrence": None}))
    method, verb, body = caller.choose(ways)
    return _of(series, method, "series", verb, body)


def _change_many(caller: Caller) -> Call | None:
    """Send several changes in one call, atomic or not."""
    task = caller.pick(_live(caller))
    if task is None:
        return None
    operations: list[Body] = [{"op": "update", "id": task, "fields": caller.bodies.times()}]
    operations += [{"op": caller.choose(("complete", "reopen", "delete")), "id": task}]
    body = {"operations": operations, "atomic": caller.choose((True, False))}
    return Call("POST", "/api/tasks/bulk/", body)


def _change_tag(caller: Caller) -> Call | None:
    """Rename or delete a tag."""
    tag = caller.pick(Tag.objects.filter(owner_id=caller.user_id, retired_at=None))
    name = caller.choose(("home", "work", "garden", "office"))
    method, body = caller.choose((("PATCH", {"name": name}), ("DELETE", None)))
    return _of(tag, method, "tags", body=body)


def _change_preferences(caller: Caller) -> Call | None:
    """Change zone, quiet hours or first day of the week."""
    return Call("PATCH", "/api/auth/me/", caller.bodies.preferences())


def _read(caller: Caller) -> Call | None:
    """Read an explanation, past and coming occurrences, or the summary."""
    asked: tuple[Call | None, ...] = (
        _of(caller.pick(_all(caller)), "GET", "tasks", "explain/"),
        _of(caller.pick(_series(caller)), "GET", "series", "occurrences/?past=true&n=5"),
        Call("GET", "/api/tasks/summary/"),
    )
    return caller.choose(asked)


# Each act with its weight.
ACTS: Final[Mapping[Act, float]] = {
    _create: 3.0,
    _toggle: 2.0,
    _complete: 4.0,
    _complete_missed: 0.5,
    _reopen: 0.7,
    _edit: 1.5,
    _revise: 4.0,
    _reduce: 0.5,
    _delete: 1.0,
    _skip: 0.7,
    _detach: 0.4,
    _undo: 2.0,
    _restore: 1.0,
    _add_reminder: 1.0,
    _change_reminder: 0.5,
    _remove_reminder: 0.3,
    _snooze: 0.6,
    _change_series: 1.5,
    _end_series: 0.3,
    _change_many: 0.4,
    _change_tag: 0.2,
    _change_preferences: 0.7,
    _read: 0.7,
}


def closing_calls(caller: Caller) -> list[Call]:
    """Return calls that read, complete and move every row: nothing that was accepted may make one of them fail."""
    calls = [Call("GET", f"/api/tasks/{pk}/explain/") for pk in _ids(_all(caller))]
    calls += [Call("GET", f"/api/series/{pk}/occurrences/?past=true") for pk in _ids(_series(caller))]
    calls += [
        Call("PATCH", "/api/auth/me/", {"time_zone": zone}) for zone in ("Asia/Tokyo", "America/New_York")
    ]
    open_ones = _live(caller).filter(completed_at=None)
    return calls + [Call("PUT", f"/api/tasks/{pk}/completion/") for pk in _ids(open_ones)]


def _of_task(caller: Caller, method: str, verb: str = "", body: Body | None = None) -> Call | None:
    return _of(caller.pick(_live(caller)), method, "tasks", verb, body)


def _of(pk: int | None, method: str, nouns: str, verb: str = "", body: Body | None = None) -> Call | None:
    return None if pk is None else Call(method, f"/api/{nouns}/{pk}/{verb}", body)


def _all(caller: Caller) -> "QuerySet[Task]":
    return Task.objects.filter(owner_id=caller.user_id, withdrawn=False)


def _live(caller: Caller) -> "QuerySet[Task]":
    return _all(caller).filter(deleted_at=None)


def _reminders(caller: Caller) -> "QuerySet[Reminder]":
    on_live_tasks = Reminder.objects.filter(task__deleted_at=None, task__withdrawn=False)
    return on_live_tasks.filter(owner_id=caller.user_id, removed=False)


def _series(caller: Caller) -> "QuerySet[Series]":
    return Series.objects.filter(owner_id=caller.user_id)


def _ids(rows: "QuerySet[Any]") -> list[int]:
    return list(rows.order_by("id").values_list("id", flat=True))
