"""Invariants of the task domain, which `event_audit` checks: they find nothing once all consumers are through."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q

from events_app.contracts import CLOSED, stream_key, user_of
from events_app.log.read import SeqRange
from events_app.log.write import writing
from events_app.models import Cursor, Event, Stream
from events_app.operating.invariants import FINDINGS_PER_CHECK, InvariantFinding
from foundation.database.grouping import group_by_size
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
from tasks_app.queries.replay import ReplayedPart, replay_at_once, replay_in_parts
from tasks_app.queries.shown import ShownTask, read_shown
from tasks_app.queries.tasks import has_old_documents, live_tasks
from tasks_app.values.rows import Row, document_of

TASKS_PER_READ = 500
EVENTS_PER_READ = 500
FIRING_LAG = timedelta(seconds=60)


def find_tasks_unlike_log() -> Iterator[InvariantFinding]:
    """Yield tasks whose row differs from the one that replaying their events gives, reminder states aside."""
    for logs in group_by_size(_whole_logs(), lambda log: max(log.to, 1), most=EVENTS_PER_READ):
        if len(logs) == 1 or not _agree_with_tasks(logs):
            for log in logs:
                for part in replay_in_parts(log):
                    yield from _find_differences(user_of(log.key), part)


def _whole_logs() -> Iterator[SeqRange]:
    streams = Stream.objects.filter(tail=0).exclude(key__startswith=CLOSED).order_by("id")
    for stream_id, key, head in streams.values_list("id", "key", "head").iterator():
        yield SeqRange(stream_id, key, 0, head)


def _agree_with_tasks(logs: Sequence[SeqRange]) -> bool:
    """Whether users with short logs have the tasks that their logs give: statements for each would take longer."""
    replayed = replay_at_once(logs)
    live = Task.objects.filter(owner__in=[user_of(log.key) for log in logs], deleted_at__isnull=True)
    # The table may have any number of tasks that are in no log.
    rows = [each.row for each in read_shown(live.order_by("pk")[: len(replayed) + 1])]
    shown: dict[tuple[int, int | None], Row] = {(int(row["user_id"]), row["id"]): row for row in rows}
    return shown.keys() == replayed.keys() and not any(
        _differing_names(row, replayed[key]) for key, row in shown.items()
    )


def _find_differences(owner_id: int, part: ReplayedPart) -> Iterator[InvariantFinding]:
    live = live_tasks(owner_id).filter(pk__gt=part.after, pk__lte=part.to)
    unknown = live.exclude(pk__in=part.rows).order_by("pk").values_list("pk", flat=True)
    rows = {shown.row["id"]: shown.row for shown in read_shown(live.filter(pk__in=part.rows))}
    for task_id in sorted({*part.rows, *unknown[:FINDINGS_PER_CHECK]}):
        row, other = rows.get(task_id), part.rows.get(task_id)
        if other is None:
            yield InvariantFinding("replay", f"task {task_id}", "in the table only")
        elif row is None:
            yield InvariantFinding("replay", f"task {task_id}", "in the log only")
        elif names := _differing_names(row, other):
            yield InvariantFinding("replay", f"task {task_id}", f"the log tells another {names}")


def _differing_names(row: Row, other: Row) -> str:
    """Return the names that two rows do not agree about, reminder states aside.

    One that a single row has is such, even with None.
    """
    if row == other:
        return ""
    lasting, others = lasting_part(row), lasting_part(other)
    differing = {name for name in lasting.keys() & others.keys() if lasting[name] != others[name]}
    return ", ".join(sorted(differing | (lasting.keys() ^ others.keys())))


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
    while tasks := read_shown(rows.filter(id__gt=position)[:TASKS_PER_READ]):
        position = tasks[-1].row["id"]
        wrong = (shown.row for shown in tasks if _has_wrong_document(shown))
        for row in filter(_stays_wrong, wrong):
            yield InvariantFinding(
                "documents", f"task {row['id']}", "shows something else than its rows hold"
            )


def _has_wrong_document(shown: ShownTask) -> bool:
    return shown.document != document_of(shown.row)


def _stays_wrong(row: Row) -> bool:
    """Look again while nobody else writes: the task may have changed between its rows."""
    with writing(int(row["user_id"])):
        again = read_shown(Task.objects.filter(CURRENT_DOCUMENT, pk=row["id"]))
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
