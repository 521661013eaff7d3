"""The handler of the `notifications` consumer: it notifies of firings, and suppresses what a task no longer needs."""

from collections.abc import Sequence
from typing import Final

from events_app.contracts import (
    RecordedEvent,
    ReminderDue,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskUpdated,
)
from events_app.log.write import writing_all
from foundation.context import Actor, Provenance, provenance
from foundation.database.row_reads import values_in_use
from notifications_app.models import Notification
from notifications_app.operations.notifications import DueReminder, notify_of_firings
from notifications_app.operations.task_ends import hold_for_task_again, suppress_for_task
from notifications_app.queries import tasks_with_suppressed_notices, tasks_with_waiting_notices
from notifications_app.reasons import Reason

_ENDS: Final = (TaskCompleted, TaskDeleted)


def on_events(events: Sequence[RecordedEvent]) -> None:
    """Handle firings, and the ends and returns of tasks, of any users, each user's in order.

    Consecutive firings are handled together. Other events are ignored, and so are, without a lock on their users'
    histories, tasks of which nobody is to be notified: most.
    """
    relevant = _relevant(events)
    if not relevant:
        return
    actor = provenance().actor
    with writing_all({event.user_id for event in relevant}) as logs:
        waiting: list[DueReminder] = []
        for event in relevant:
            if isinstance(event.payload, ReminderDue):
                waiting.append(_due_reminder(event, event.payload, actor))
            else:
                notify_of_firings(waiting, logs)
                waiting = []
                _follow_task(event)
        notify_of_firings(waiting, logs)


def _relevant(events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """Return the firings, and the ends and returns of tasks about which there is, or was, something to be notified.

    That is what is held, is to be sent or being sent, or fires here; of a task that returns also what was suppressed,
    and then a later end here counts as well. This consumer alone makes notifications, so a task that has none now gets
    none meanwhile.
    """
    handled = [event for event in events if _is_handled(event)]
    firing = {event.task_id for event in handled if isinstance(event.payload, ReminderDue)}
    back = {event.task_id for event in handled if _returns(event) is not None}
    ends = {event.task_id for event in handled if isinstance(event.payload, _ENDS)}
    asked = {pk for pk in (ends | back) - firing if pk is not None}
    # Of most tasks there is none: that takes one short statement.
    known = values_in_use(Notification, "task_id", asked)
    awaited = firing | tasks_with_waiting_notices(known)
    awaited |= tasks_with_suppressed_notices(known & back - awaited)
    return [event for event in handled if event.task_id in awaited]


def _is_handled(event: RecordedEvent) -> bool:
    return isinstance(event.payload, (ReminderDue, *_ENDS)) or _returns(event) is not None


def _returns(event: RecordedEvent) -> Reason | None:
    """Return the end that an event takes back: a task is reopened or restored; None for all others."""
    match event.payload:
        case TaskUpdated(changed_fields=changed) if "completed" in changed:
            return Reason.TASK_COMPLETED
        case TaskCreated(task=task) if task.version > 1:
            return Reason.TASK_DELETED
    return None


def _due_reminder(event: RecordedEvent, due: ReminderDue, actor: Actor) -> DueReminder:
    cause = Provenance(actor, event.event_id, event.request_id, event.traceparent)
    return DueReminder(event.user_id, event.seq, due, cause)


def _follow_task(event: RecordedEvent) -> None:
    match event.payload:
        case TaskCompleted(task=task):
            suppress_for_task(task.id, user_id=event.user_id, seq=event.seq, reason=Reason.TASK_COMPLETED)
        case TaskDeleted(task=task):
            suppress_for_task(task.id, user_id=event.user_id, seq=event.seq, reason=Reason.TASK_DELETED)
        case TaskUpdated(task=task) | TaskCreated(task=task) if (end := _returns(event)) is not None:
            hold_for_task_again(task.id, user_id=event.user_id, seq=event.seq, reason=end)
