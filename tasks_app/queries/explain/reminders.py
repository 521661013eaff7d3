"""What each reminder of a task did or will do, and why."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from accounts_app.models import User
from accounts_app.preferences.quiet_hours import find_quiet_end
from tasks_app.models import ExcludedSlot, Priority, Reminder, Task
from tasks_app.queries.explain.ledger import LedgerEntry, reason_text, shown_at, was_fired
from tasks_app.values.rows import Row, instant_text, reminder_row


def reminder_reasons(task: Task, user: User, ledger: Sequence[LedgerEntry], *, now: datetime) -> list[Row]:
    """Return the reminders of a task, those taken off it too, each with `why` in sentences."""
    teller = _Teller(task, user, ledger, now)
    reminders = Reminder.objects.filter(task=task).order_by("id")
    return [
        {
            **reminder_row(each),
            "firing": each.firing,
            "snoozed_until": instant_text(each.snoozed_until),
            "fired_at": instant_text(each.fired_at),
            "removed": each.removed,
            "why": teller.explain(each),
        }
        for each in reminders
    ]


class _Teller:
    """Says what becomes of the reminders of one task."""

    def __init__(self, task: Task, user: User, ledger: Sequence[LedgerEntry], now: datetime) -> None:
        self.task, self.user, self.ledger, self.now = task, user, ledger, now

    def explain(self, reminder: Reminder) -> list[str]:
        """Return sentences: what counts, what happened or will, and what becomes of the notification."""
        if reminder.status == Reminder.Status.CANCELLED:
            return [_counts(reminder), f"It does not fire: {self._reason(reminder)}."]
        if reminder.status == Reminder.Status.FIRED:
            return [_counts(reminder), self._fired(reminder), self._notification_state(reminder)]
        return [_counts(reminder), *self._will(reminder)]

    def _reason(self, reminder: Reminder) -> str:
        if reminder.reason == Reminder.Reason.DELETED and self._was_skipped:
            return "the occurrence was skipped"
        return reason_text(reminder.reason)

    @cached_property
    def _was_skipped(self) -> bool:
        slot = ExcludedSlot.objects.filter(series=self.task.series_id, slot=self.task.occurrence or "")
        return slot.filter(reason=ExcludedSlot.Reason.SKIPPED).exists()

    def _will(self, reminder: Reminder) -> list[str]:
        assert reminder.fire_at is not None  # noqa: S101 - the database demands it of pending ones
        channels = " and ".join(self.user.channels) or "no channel"
        if reminder.fire_at <= self.now:
            return ["Its instant has come: the next sweep fires it."]
        said = [f"It fires at {instant_text(reminder.fire_at)} and tells you by {channels}."]
        released = self._released(reminder.fire_at)
        if released > reminder.fire_at:
            said.append(f"Your quiet hours hold the notification until {instant_text(released)}.")
        return said

    def _fired(self, reminder: Reminder) -> str:
        fired_at = instant_text(_whole(reminder.fired_at))
        if reminder.late:
            return f"It fired late, at {fired_at}: nothing ran that could fire it at {instant_text(reminder.fire_at)}."
        return f"It fired at {fired_at}."

    def _notification_state(self, reminder: Reminder) -> str:
        assert reminder.fired_at is not None  # noqa: S101 - the database demands it of fired ones
        told = shown_at(self.ledger, reminder)
        if told is not None:
            return f"You were told at {told}."
        if not self.task.is_open:
            how = "deleted" if self.task.deleted_at is not None else "completed"
            return f"The notification was not shown before the task was {how}, and is suppressed."
        released = self._released(reminder.fired_at)
        if released > self.now:
            return f"Your quiet hours hold the notification until {instant_text(released)}."
        if was_fired(self.ledger, reminder):
            return "Its notification is on its way."
        return "The log no longer holds what became of its notification."

    def _released(self, instant: datetime) -> datetime:
        if self.task.priority == Priority.URGENT:
            return instant
        quiet_end = find_quiet_end(instant, zone=self.user.zone, hours=self.user.quiet_hours)
        return quiet_end or instant


def _counts(reminder: Reminder) -> str:
    if reminder.snoozed_until is not None:
        return f"It was snoozed until {instant_text(reminder.snoozed_until)}."
    if reminder.offset is not None:
        return f"It counts {reminder.offset} from the due."
    return f"It is set for {instant_text(reminder.at)}, whatever the due."


def _whole(instant: datetime | None) -> datetime | None:
    return instant.replace(microsecond=0) if instant is not None else None
