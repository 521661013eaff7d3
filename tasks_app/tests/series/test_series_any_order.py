"""Whatever is done to the occurrences of a series, in whatever order: no slot twice, nothing stuck."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.operating.invariants import find_all
from tasks_app import recurrence as rec
from tasks_app.errors import SeriesChanged
from tasks_app.models import Series, Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.operations.series.departures import detach_task
from tasks_app.operations.tasks import delete_task, update_task
from tasks_app.tests.helpers import consume, live, make_task
from tasks_app.values.fields import TaskFields

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)


def reopen_if_possible(task_id: int, *, by: User, at: datetime) -> None:
    with suppress(SeriesChanged):
        reopen_task(task_id, by=by, at=at)


def edit(task_id: int, *, by: User, at: datetime) -> None:
    update_task(task_id, TaskFields(title=f"Edited at {at}"), by=by, at=at)


ACTS: Final[dict[str, Callable[..., object]]] = {
    "complete": complete_task,
    "reopen": reopen_if_possible,
    "delete": delete_task,
    "edit": edit,
}
# The act, which of the live tasks it is done to, and whether the consumer is quick.
steps = st.lists(st.tuples(st.sampled_from(list(ACTS)), st.integers(0, 7), st.booleans()), max_size=14)


@given(anchor=st.sampled_from(["future", "due", "completion"]), steps=steps)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_of_acts_breaks_a_series(anchor: str, steps: list[tuple[str, int, bool]]) -> None:
    user = make_user()
    make_task(user, due="2026-03-02", recurrence={"rule": "FREQ=DAILY", "anchor": anchor}, now=BEGIN)
    for number, (act, which, quick) in enumerate(steps, start=1):
        if tasks := live(user):
            ACTS[act](tasks[which % len(tasks)].pk, by=user, at=BEGIN + timedelta(hours=5 * number))
        if quick:
            consume(user)
    consume(user)
    assert _is_open_once(user)
    assert [finding for finding in find_all() if finding.subject.startswith(f"user:{user.pk}")] == []


@pytest.mark.parametrize(
    ("acts", "next_day"),
    [
        pytest.param("complete 1, edit 2, reopen 1, complete 2, complete 1", 3, id="done"),
        pytest.param("complete 1, edit 2, reopen 1, delete 2, complete 1", 3, id="trashed"),
    ],
)
def test_a_slot_that_has_had_its_occurrence_is_passed_over(acts: str, next_day: int) -> None:
    user = make_user()
    make_task(user, due="2026-03-02", recurrence={"rule": "FREQ=DAILY", "anchor": "due"}, now=BEGIN)
    for hours, (act, day) in enumerate(each.split() for each in acts.split(", ")):
        [task] = [task for task in live(user) if task.occurrence == f"2026-03-0{int(day) + 1}"]
        ACTS[act](task.pk, by=user, at=BEGIN + timedelta(hours=hours))
        consume(user)
    assert [task.occurrence for task in live(user) if task.is_open] == [f"2026-03-0{next_day + 1}"]


def test_a_task_that_left_its_series_begins_another_of_its_own() -> None:
    user, rule = make_user(), rec.parse_recurrence("daily")
    task = make_task(user, due="2026-03-02", recurrence="daily", now=BEGIN)
    complete_task(task.pk, by=user, at=BEGIN)
    consume(user)
    detach_task(task.pk, by=user, at=BEGIN)
    update_task(task.pk, TaskFields(recurrence=rule), by=user, at=BEGIN)
    assert [(each.occurrence, each.is_open) for each in live(user)] == [
        ("2026-03-02", False), ("2026-03-03", True), ("2026-03-03", True)
    ]  # fmt: skip


def _is_open_once(user: User) -> bool:
    """Whether the running series waits for somebody; more than one may, after reopening."""
    running = Series.objects.filter(owner=user, ended_at=None).exists()
    waiting = Task.objects.filter(owner=user, deleted_at=None, completed_at=None).exists()
    return waiting or not running
