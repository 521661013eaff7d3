"""Reminders of a task: adding, changing, snoozing, removing one; and the sweep that fires those that are due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db.models import F

from accounts_app.models import User
from accounts_app.zones import zone_of
from events_app.context import Actor, Provenance, acting
from events_app.contracts import ReminderDue
from events_app.crash import crash_point
from events_app.transactions import database_now, is_database_trouble
from events_app.writing import Log, record_across, writing_many
from tasks_app import reminder_words
from tasks_app.errors import InvalidInput, ReminderClosed
from tasks_app.fields import ReminderInput
from tasks_app.models import Reminder, Series, Task
from tasks_app.operations.apart import apart
from tasks_app.operations.changes import Change, Draft, changing, draft_of, save
from tasks_app.operations.planning import (
    MAX_REMINDERS,
    Wanted,
    add_reminder_row,
    check_echo,
    check_wanted,
    definite,
    identity_of,
    instant_of,
    plan,
    take_off,
)
from tasks_app.operations.replan import replan_draft
from tasks_app.operations.tasks import open_task
from tasks_app.queries.reminders import due_reminders, owners_with_due_reminders, reminder_of
from tasks_app.queries.tasks import FullTask

USERS_PER_TRANSACTION: Final = 200
FIRINGS_PER_TRANSACTION: Final = 500
LATE: Final = timedelta(seconds=60)
Versions = frozenset[int] | None  # of the task, as its caller saw it; None: any
_SWEEP = Provenance(actor=Actor(type="system", id="reminders"))


def add_reminder(
    task_id: int, given: ReminderInput, *, by: User, at: datetime, versions: Versions = None
) -> Reminder:
    """Put one more reminder on a task, and on the template of its series if it is relative; plan it.

    Asked for one that the task has already, return that one. Raises TaskNotFound, VersionMismatch,
    InvalidInput.
    """
    with changing(by, at=at) as change:
        draft = open_task(change, task_id, versions=versions)
        wanted = definite(change, draft, given)
        check_echo(given, {}, None)
        present = {identity_of(reminder): reminder for reminder in draft.reminders}
        if wanted.identity in present:
            return present[wanted.identity]
        if len(draft.reminders) >= MAX_REMINDERS:
            raise InvalidInput.of("reminders", "too_many", f"A task has at most {MAX_REMINDERS} reminders.")
        reminder = add_reminder_row(change, draft, wanted)
        if _add_to_template(draft, reminder):
            draft.task.shared_version = draft.task.version + 1
        save(change, draft)
        return reminder


def change_reminder(
    reminder_id: int, given: ReminderInput, *, by: User, at: datetime, versions: Versions = None
) -> Reminder:
    """Give a reminder another offset or instant and plan it. Raises ReminderNotFound, VersionMismatch, InvalidInput."""
    with changing(by, at=at) as change:
        draft, reminder = open_reminder(change, reminder_id, versions)
        wanted = definite(change, draft, given)
        check_echo(given, {reminder.pk: reminder}, reminder)
        if wanted.identity != identity_of(reminder):
            _refuse_second(draft, wanted)
            check_wanted(change, draft, wanted)
            reminder.offset = wanted.offset.text if wanted.offset else None
            reminder.at, reminder.snoozed_until = wanted.at, None
            draft.touch(reminder)
            plan(change, draft, reminder, catches_up=True)
            save(change, draft)
        return reminder


def remove_reminder(reminder_id: int, *, by: User, at: datetime, versions: Versions = None) -> None:
    """Take a reminder off its task; what it had planned is cancelled. Raises ReminderNotFound, VersionMismatch."""
    with changing(by, at=at) as change:
        draft, reminder = open_reminder(change, reminder_id, versions)
        take_off(draft, reminder)
        save(change, draft)


def snooze_reminder(
    reminder_id: int, *, until: datetime, by: User, at: datetime, versions: Versions = None
) -> Reminder:
    """Plan a new firing of the same reminder at `until` (aware, ahead); later occurrences stay as they are.

    Raises ReminderNotFound, VersionMismatch, InvalidInput for an instant that has passed, ReminderClosed when
    the task is done.
    """
    with changing(by, at=at) as change:
        draft, reminder = open_reminder(change, reminder_id, versions)
        if until <= at:
            raise InvalidInput.of("until", "past", "This instant has passed.")
        if not draft.task.is_open:
            raise ReminderClosed
        until = until.replace(microsecond=0)
        if reminder.is_pending and reminder.fire_at != until:
            reminder.firing += 1
        reminder.snoozed_until = until
        plan(change, draft, reminder, catches_up=True)
        save(change, draft)
        return reminder


def fire_due_reminders() -> int:
    """Record `reminder.due` for every reminder whose instant has come; return how many fired.

    Any number of sweeps may run at once, late, early or twice: owners are locked, what is due is read again
    by the database's clock, and every instant is derived again from wall time and zone as they are now. An
    owner whose reminders fail is logged, counted, tried again by the next sweep, and holds up nobody.
    """
    with acting(_SWEEP):
        owners = owners_with_due_reminders(database_now())
        chunks = (owners[i : i + USERS_PER_TRANSACTION] for i in range(0, len(owners), USERS_PER_TRANSACTION))
        return sum(_fire_together_or_apart(chunk) for chunk in chunks)


def _fire_together_or_apart(owners: Sequence[int]) -> int:
    try:
        return _fire_for(owners)
    except Exception as error:  # the sweep must reach all owners, whatever one of them raises
        if is_database_trouble(error):
            raise
    return sum(apart("reminders", partial(_fire_for, [owner])) for owner in owners)


def _fire_for(owners: Sequence[int]) -> int:
    total = 0
    while True:
        with writing_many(owners) as logs:
            fired, is_through = _fire_locked(logs)
            crash_point("sweep.before_commit")
        crash_point("sweep.after_commit")
        total += fired
        if is_through:
            return total


def _fire_locked(logs: Mapping[int, Log]) -> tuple[int, bool]:
    now = database_now()
    due = due_reminders(list(logs), now).annotate(zone_name=F("owner__time_zone"))
    batch = list(due[:FIRINGS_PER_TRANSACTION])
    ready: dict[int, list[Reminder]] = {}
    for reminder in batch:
        instant = instant_of(reminder.task, reminder, zone_of(reminder.zone_name))
        if instant is not None and instant <= now and reminder.task.is_open:
            ready.setdefault(reminder.owner_id, []).append(reminder)
        else:
            _replan(reminder)
    fire_together({logs[owner_id]: reminders for owner_id, reminders in ready.items()}, now=now)
    return sum(map(len, ready.values())), len(batch) < FIRINGS_PER_TRANSACTION


def fire_together(ready: Mapping[Log, Sequence[Reminder]], *, now: datetime) -> None:
    """Mark and record that reminders of locked owners fire, for many owners in as many statements as for one."""
    for reminder in (each for reminders in ready.values() for each in reminders):
        assert reminder.fire_at is not None  # noqa: S101 - the database demands it of pending ones
        reminder.late = now - reminder.fire_at > LATE
    for late in (False, True):
        ids = [each.pk for reminders in ready.values() for each in reminders if each.late == late]
        if ids:
            Reminder.objects.filter(pk__in=ids).update(
                status=Reminder.Status.FIRED, fired_at=now, late=late, snoozed_until=None
            )
    record_across({log: [_due_now(each, now) for each in reminders] for log, reminders in ready.items()})


def _due_now(reminder: Reminder, now: datetime) -> ReminderDue:
    assert reminder.fire_at is not None  # noqa: S101 - the database demands it of pending ones
    return reminder_words.due(reminder.task, reminder, remind_at=reminder.fire_at, told_at=now)


def _replan(reminder: Reminder) -> None:
    """Its zone has changed and the job that plans everything again has not come to it yet."""
    with changing(reminder.owner_id) as change:
        # Read whole, and again: another reminder of the same task may just have changed it.
        replan_draft(change, draft_of(Task.objects.get(pk=reminder.task_id)))


def _refuse_second(draft: Draft, wanted: Wanted) -> None:
    if any(identity_of(each) == wanted.identity for each in draft.reminders):
        field = wanted.given.field("offset" if wanted.offset else "at")
        raise InvalidInput.of(field, "duplicate", "The task has this reminder already.")


def open_reminder(change: Change, reminder_id: int, versions: Versions = None) -> tuple[Draft, Reminder]:
    """Open the task of a reminder for changes, its series settled first.

    Raises ReminderNotFound, VersionMismatch.
    """
    found = reminder_of(change.owner_id, reminder_id)
    draft = open_task(change, found.task_id, versions=versions)
    return draft, next(each for each in draft.reminders if each.pk == reminder_id)


def _add_to_template(draft: FullTask, reminder: Reminder) -> bool:
    """Have what comes remind alike, if the reminder is relative; return whether the series changed by it."""
    task = draft.task
    if task.recurrence is None or task.series_id is None or reminder.offset is None:
        return False
    series = Series.objects.get(pk=task.series_id)
    if reminder.offset in series.offsets:
        return False
    series.offsets = [*series.offsets, reminder.offset]
    series.save(update_fields=["offsets"])
    return True
