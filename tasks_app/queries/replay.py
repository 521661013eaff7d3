"""What the log says of a user's tasks, read in parts of which each fits into memory, however many tasks there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.db.models import Max

from events_app.log.history import LARGEST_SEQ
from events_app.log.read import SeqRange, read_ranges
from events_app.models import Event
from tasks_app.values.rows import Row

_TASK_EVENTS: Final = ("task.created", "task.updated", "task.completed", "task.deleted")
_DELETED: Final = "task.deleted"
_TASKS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class ReplayedPart:
    """The rows, by id, that replaying its events gives to each live task of a user with `after < id <= to`."""

    after: int
    to: int
    rows: dict[int, Row]


def replay_in_parts(log: SeqRange) -> Iterator[ReplayedPart]:
    """Yield what a user's log, from its first event on, says of all ids that a task may have, in ascending parts.

    The last event of a task has the whole row, so the database says which that is, and no other is read.
    """
    after, changes = 0, _last_changes(log)
    while last := list(islice(changes, _TASKS_AT_ONCE)):
        to = last[-1][0]
        yield ReplayedPart(after, to, _rows_at(log, sorted(seq for _, seq in last)))
        after = to
    yield ReplayedPart(after, LARGEST_SEQ, {})


def _last_changes(log: SeqRange) -> Iterator[tuple[int, int]]:
    """Yield (task id, number of the last event that has a row of the task), by id."""
    events = Event.objects.filter(
        stream=log.stream_id, seq__gt=log.after, seq__lte=log.to, type__in=_TASK_EVENTS
    )
    last = events.order_by("task_id").values("task_id").annotate(last=Max("seq"))
    for task_id, seq in last.values_list("task_id", "last").iterator(_TASKS_AT_ONCE):
        if task_id is not None:  # as all events of these types; otherwise its task is in no log
            yield task_id, seq


def _rows_at(log: SeqRange, seqs: Sequence[int]) -> dict[int, Row]:
    """Return the rows in the events with these numbers, which are ascending, by the id of the task."""
    events = read_ranges(list(_ranges_of(log, seqs))).get(log.stream_id, [])
    shown: list[Any] = [event.data["task"] for event in events if event.type != _DELETED]
    return {row["id"]: row for row in shown}


def _ranges_of(log: SeqRange, seqs: Sequence[int]) -> Iterator[SeqRange]:
    """Yield ranges that have these numbers and no others: tasks that were made in a row have neighbouring events."""
    first = last = seqs[0]
    for seq in seqs[1:]:
        if seq > last + 1:
            yield SeqRange(log.stream_id, log.key, first - 1, last)
            first = seq
        last = seq
    yield SeqRange(log.stream_id, log.key, first - 1, last)


def replay_at_once(logs: Sequence[SeqRange]) -> dict[tuple[int, int | None], Row]:
    """Return the rows, by user and task, that replaying short logs from their first events on gives to live tasks.

    The task is the one that the column of the event names, as in `replay_in_parts`.
    """
    tasks: dict[tuple[int, int | None], Row] = {}
    for events in read_ranges(logs, types=_TASK_EVENTS).values():
        for event in events:
            if event.type == _DELETED:
                tasks.pop((event.user_id, event.task_id), None)
            else:
                row: Any = event.data["task"]
                tasks[event.user_id, event.task_id] = row
    return tasks
