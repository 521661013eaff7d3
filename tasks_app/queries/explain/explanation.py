"""Why a task is as it is: the answer of `/explain/`, for its owner and for operators."""

from datetime import datetime

from accounts_app.models import User
from tasks_app.errors import TaskNotFound
from tasks_app.models import Task
from tasks_app.queries.explain.due import due_reasons
from tasks_app.queries.explain.ledger import ledger_of
from tasks_app.queries.explain.reminders import reminder_reasons
from tasks_app.queries.explain.successor import next_reasons
from tasks_app.values.rows import Row


def explain(user: User, task_id: int, *, now: datetime) -> Row:
    """Return `{task_id, due, next, reminders, ledger}` of a task of the user, also of one in the trash.

    Each part has the facts and the reasons as sentences. The ledger holds the last 200 plans, firings, cancellations
    and notifications of the task's reminders, unless they were trimmed from the log. Raises TaskNotFound.
    """
    rows = Task.objects.filter(owner_id=user.pk, withdrawn=False).select_related("series")
    task = rows.filter(pk=task_id).first()
    if task is None:
        raise TaskNotFound
    ledger = ledger_of(user.pk, task_id)
    return {
        "task_id": task.pk,
        "due": due_reasons(task, user.zone),
        "next": next_reasons(task, user.zone, now=now),
        "reminders": reminder_reasons(task, user, ledger, now=now),
        "ledger": [entry.row() for entry in ledger],
    }
