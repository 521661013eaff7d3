"""Firing a reminder now, for operators."""

from tasks_app.editing.change import changing
from tasks_app.editing.draft import save
from tasks_app.errors import ReminderClosed, ReminderNotFound
from tasks_app.models import Reminder
from tasks_app.operations.reminders.edit import open_reminder
from tasks_app.operations.reminders.fire import fire_all
from tasks_app.operations.reminders.plan import schedule
from tasks_app.queries.reminders import due_firings


def fire_reminder_now(reminder_id: int) -> Reminder:
    """Fire a reminder now, whenever it was planned for, and return it.

    A planned firing is moved to now; a reminder that has fired fires again, with the next number. Its task changes too,
    with version and event, before `reminder.due`. Raises ReminderNotFound, ReminderClosed if the task is done.
    """
    owner_id = Reminder.objects.filter(pk=reminder_id).values_list("owner_id", flat=True).first()
    if owner_id is None:
        raise ReminderNotFound
    with changing(owner_id) as change:
        draft, reminder = open_reminder(change, reminder_id)
        if not draft.task.is_open:
            raise ReminderClosed
        reminder.snoozed_until = None
        schedule(draft, reminder, change.at.replace(microsecond=0))
        save(change, draft)
        fire_all({change.log: due_firings([reminder_id], change.at)}, now=change.at)
        return Reminder.objects.get(pk=reminder_id)
