"""Planning and cancelling the reminders of a task. Called inside `changing`."""

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft
from tasks_app.models import Reminder
from tasks_app.operations.reminders.payloads import Notice
from tasks_app.values.dues import HasDue, due_of

MAX_REMINDERS = 20


def plan_all(change: Change, draft: Draft, *, catches_up: bool, drops_snooze: bool = False) -> None:
    """Plan every reminder of a task again, as `plan` does; `drops_snooze` ends the snoozing of relative ones."""
    for reminder in draft.reminders:
        if drops_snooze and reminder.offset is not None:
            reminder.snoozed_until = None
        plan(change, draft, reminder, catches_up=catches_up)


def plan(change: Change, draft: Draft, reminder: Reminder, *, catches_up: bool) -> None:
    """Plan one reminder from its task as it is now; nothing is refused.

    A reminder whose instant has passed fires now if a person set it (`catches_up`) and the task is not overdue;
    otherwise it is cancelled. A fired reminder stays fired, unless its new instant lies ahead. A reminder that cannot
    be planned is cancelled: without a due, outside the calendar, or beyond the 20 of a task (from a template).
    """
    reason = _reason_against(draft, reminder)
    instant = None if reason else instant_of(draft.task, reminder, change.zone)
    if reason or instant is None:
        cancel(draft, reminder, reason or _reason_without_instant(draft))
    elif instant > change.at:
        schedule(draft, reminder, instant)
    elif reminder.status == Reminder.Status.FIRED or (reminder.is_pending and reminder.fire_at == instant):
        return
    elif catches_up and _is_due_ahead(draft, change.at):
        schedule(draft, reminder, change.at.replace(microsecond=0))
    else:
        cancel(draft, reminder, Reminder.Reason.PAST)


def schedule(draft: Draft, reminder: Reminder, instant: datetime) -> None:
    """Plan a firing at an instant and add its notice; after a reminder has fired, that is its next firing."""
    if reminder.is_pending and reminder.fire_at == instant:
        return
    if reminder.status == Reminder.Status.FIRED:
        reminder.firing += 1
    reminder.status, reminder.reason, reminder.fire_at = Reminder.Status.PENDING, "", instant
    reminder.late, reminder.fired_at = False, None
    draft.touch(reminder)
    draft.notices.append(Notice(reminder, instant))


def cancel_all(draft: Draft, reason: Reminder.Reason) -> None:
    """Cancel the planned firings of all reminders of a task."""
    for reminder in draft.reminders:
        cancel(draft, reminder, reason)


def cancel(draft: Draft, reminder: Reminder, reason: Reminder.Reason) -> None:
    """Cancel a planned firing and add its notice; a cancelled reminder gets the newer reason."""
    if reminder.status == Reminder.Status.FIRED or reminder.reason == reason:
        return
    if reminder.status == Reminder.Status.PENDING:
        assert reminder.fire_at is not None  # noqa: S101 - the database demands it of pending ones
        draft.notices.append(Notice(reminder, reminder.fire_at, reason.value))
    reminder.status, reminder.reason = Reminder.Status.CANCELLED, reason
    draft.touch(reminder)


def take_off(draft: Draft, reminder: Reminder) -> None:
    """Remove a reminder from its task; the row stays as history."""
    cancel(draft, reminder, Reminder.Reason.REMOVED)
    reminder.removed = True
    draft.reminders = [each for each in draft.reminders if each is not reminder]
    draft.touch(reminder)


class Timing(Protocol):
    """The columns of a reminder that say when it fires."""

    @property
    def offset(self) -> str | None: ...
    @property
    def at(self) -> datetime | None: ...
    @property
    def snoozed_until(self) -> datetime | None: ...


def instant_of(task: HasDue, reminder: Timing, zone: ZoneInfo) -> datetime | None:
    """Return the instant at which a reminder fires, derived from wall time and zone as they are now.

    None if there is no due to count from, or the instant lies outside the calendar.
    """
    if reminder.snoozed_until is not None:
        return reminder.snoozed_until
    if reminder.offset is None:
        return reminder.at
    due = due_of(task)
    if due is None:
        return None
    try:
        return rec.fire_at(due, rec.load_offset(reminder.offset), zone)
    except rec.RecurrenceError:
        return None


def _reason_against(draft: Draft, reminder: Reminder) -> Reminder.Reason | None:
    if not draft.task.is_live:
        return Reminder.Reason.MISSED if draft.task.is_missed else Reminder.Reason.DELETED
    if draft.task.completed_at:
        return Reminder.Reason.COMPLETED
    within = draft.reminders[:MAX_REMINDERS]
    is_surplus = len(draft.reminders) > MAX_REMINDERS and all(each is not reminder for each in within)
    return Reminder.Reason.TOO_MANY if is_surplus else None


def _reason_without_instant(draft: Draft) -> Reminder.Reason:
    has_due = draft.task.due_date is not None
    return Reminder.Reason.OUT_OF_RANGE if has_due else Reminder.Reason.NO_DUE


def _is_due_ahead(draft: Draft, now: datetime) -> bool:
    return draft.task.overdue_at is not None and now < draft.task.overdue_at
