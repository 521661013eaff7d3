"""Every operation on a series while its consumer is behind, and what is left in the end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Barrier
from typing import Any

from django.db import connections

from accounts_app.models import User
from foundation.context import Actor, Provenance, use_provenance
from tasks_app import recurrence as rec
from tasks_app.models import ExcludedSlot, MissedSlots, Series, Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.operations.reminders.edit import add_reminder
from tasks_app.operations.series.by_number import change_series
from tasks_app.operations.series.departures import detach_task, skip_occurrence
from tasks_app.operations.series.rules import cancel_series, delete_series
from tasks_app.operations.tasks import delete_task, update_task
from tasks_app.operations.trash.trash import restore_task
from tasks_app.operations.undo.undo import undo_change
from tasks_app.tests.helpers import at, consume, live, make_task, offset
from tasks_app.values.fields import AtInstant, Scope, TaskFields, Terms

DONE = at("2030-09-16T08:00+00:00")
NOW = at("2030-09-17T00:00+00:00")
DAILY = rec.parse_recurrence("FREQ=DAILY")

Act = Callable[[Task, User], object]


@dataclass(frozen=True)
class Race:
    """An operation, and what comes before it: a task with an event that its consumer has not applied."""

    prepare: Callable[[User], Task]
    act: Act


def completed(user: User, rule: str = "weekly") -> Task:
    """A done occurrence whose successor nobody has made yet."""
    task = make_task(
        user, due="2030-09-16T08:00", time_zone="UTC", recurrence=rule, reminders=["1h"], tags=("home",)
    )
    complete_task(task.pk, by=user, at=DONE)
    return task


def last_completed(user: User) -> Task:
    """The same, and it is the last of its series."""
    return completed(user, "FREQ=WEEKLY;COUNT=1")


def reopened(user: User) -> Task:
    """An open occurrence whose completion is still on its way to the consumer."""
    task = completed(user)
    reopen_task(task.pk, by=user, at=DONE)
    return task


def deleted(user: User) -> Task:
    """A deleted occurrence whose successor was done, with no successor of that yet."""
    completed(user)
    consume(user)
    second = live(user)[1]
    delete_task(second.pk, by=user, at=NOW)
    complete_task(live(user)[1].pk, by=user, at=NOW)
    return second


def deleted_with_untouched_successor(user: User) -> Task:
    """A deleted occurrence before a successor that stands aside; an old completion is on its way."""
    task = reopened(user)
    delete_task(task.pk, by=user, at=NOW)
    return task


def by_owner(act: Act) -> Act:
    """As when the owner asks for it: what is undone is the caller's own change."""

    def acted(task: Task, user: User) -> object:
        with use_provenance(Provenance(actor=Actor(type="user", id=str(user.pk)))):
            return act(task, user)

    return acted


def own(prepare: Callable[[User], Task]) -> Callable[[User], Task]:
    """What comes before, done by the owner as well."""

    def prepared(user: User) -> Task:
        with use_provenance(Provenance(actor=Actor(type="user", id=str(user.pk)))):
            return prepare(user)

    return prepared


def after(prepare: Callable[[User], Task], act: Act) -> Callable[[User], Task]:
    """What comes before, and an own change after it that is to be undone."""

    def prepared(user: User) -> Task:
        task = prepare(user)
        act(task, user)
        return task

    return own(prepared)


def done_alone(user: User) -> Task:
    """A done task that does not recur; its completion is on its way to a consumer that does not want it."""
    task = make_task(user, due="2030-09-16T08:00", time_zone="UTC")
    complete_task(task.pk, by=user, at=DONE)
    return task


def open_alone(user: User) -> Task:
    """An open task that does not recur."""
    return make_task(user, due="2030-09-16T08:00", time_zone="UTC")


def detach(task: Task, user: User) -> object:
    """Take an occurrence out of its series."""
    return detach_task(task.pk, by=user, at=NOW)


def cancel(task: Task, user: User) -> object:
    """End the series of an occurrence."""
    return cancel_series(series_id(task), by=user, at=NOW)


def restore(task: Task, user: User) -> object:
    """Take an occurrence out of the trash."""
    return restore_task(task.pk, by=user, at=NOW)


def remind(task: Task, user: User) -> object:
    """Put one more reminder on an occurrence and on what comes after it."""
    return add_reminder(task.pk, offset("2h"), by=user, at=NOW)


undo = by_owner(lambda task, user: undo_change(task.pk, by=user, at=NOW))


def series_id(task: Task) -> int:
    assert task.series_id is not None
    return task.series_id


def edit(fields: TaskFields, scope: Scope | None = None) -> Act:
    return lambda task, user: update_task(task.pk, fields, by=user, at=NOW, terms=Terms(scope=scope))


def delete(scope: Scope | None = None) -> Act:
    return lambda task, user: delete_task(task.pk, by=user, at=NOW, terms=Terms(scope=scope))


