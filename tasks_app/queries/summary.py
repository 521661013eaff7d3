"""Counts of a user's tasks; each figure equals the length of the list with that filter."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts_app.models import User
from tasks_app.models import Task
from tasks_app.queries.due_days import due_within, today_in
from tasks_app.queries.tags import tags_of, tags_with_counts
from tasks_app.queries.tasks import live_tasks
from tasks_app.values.rows import PRIORITY_NAMES, Row

# Longer than a day in any zone, by more than a day.
LONGEST_DAY: Final = timedelta(days=3)


def summary(user: User, *, now: datetime) -> Row:
    """Return counts of the user's tasks by status, priority and tag, and of those overdue and due today.

    Trashed tasks do not count. `today` counts all tasks of the user's current day, also those that are completed or
    overdue by now. Four queries, each along an index of the user's rows.
    """
    by_priority = dict(live_tasks(user.pk).values_list("priority").annotate(tasks=Count("*")).order_by())
    total = sum(by_priority.values())
    open_ones = _open_counts(user, now=now)
    return {
        "total": total,
        "status": {"pending": open_ones["pending"], "completed": total - open_ones["pending"]},
        "priority": {name: by_priority.get(rank, 0) for rank, name in PRIORITY_NAMES.items()},
        "tag": {
            each.tag.name: each.task_count for each in tags_with_counts(tags_of(user.pk).order_by("key"))
        },
        "overdue": open_ones["overdue"],
        "today": open_ones["today"],
    }


def _open_counts(user: User, *, now: datetime) -> dict[str, int]:
    """Return the counts of pending, overdue and today's tasks, read in one statement, each along its own index."""
    tasks = live_tasks(user.pk)
    pending = tasks.filter(completed_at__isnull=True)
    # A task is overdue at its due or when its day ends: all that were due more than a day ago are overdue.
    surely = now - LONGEST_DAY
    long_due = pending.filter(due_sort__lte=surely)
    overdue = pending.filter(due_sort__gt=surely, due_sort__lte=now, overdue_at__lte=now)
    today = tasks.filter(due_within(today_in(user.zone, now=now)))
    numbers = {
        "pending": _number(pending),
        "overdue": _number(long_due) + _number(overdue),
        "today": _number(today),
    }
    [found] = User.objects.filter(pk=user.pk).values_list(*numbers.values())
    return dict(zip(numbers, found, strict=True))


def _number(rows: QuerySet[Task]) -> Coalesce:
    counted_rows = rows.order_by().values("owner_id").annotate(tasks=Count("*")).values("tasks")
    return Coalesce(Subquery(counted_rows, output_field=IntegerField()), 0)
