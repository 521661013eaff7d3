"""The events of a task's reminders in the log: the answer to "why was I (not) notified?"."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from events_app.contracts import RecordedEvent
from events_app.log.history import notices_of_task
from tasks_app.models import Reminder
from tasks_app.values.rows import Row, second_text

_MAX_ENTRIES: Final = 200
PLANNED, FIRED, CANCELLED, _SHOWN = "planned", "fired", "cancelled", "shown"
_WHAT: Final = {
    "reminder.scheduled": PLANNED,
    "reminder.due": FIRED,
    "reminder.cancelled": CANCELLED,
    "notification.created": _SHOWN,
}


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One event of a firing, as the API answers it."""

    at: str | None
    what: str
    reminder_id: int | None
    firing: int | None
    fire_at: str | None
    reason: str | None
    late: bool
    why: str

    def row(self) -> Row:
        return asdict(self)


def ledger_of(user_id: int, task_id: int) -> list[LedgerEntry]:
    """Return the last 200 events of a task's reminders and their notifications, oldest first."""
    return [_entry(event) for event in notices_of_task(user_id, task_id, limit=_MAX_ENTRIES)]


def shown_at(ledger: Sequence[LedgerEntry], reminder: Reminder) -> str | None:
    """Return when the notification of a reminder's last firing was shown; None if the ledger does not say."""
    return next((each.at for each in _entries_of(ledger, reminder) if each.what == _SHOWN), None)


def was_fired(ledger: Sequence[LedgerEntry], reminder: Reminder) -> bool:
    """Whether the ledger holds the event by which a reminder's last firing fired."""
    return any(each.what == FIRED for each in _entries_of(ledger, reminder))


def reason_text(reason: str) -> str:
    """Return the words for a reason of cancellation; an unknown reason itself."""
    known = dict(Reminder.Reason.choices)
    return str(known.get(reason, reason))


def _entries_of(ledger: Sequence[LedgerEntry], reminder: Reminder) -> list[LedgerEntry]:
    return [each for each in ledger if (each.reminder_id, each.firing) == (reminder.pk, reminder.firing)]


def _entry(event: RecordedEvent) -> LedgerEntry:
    what = _WHAT[event.type]
    data: dict[str, Any] = event.data
    if what == _SHOWN:
        data = data["notification"]
    return LedgerEntry(
        at=second_text(event.occurred_at),
        what=what,
        reminder_id=data["reminder_id"],
        firing=data["firing"],
        fire_at=data.get("remind_at"),
        reason=data.get("reason"),
        late=data.get("late", False),
        why=_sentence(what, data),
    )


def _sentence(what: str, data: dict[str, Any]) -> str:
    if what == PLANNED:
        return f"It was to fire at {data['remind_at']}."
    if what == CANCELLED:
        return f"It did not fire: {reason_text(data['reason'])}."
    if what == FIRED and data["late"]:
        return f"It was to fire at {data['remind_at']}; nothing ran that could fire it earlier."
    return "Its instant had come." if what == FIRED else "You were told."
