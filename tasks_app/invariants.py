"""Invariants of the task domain, which `event_audit` checks: they find nothing once all consumers are through."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from events_app.contracts import CLOSED, RecordedEvent, stream_key, user_of
from events_app.log.history import events_between
from events_app.log.write import writing
from events_app.models import Cursor, Event, Stream
from events_app.operating.invariants import InvariantFinding
from foundation.database.transactions import database_now
from tasks_app.models import (
    CURRENT_DOCUMENT,
    OLD_SEARCH_ROW,
    SAME_AS_TASK,
    Reminder,
    ReplanJob,
    SearchText,
    Series,
    TagJob,
    Task,
    TaskTag,
    TrashJob,
)
from tasks_app.queries.lists.search import has_old_search_rows
from tasks_app.queries.tasks import FullTask, has_old_documents, live_tasks, load_all_full
from tasks_app.values.rows import Row, document_of

TASK_EVENTS = ("task.created", "task.updated", "task.completed", "task.deleted")
EVENTS_PER_READ = 2000
TASKS_PER_READ = 1000
FIRING_LAG = timedelta(seconds=60)


def find_tasks_unlike_log() -> Iterator[InvariantFinding]:
    """Yield tasks whose row differs from the one that replaying their events gives, reminder states aside."""
    streams = Stream.objects.exclude(key__startswith=CLOSED).order_by("id")
    for key, tail, head in streams.values_list("key", "tail", "head").iterator():
        owner_id = user_of(key)
        if not tail:
            yield from _find_differences(owner_id, replay_history(owner_id, head=head))


def replay_history(owner_id: int, *, head: int) -> dict[int, Row]:
    """Return the rows of the user's live tasks that replaying their events gives, by id."""
    tasks: dict[int, Row] = {}
    for after in range(0, head, EVENTS_PER_READ):
        to = min(head, after + EVENTS_PER_READ)
        for event in events_between(owner_id, after=after, to=to, types=TASK_EVENTS):
            _apply(tasks, event)
    return tasks


def _apply(tasks: dict[int, Row], event: RecordedEvent) -> None:
    row: Any = event.data["task"]
    if event.type == "task.deleted":
        tasks.pop(row["id"], None)
    else:
        tasks[row["id"]] = row


def _find_differences(owner_id: int, replayed: dict[int, Row]) -> Iterator[InvariantFinding]:
    rows = {full.task.pk: full.lasting_row() for full in load_all_full(list(live_tasks(owner_id)))}
    for task_id in sorted(rows.keys() | replayed.keys()):
        row, other = rows.get(task_id), replayed.get(task_id)
        if row is None or other is None:
            where = "in the log only" if row is None else "in the table only"
            yield InvariantFinding("replay", f"task {task_id}", where)
        elif lasting_part(row) != lasting_part(other):
            names = sorted(
                name for name in row if lasting_part(row).get(name) != lasting_part(other).get(name)
            )
            yield InvariantFinding("replay", f"task {task_id}", f"the log tells another {', '.join(names)}")


def lasting_part(row: Row) -> Row:
    """Return the part of a row that firing a reminder does not change."""
    states = {"status", "late", "reason"}
    reminders = [{name: each[name] for name in each if name not in states} for each in row["reminders"]]
    return {**row, "reminders": reminders, "reminder_at": None}


def find_missing_successors() -> Iterator[InvariantFinding]:
    """Yield running series without open occurrence; `lag` while the consumer has yet to create it."""
    live = Task.objects.filter(series=OuterRef("pk"), deleted_at__isnull=True)
    waiting = Series.objects.filter(Exists(live), ended_at__isnull=True)
    waiting = waiting.filter(stuck_since__isnull=True)
    for series in waiting.exclude(Exists(live.filter(completed_at__isnull=True))).order_by("id"):
        kind = "broken" if _is_recurrence_through(series.owner_id) else "lag"
        yield InvariantFinding("successors", f"series {series.pk}", "no occurrence is open", kind)  # type: ignore[arg-type]


def find_stuck_series() -> Iterator[InvariantFinding]:
    """Yield stuck series; each is retried."""
    for series in Series.objects.filter(stuck_since__isnull=False).order_by("id")[:20]:
        yield InvariantFinding("stuck series", f"series {series.pk}", series.stuck_reason, "operator")


def _is_recurrence_through(owner_id: int) -> bool:
    """Whether the consumer `recurrence` has applied every completion of a user."""
    key = stream_key(owner_id)
    cursor = (
        Cursor.objects.filter(consumer="recurrence", stream__key=key).values_list("seq", flat=True).first()
    )
    ahead = Event.objects.filter(stream__key=key, type="task.completed", seq__gt=cursor or 0)
    return not ahead.exists()


