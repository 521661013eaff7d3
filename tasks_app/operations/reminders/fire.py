"""The sweep that fires due reminders: thousands at one instant, in few statements for many owners at once."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction

from accounts_app.preferences.zones import zone_of
from events_app.log.write import Log, record_across, writing_many
from events_app.runtime.crash import crash_point
from events_app.runtime.time_slices import is_time_up
from foundation.context import Actor, Provenance, use_provenance
from foundation.counters import count
from foundation.database import sql
from foundation.database.transactions import database_now, is_database_trouble
from tasks_app.editing.change import changing
from tasks_app.editing.draft import draft_of
from tasks_app.models import Task
from tasks_app.operations.isolation import run_isolated
from tasks_app.operations.reminders import payloads
from tasks_app.operations.reminders.lateness import observe_lateness
from tasks_app.operations.reminders.plan import instant_of
from tasks_app.operations.reminders.replan import replan_draft
from tasks_app.queries.reminders import Firing, due_firings, pending_until
from tasks_app.queries.statements import mark_doubled, mark_fired

_USERS_PER_TRANSACTION: Final = 200
FIRINGS_PER_TRANSACTION: Final = 500
FAILURES_IN_A_ROW: Final = 50
LATE: Final = timedelta(seconds=60)
_SWEEP: Final = Provenance(actor=Actor(type="system", id="reminders"))
logger = logging.getLogger(__name__)

ByOwner = Mapping[int, Sequence[int]]


def fire_due_reminders() -> int:
    """Record `reminder.due` for every reminder whose instant has come; return how many fired.

    Any number of sweeps may run at once, late, early or twice: owners are locked, due reminders are read again by the
    database's clock, and every instant is derived again from the wall time and the zone as they are now. Owners whose
    history is locked are left to the next sweep. So is an owner whose reminders fail, which is logged and counted and
    holds up nobody.
    """
    with use_provenance(_SWEEP):
        parts = _parts(pending_until(database_now()))
        return sum(_fire_or_isolate(part) for part in parts if not is_time_up())


def _parts(pending: Sequence[tuple[int, int]]) -> Iterator[ByOwner]:
    """Yield (owner id, reminder id) pairs grouped by owner, in parts of one transaction each, longest waiting first."""
    by_owner: dict[int, list[int]] = defaultdict(list)
    for owner_id, reminder_id in pending:
        by_owner[owner_id].append(reminder_id)
    part: dict[int, Sequence[int]] = {}
    room = FIRINGS_PER_TRANSACTION
    for owner_id, ids in by_owner.items():
        for start in range(0, len(ids), FIRINGS_PER_TRANSACTION):
            some = ids[start : start + FIRINGS_PER_TRANSACTION]
            if part and (len(part) == _USERS_PER_TRANSACTION or len(some) > room):
                yield part
                part, room = {}, FIRINGS_PER_TRANSACTION
            part[owner_id] = some
            room -= len(some)
    if part:
        yield part


def _fire_or_isolate(part: ByOwner) -> int:
    """Fire a part in one transaction, or, if that fails, each owner's reminders in one of their own."""
    try:
        return _fire(part)
    except Exception as error:  # the sweep must reach all owners, whatever one of them raises
        if is_database_trouble(error):
            raise
    return sum(run_isolated("reminders", partial(_fire_of_owner, *each)) for each in part.items())


def _fire_of_owner(owner_id: int, reminder_ids: Sequence[int]) -> int:
    """Fire one owner's reminders together, or, if that fails, each by itself.

    Raises the failure after many in a row, since then it is one of the owner and not of a task.
    """
    try:
        return _fire({owner_id: reminder_ids})
    except Exception as error:  # whatever one reminder raises, the others must not wait for it
        if is_database_trouble(error) or len(reminder_ids) == 1:
            raise
    fired = failed_in_a_row = 0
    for reminder_id in reminder_ids:
        try:
            fired += _fire({owner_id: [reminder_id]})
            failed_in_a_row = 0
        except Exception as error:
            failed_in_a_row += 1
            if is_database_trouble(error) or failed_in_a_row == FAILURES_IN_A_ROW:
                raise
            count("sweep.failed.reminder")
            logger.exception("reminder %s failed to fire; the others go on", reminder_id)
    return fired