TITLE = TaskFields(title="Mine")
MOVED = TaskFields(due=AtInstant(at("2030-09-18T09:00+00:00")))
CHANGED_SERIES = TaskFields(title="All", recurrence=DAILY)
BEGUN_AND_DONE = TaskFields(recurrence=DAILY, completed=True)

RACES: dict[str, Race] = {
    "edit": Race(completed, edit(TITLE)),
    "edit the last": Race(last_completed, edit(TITLE)),
    "edit a reopened one": Race(reopened, edit(TITLE)),
    "move a reopened one": Race(reopened, edit(MOVED)),
    "edit all": Race(reopened, edit(TITLE, Scope.ALL)),
    "move all": Race(reopened, edit(MOVED, Scope.ALL)),
    "change the series": Race(
        completed, lambda task, user: change_series(series_id(task), CHANGED_SERIES, by=user, at=NOW)
    ),
    "split": Race(reopened, edit(TaskFields(recurrence=DAILY))),
    "edit the future": Race(reopened, edit(TITLE, Scope.FUTURE)),
    "end the recurrence": Race(reopened, edit(TaskFields(recurrence=None))),
    "complete again": Race(completed, lambda task, user: complete_task(task.pk, by=user, at=NOW)),
    "complete a reopened one": Race(reopened, lambda task, user: complete_task(task.pk, by=user, at=DONE)),
    "reopen": Race(completed, lambda task, user: reopen_task(task.pk, by=user, at=NOW)),
    "reopen the last": Race(last_completed, lambda task, user: reopen_task(task.pk, by=user, at=NOW)),
    "skip": Race(reopened, lambda task, user: skip_occurrence(task.pk, by=user, at=NOW)),
    "detach": Race(completed, detach),
    "detach a reopened one": Race(reopened, detach),
    "delete": Race(completed, delete()),
    "delete a reopened one": Race(reopened, delete()),
    "delete the future": Race(reopened, delete(Scope.FUTURE)),
    "delete all": Race(completed, delete(Scope.ALL)),
    "delete the series": Race(
        completed, lambda task, user: delete_series(series_id(task), by=user, at=NOW)
    ),
    "cancel the series": Race(completed, cancel),
    "restore": Race(deleted, restore),
    "restore before an untouched one": Race(deleted_with_untouched_successor, restore),
    "undo a completion": Race(own(completed), undo),
    "undo a reopening": Race(own(reopened), undo),
    "undo a deletion": Race(own(deleted), undo),
    "undo a deletion before an untouched one": Race(own(deleted_with_untouched_successor), undo),
    "undo the end of recurring": Race(after(reopened, edit(TaskFields(recurrence=None))), undo),
    "undo a cancelling": Race(after(reopened, cancel), undo),
    "undo a split": Race(after(reopened, edit(TaskFields(recurrence=DAILY))), undo),
    "undo an edit of the future": Race(after(reopened, edit(TITLE, Scope.FUTURE)), undo),
    "undo another rule for all": Race(after(reopened, edit(CHANGED_SERIES, Scope.ALL)), undo),
    "undo a move of all": Race(after(reopened, edit(MOVED, Scope.ALL)), undo),
    "undo a beginning": Race(after(open_alone, edit(BEGUN_AND_DONE)), undo),
    "undo a beginning of a done one": Race(after(done_alone, edit(TaskFields(recurrence=DAILY))), undo),
    "undo a leaving": Race(after(reopened, detach), undo),
    "undo a leaving of a done one": Race(after(completed, detach), undo),
    "undo one reminder more": Race(after(completed, remind), undo),
    "add a reminder": Race(completed, remind),
}  # fmt: skip


def together(*functions: Callable[[], object]) -> None:
    """Run functions at the same moment, each with a connection of its own."""
    barrier = Barrier(len(functions))

    def run(function: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=10)
            function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        for outcome in [pool.submit(run, function) for function in functions]:
            outcome.result(timeout=30)


def final_state(user: User) -> dict[str, list[Any]]:
    """What is left of the user's series, ids and the moments of rows aside."""
    tasks = Task.objects.filter(owner=user).select_related("series", "follows")
    return {
        "tasks": sorted((_told(task) for task in tasks), key=str),
        "series": sorted(
            Series.objects.filter(owner=user).values_list("rule", "start", "title", "end_reason")
        ),
        "excluded": sorted(ExcludedSlot.objects.filter(series__owner=user).values_list("slot", "reason")),
        "missed": sorted(row.slots for row in MissedSlots.objects.filter(series__owner=user)),
    }


def _told(task: Task) -> tuple[object, ...]:
    reminders = task.reminders.order_by("offset").values_list("offset", "status", "reason", "fire_at")
    return (
        task.occurrence,
        task.series.start if task.series else None,
        task.follows.occurrence if task.follows else None,
        (task.title, task.version, task.due_instant, task.recurrence),
        (_moment(task.completed_at), task.deleted_at is None, task.withdrawn),
        tuple(reminders),
    )


def _moment(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""
