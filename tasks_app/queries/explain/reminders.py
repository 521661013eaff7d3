"""Whether and when each reminder of a task fires, and why."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from accounts_app.models import User
from accounts_app.preferences.quiet_hours import find_quiet_end
from tasks_app.models import ExcludedSlot, Priority, Reminder, Task
from tasks_app.queries.explain.ledger import LedgerEntry, reason_text, shown_at, was_fired
from tasks_app.values.rows import Row, instant_text, reminder_row, second_text


def reminder_reasons(task: Task, user: User, ledger: Sequence[LedgerEntry], *, now: datetime) -> list[Row]:
    """Return the reminders of a task, also removed ones, each with its reasons as sentences (`why`)."""
    explainer = _ReminderExplainer(task, user, ledger, now)
    reminders = Reminder.objects.filter(task=task).order_by("id")
    return [
        {
            **reminder_row(each),
            "firing": each.firing,
            "snoozed_until": instant_text(each.snoozed_until),
            "fired_at": instant_text(each.fired_at),
            "removed": each.removed,
            "why": explainer.explain(each),
        }
        for each in reminders
    ]


class _ReminderExplainer:
    """Explains the reminders of one task to its owner."""

    def __init__(self, task: Task, user: User, ledger: Sequence[LedgerEntry], now: datetime) -> None:
        self.task, self.user, self.ledger, self.now = task, user, ledger, now

    def explain(self, reminder: Reminder) -> list[str]:
        """Return sentences: what a reminder counts from, whether it fires, what becomes of its notification."""
        if reminder.status == Reminder.Status.CANCELLED:
            return [_timing_sentence(reminder), f"It does not fire: {self._reason(reminder)}."]
        if reminder.status == Reminder.Status.FIRED:
            return [
                _timing_sentence(reminder),
                self._firing_sentence(reminder),
                self._notification_sentence(reminder),
            ]
        return [_timing_sentence(reminder), *self._plan_sentences(reminder)]

    def _reason(self, reminder: Reminder) -> str:
        if reminder.reason == Reminder.Reason.DELETED and self._was_skipped:
            return "the occurrence was skipped"
        return reason_text(reminder.reason)

    @cached_property
    def _was_skipped(self) -> bool:
        slot = ExcludedSlot.objects.filter(series=self.task.series_id, slot=self.task.occurrence or "")
        return slot.filter(reason=ExcludedSlot.Reason.SKIPPED).exists()

    def _plan_sentences(self, reminder: Reminder) -> list[str]:
        assert reminder.fire_at is not None  # noqa: S101 - the database demands it of pending ones
        channels = " and ".join(self.user.channels) or "no channel"
        if reminder.fire_at <= self.now:
            return ["Its instant has come: the next sweep fires it."]
        sentences = [f"It fires at {instant_text(reminder.fire_at)} and tells you by {channels}."]
        released_at = self._release_instant(reminder.fire_at)
        if released_at > reminder.fire_at:
            sentences.append(f"Your quiet hours hold the notification until {instant_text(released_at)}.")
        return sentences

    def _firing_sentence(self, reminder: Reminder) -> str:
        fired_at = second_text(reminder.fired_at)
        if reminder.late:
            return f"It fired late, at {fired_at}: nothing ran that could fire it at {instant_text(reminder.fire_at)}."
        return f"It fired at {fired_at}."

    def _notification_sentence(self, reminder: Reminder) -> str:
        assert reminder.fired_at is not None  # noqa: S101 - the database demands it of fired ones
        shown = shown_at(self.ledger, reminder)
        if shown is not None:
            return f"You were told at {shown}."
        if not self.task.is_open:
            how = "deleted" if self.task.deleted_at is not None else "completed"
            return f"The notification was not shown before the task was {how}, and is suppressed."
        released_at = self._release_instant(reminder.fired_at)
        if released_at > self.now:
            return f"Your quiet hours hold the notification until {instant_text(released_at)}."
        if was_fired(self.ledger, reminder):
            return "Its notification is on its way."
        return "The log no longer holds what became of its notification."

    def _release_instant(self, instant: datetime) -> datetime:
        """Return when the notification of a firing at `instant` may be sent: after the user's quiet hours."""
        if self.task.priority == Priority.URGENT:
            return instant
        quiet_end = find_quiet_end(instant, zone=self.user.zone, hours=self.user.quiet_hours)
        return quiet_end or instant


def _timing_sentence(reminder: Reminder) -> str:
    if reminder.snoozed_until is not None:
        return f"It was snoozed until {instant_text(reminder.snoozed_until)}."
    if reminder.offset is not None:
        return f"It counts {reminder.offset} from the due."
    return f"It is set for {instant_text(reminder.at)}, whatever the due."