def find_unfired_reminders() -> Iterator[InvariantFinding]:
    """Yield reminders that are still pending a minute after their instant, or whose task is not open."""
    pending = Reminder.objects.filter(status="pending")
    for reminder in pending.filter(fire_at__lt=database_now() - FIRING_LAG).order_by("fire_at")[:20]:
        yield InvariantFinding(
            "reminders", f"reminder {reminder.pk}", f"was due at {reminder.fire_at}", "lag"
        )
    closed = pending.filter(task__deleted_at__isnull=False) | pending.filter(task__completed_at__isnull=False)
    for reminder in closed.order_by("id")[:20]:
        yield InvariantFinding("reminders", f"reminder {reminder.pk}", "waits for a task that is not open")


def find_missing_words() -> Iterator[InvariantFinding]:
    """Yield tasks without search words; `reindex_search` writes them."""
    known = SearchText.objects.filter(task=OuterRef("pk"))
    for task_id in Task.objects.filter(~Exists(known)).order_by("id").values_list("id", flat=True)[:20]:
        yield InvariantFinding("search", f"task {task_id}", "has no words: run manage.py reindex_search")


def find_outdated_words() -> Iterator[InvariantFinding]:
    """Search knows every task as this release does; after an upgrade an operator runs `reindex_search`."""
    if has_old_search_rows():
        yield InvariantFinding(
            "search", "words", "are an older release's: run manage.py reindex_search", "operator"
        )


def find_wrong_search_rows() -> Iterator[InvariantFinding]:
    """Yield tasks whose search row tells another state than they have; those of an older release are not looked at."""
    wrong = SearchText.objects.filter(~OLD_SEARCH_ROW, ~SAME_AS_TASK)
    for task_id in wrong.order_by("task_id").values_list("task_id", flat=True)[:20]:
        yield InvariantFinding(
            "search", f"task {task_id}", "is found in another state: run manage.py reindex_search"
        )


def find_wrong_documents() -> Iterator[InvariantFinding]:
    """Yield tasks, live or not, whose document is not byte for byte what their rows give; old ones are not read."""
    position = 0
    rows = Task.objects.filter(CURRENT_DOCUMENT).order_by("id")
    while tasks := list(rows.filter(id__gt=position)[:TASKS_PER_READ]):
        position = tasks[-1].pk
        for full in load_all_full(tasks):
            if _has_wrong_document(full) and _stays_wrong(full.task):
                yield InvariantFinding(
                    "documents", f"task {full.task.pk}", "shows something else than its rows hold"
                )


def _has_wrong_document(full: FullTask) -> bool:
    return full.task.document != document_of(full.lasting_row())


def _stays_wrong(task: Task) -> bool:
    """Look again while nobody else writes: the task may have changed between its rows."""
    with writing(task.owner_id):
        again = load_all_full(list(Task.objects.filter(CURRENT_DOCUMENT, pk=task.pk)))
        return any(map(_has_wrong_document, again))


def find_old_documents() -> Iterator[InvariantFinding]:
    """Every task has a document of this release; after an upgrade an operator runs `rewrite_documents`."""
    if has_old_documents():
        yield InvariantFinding(
            "documents", "tasks", "are an older release's: run manage.py rewrite_documents", "operator"
        )


def find_wrong_tag_links() -> Iterator[InvariantFinding]:
    """Yield tag links whose repeated columns differ from their task."""
    done, gone = Q(task__completed_at__isnull=False), Q(task__deleted_at__isnull=False)
    wrong = (
        ~Q(priority=F("task__priority"))
        | ~Q(due_sort=F("task__due_sort"))
        | Q(done, completed=False)
        | Q(~done, completed=True)
        | Q(gone, live=True)
        | Q(~gone, live=False)
    )
    for link in TaskTag.objects.filter(wrong).order_by("id")[:20]:
        yield InvariantFinding("tag links", f"task {link.task_id}", f"tag {link.tag_id} tells another state")


def find_open_replans() -> Iterator[InvariantFinding]:
    """Yield unfinished replan jobs."""
    for job in ReplanJob.objects.filter(finished_at__isnull=True).order_by("id")[:20]:
        yield InvariantFinding("replan", f"user {job.owner_id}", f"{job} is under way", "lag")


def find_open_tag_jobs() -> Iterator[InvariantFinding]:
    """Yield unfinished tag jobs."""
    for job in TagJob.objects.filter(finished_at__isnull=True).order_by("id")[:20]:
        yield InvariantFinding(
            "tag jobs", f"user {job.owner_id}", f"{job}: {job.done} of {job.total} tasks", "lag"
        )


def find_open_trash_jobs() -> Iterator[InvariantFinding]:
    """Yield unfinished jobs that empty the trash."""
    for job in TrashJob.objects.filter(finished_at__isnull=True).order_by("id")[:20]:
        yield InvariantFinding(
            "trash jobs", f"user {job.owner_id}", f"{job.done} of {job.total} tasks", "lag"
        )