def _fire(part: ByOwner) -> int:
    with writing_many(list(part)) as logs:
        fired = _fire_locked(logs, [each for owner_id in logs for each in part[owner_id]])
        crash_point("sweep.before_commit")
    crash_point("sweep.after_commit")
    return fired


def _fire_locked(logs: Mapping[int, Log], reminder_ids: Sequence[int]) -> int:
    if not reminder_ids:
        return 0
    now = database_now()
    due = due_firings(reminder_ids, now)
    # Planned by an earlier zone of the owner, say: the instant as it is now has not come.
    early = {each.task_id: each.owner_id for each in due if not _has_come(each, now)}
    if early:
        for task_id, owner_id in early.items():
            _replan(owner_id, task_id)
        # Planning a task again may have moved its other reminders too.
        due = [each for each in due_firings(reminder_ids, now) if _has_come(each, now)]
    first = {(each.task_id, each.fire_at): each for each in reversed(due)}
    firing: list[Firing] = []
    doubled: list[Firing] = []
    for each in due:
        is_first = first[each.task_id, each.fire_at] is each and not each.has_fired_twin
        (firing if is_first else doubled).append(each)
    fire_all(_group_by_log(logs, firing), now=now)
    _cancel_doubled(_group_by_log(logs, doubled))
    return len(firing)


def _group_by_log(logs: Mapping[int, Log], firings: Sequence[Firing]) -> dict[Log, list[Firing]]:
    grouped: dict[Log, list[Firing]] = defaultdict(list)
    for each in firings:
        grouped[logs[each.owner_id]].append(each)
    return grouped


def _cancel_doubled(doubled: Mapping[Log, Sequence[Firing]]) -> None:
    """Cancel firings at an instant at which another reminder of the same task fires, and record that."""
    ids = [each.id for firings in doubled.values() for each in firings]
    if ids:
        sql.execute(*mark_doubled(ids))
        record_across({log: [*map(payloads.same_instant, each)] for log, each in doubled.items()})


def _has_come(firing: Firing, now: datetime) -> bool:
    """Whether the task is open and the instant has come, derived from wall time and zone as they are now."""
    instant = instant_of(firing, firing, zone_of(firing.zone_name))
    is_open = firing.completed_at is None and firing.deleted_at is None
    return is_open and instant is not None and instant <= now


def _replan(owner_id: int, task_id: int) -> None:
    """Plan the reminders of a task again: its owner's zone has changed, and the replan job has not reached it yet."""
    with changing(owner_id) as change:
        replan_draft(change, draft_of(Task.objects.get(pk=task_id)))


def fire_all(ready: Mapping[Log, Sequence[Firing]], *, now: datetime) -> None:
    """Mark reminders of locked owners as fired and record `reminder.due`, in the same few statements for any number."""
    late_before, events = now - LATE, defaultdict(list)
    ids: dict[bool, list[int]] = {False: [], True: []}
    for log, firings in ready.items():
        for each in firings:
            late = each.fire_at < late_before
            ids[late].append(each.id)
            events[log].append(payloads.due(each, late=late, read_at=now))
    _mark(ids, now=now)
    record_across(events)
    lateness = [(now - each.fire_at).total_seconds() for firings in ready.values() for each in firings]
    transaction.on_commit(partial(observe_lateness, lateness))


def _mark(ids_by_lateness: Mapping[bool, Sequence[int]], *, now: datetime) -> None:
    for late, ids in ids_by_lateness.items():
        if ids:
            sql.execute(*mark_fired(ids, at=now, late=late))
