"""Whatever people do to a series: no slot comes twice, none is lost unrecorded, none lies before the start."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app import recurrence as rec
from tasks_app.errors import TasksError
from tasks_app.invariants import (
    find_missing_successors,
    find_tasks_unlike_log,
    find_unfired_reminders,
    find_wrong_tag_links,
)
from tasks_app.models import ExcludedSlot, MissedSlots, Series, Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.operations.series.departures import detach_task, skip_occurrence
from tasks_app.operations.tasks import delete_task, update_task
from tasks_app.operations.trash.trash import restore_task
from tasks_app.tests.helpers import consume, live, make_task
from tasks_app.values.fields import AtInstant, Scope, TaskFields, Terms
from tasks_app.values.schedules import schedule_of

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)
UTC_ZONE = rec.load_zone("UTC")
Act = Callable[[int, User, datetime], object]

ACTS: dict[str, Act] = {
    "complete": lambda pk, by, at: complete_task(pk, by=by, at=at),
    "reopen": lambda pk, by, at: reopen_task(pk, by=by, at=at),
    "delete": lambda pk, by, at: delete_task(pk, by=by, at=at),
    "skip": lambda pk, by, at: skip_occurrence(pk, by=by, at=at),
    "detach": lambda pk, by, at: detach_task(pk, by=by, at=at),
    "edit": lambda pk, by, at: update_task(pk, TaskFields(title=f"at {at}"), by=by, at=at),
    "edit all": lambda pk, by, at: update_task(
        pk, TaskFields(description=f"at {at}"), by=by, at=at, terms=Terms(scope=Scope.ALL)
    ),
    "move": lambda pk, by, at: update_task(
        pk, TaskFields(due=AtInstant(at + timedelta(days=1))), by=by, at=at
    ),
}
STEPS = st.lists(
    st.tuples(st.sampled_from([*ACTS, "restore"]), st.integers(0, 5), st.booleans(), st.integers(1, 40)),
    max_size=12,
)
RULES = st.sampled_from(
    ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;COUNT=6", "FREQ=WEEKLY;BYDAY=TU,FR"]
)


def step(user: User, act: str, which: int, at: datetime) -> None:
    trashed = Task.objects.filter(owner=user, deleted_at__isnull=False, withdrawn=False).order_by("id")
    tasks = list(trashed) if act == "restore" else live(user)
    if not tasks:
        return
    pk = tasks[which % len(tasks)].pk
    try:
        restore_task(pk, by=user, at=at) if act == "restore" else ACTS[act](pk, user, at)
    except TasksError:
        return  # what cannot be done changes nothing


MISSED_THEN_REOPENED = [("complete", 0, True, 24), ("delete", 1, False, 1), ("reopen", 0, False, 1)]


@given(rule=RULES, anchor=st.sampled_from(["future", "due"]), steps=STEPS)
@example(rule="FREQ=DAILY", anchor="future", steps=MISSED_THEN_REOPENED)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_slot_comes_twice_is_lost_or_lies_before_the_start(
    rule: str, anchor: str, steps: list[tuple[str, int, bool, int]]
) -> None:
    user, now = make_user(time_zone="UTC"), BEGIN
    recurrence = {"rule": rule, "anchor": anchor}
    make_task(
        user, due="2026-03-02T12:00", recurrence=recurrence, reminders=["1h"], tags=("home",), now=BEGIN
    )
    for act, which, is_quick, hours in steps:
        now += timedelta(hours=hours)
        step(user, act, which, now)
        if is_quick:
            consume(user)
    consume(user)
    assert unrecorded(Series.objects.get(owner=user)) == []
    assert [*find_tasks_unlike_log(), *find_missing_successors(), *find_wrong_tag_links()] == []
    assert [each for each in find_unfired_reminders() if each.kind != "lag"] == []


def unrecorded(series: Series) -> list[rec.Slot]:
    """The slots from the start to the last occurrence that no task, exclusion or miss stands for."""
    tasks = Task.objects.filter(series=series, withdrawn=False).values_list("occurrence", flat=True)
    excluded = ExcludedSlot.objects.filter(series=series).values_list("slot", flat=True)
    missed = [slot for row in MissedSlots.objects.filter(series=series) for slot in row.slots]
    recorded = {rec.parse_slot(slot) for slot in [*tasks, *excluded, *missed] if slot}
    schedule = schedule_of(series, UTC_ZONE)
    whole = rec.Schedule(schedule.recurrence, schedule.start, schedule.zone)
    last = max(recorded)
    assert min(recorded) == whole.start
    assert recorded <= {slot for slot in rec.occurrences(whole, 400) if slot <= last}
    return [slot for slot in rec.occurrences(whole, 400) if slot <= last and slot not in recorded]
