"""The handler of the `notifications` consumer: it notifies of firings, and suppresses what a task no longer needs."""

from collections.abc import Sequence

from events_app.contracts import RecordedEvent, ReminderDue, TaskCompleted, TaskDeleted
from events_app.log.write import writing_all
from foundation.context import Actor, Provenance, provenance
from notifications_app.operations.notifications import DueReminder, notify_of_firings, suppress_for_task
from notifications_app.queries import tasks_with_waiting_notices


def on_events(events: Sequence[RecordedEvent]) -> None:
    """Handle `reminder.due`, `task.completed` and `task.deleted` of any users, each user's in order.

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
                _suppress(event)
        notify_of_firings(waiting, logs)


def _relevant(events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """Return the firings, and the ends of tasks about which a notification is held, is to be sent, or fires here.

    This consumer alone makes notifications, so a task that has none now gets none meanwhile.
    """
    ends = {event.task_id for event in events if isinstance(event.payload, (TaskCompleted, TaskDeleted))}
    firing = {event.task_id for event in events if isinstance(event.payload, ReminderDue)}
    awaited = firing | tasks_with_waiting_notices(
        {task_id for task_id in ends - firing if task_id is not None}
    )
    return [event for event in events if isinstance(event.payload, ReminderDue) or event.task_id in awaited]


def _due_reminder(event: RecordedEvent, due: ReminderDue, actor: Actor) -> DueReminder:
    cause = Provenance(actor, event.event_id, event.request_id, event.traceparent)
    return DueReminder(event.user_id, event.seq, due, cause)


def _suppress(event: RecordedEvent) -> None:
    match event.payload:
        case TaskCompleted(task=task):
            suppress_for_task(task.id, user_id=event.user_id, seq=event.seq, reason="task_completed")
        case TaskDeleted(task=task):
            suppress_for_task(task.id, user_id=event.user_id, seq=event.seq, reason="task_deleted")
