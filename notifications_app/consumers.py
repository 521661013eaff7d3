"""The `notifications` consumer: firings are told, and what is done or gone is told no more."""

from events_app.contracts import RecordedEvent, ReminderDue, TaskCompleted, TaskDeleted
from notifications_app.operations.notifications import notify_of_reminder, suppress_for_task


def on_event(event: RecordedEvent) -> None:
    """Handle one `reminder.due`, `task.completed` or `task.deleted`; others are passed over."""
    match event.payload:
        case ReminderDue() as due:
            notify_of_reminder(due, user_id=event.user_id, seq=event.seq)
        case TaskCompleted(task=task):
            suppress_for_task(task.id, user_id=event.user_id, seq=event.seq, reason="task_completed")
        case TaskDeleted(task=task):
            suppress_for_task(task.id, user_id=event.user_id, seq=event.seq, reason="task_deleted")
