"""Adding, changing, snoozing and removing a reminder."""

from datetime import datetime

from accounts_app.models import User
from tasks_app.editing.change import Ask, Change, changing
from tasks_app.editing.draft import Draft, save
from tasks_app.errors import InvalidInput, ReminderClosed
from tasks_app.models import Reminder
from tasks_app.operations.reminders.assignment import (
    Wanted,
    add_reminder_row,
    check_echo,
    check_wanted,
    identity_of,
    resolve_wanted,
)
from tasks_app.operations.reminders.plan import MAX_REMINDERS, plan, take_off
from tasks_app.operations.series.templates import add_to_template
from tasks_app.operations.tasks import open_task
from tasks_app.operations.undo.series_states import series_state_of
from tasks_app.queries.reminders import reminder_of
from tasks_app.values.fields import ReminderInput
from tasks_app.values.schedules import series_of

Versions = frozenset[int] | None  # of the task, as its caller saw it; None: any


def add_reminder(
    task_id: int, given: ReminderInput, *, by: User, at: datetime, versions: Versions = None
) -> Reminder:
    """Add a reminder to a task, also to the template of its series if it is relative; plan it and return it.

    If the task has this reminder already, that one is returned. Raises TaskNotFound, VersionMismatch, InvalidInput.
    """
    with changing(by, at=at, ask=Ask(task_id)) as change:
        draft = open_task(change, task_id, versions=versions)
        wanted = resolve_wanted(change, draft, given)
        check_echo(given, {}, None)
        present = {identity_of(reminder): reminder for reminder in draft.reminders}
        if wanted.identity in present:
            return present[wanted.identity]
        if len(draft.reminders) >= MAX_REMINDERS:
            raise InvalidInput.of("reminders", "too_many", f"A task has at most {MAX_REMINDERS} reminders.")
        draft.series_before = series_state_of(draft.task)
        reminder = add_reminder_row(change, draft, wanted)
        _add_to_series(draft, reminder)
        save(change, draft)
        return reminder


def change_reminder(
    reminder_id: int, given: ReminderInput, *, by: User, at: datetime, versions: Versions = None
) -> Reminder:
    """Give a reminder another offset or instant, plan and return it.

    Raises ReminderNotFound, VersionMismatch, InvalidInput.
    """
    with changing(by, at=at) as change:
        draft, reminder = open_reminder(change, reminder_id, versions)
        wanted = resolve_wanted(change, draft, given)
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
    """Remove a reminder from its task and cancel its planned firing. Raises ReminderNotFound, VersionMismatch."""
    with changing(by, at=at) as change:
        draft, reminder = open_reminder(change, reminder_id, versions)
        take_off(draft, reminder)
        save(change, draft)


def snooze_reminder(
    reminder_id: int, *, until: datetime, by: User, at: datetime, versions: Versions = None
) -> Reminder:
    """Plan another firing of a reminder at `until` (aware) and return the reminder; its offset stays.

    Raises ReminderNotFound, VersionMismatch, InvalidInput for an instant that has passed, ReminderClosed if the task
    is done.
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


def _refuse_second(draft: Draft, wanted: Wanted) -> None:
    if any(identity_of(each) == wanted.identity for each in draft.reminders):
        field = wanted.given.field("offset" if wanted.offset else "at")
        raise InvalidInput.of(field, "duplicate", "The task has this reminder already.")


def open_reminder(change: Change, reminder_id: int, versions: Versions = None) -> tuple[Draft, Reminder]:
    """Return the draft of a reminder's task, opened as `open_task` does, and the reminder in it.

    Raises ReminderNotFound, VersionMismatch.
    """
    found = reminder_of(change.owner_id, reminder_id)
    draft = open_task(change, found.task_id, versions=versions)
    return draft, next(each for each in draft.reminders if each.pk == reminder_id)


def _add_to_series(draft: Draft, reminder: Reminder) -> None:
    """Add a relative reminder to the template of the series, so that coming occurrences have it too."""
    task = draft.task
    if task.recurrence is None or task.series_id is None or reminder.offset is None:
        return
    series = series_of(task)
    if add_to_template(draft, series, reminder):
        series.save(update_fields=["offsets"])
