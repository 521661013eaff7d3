"""What is wrong with one user holds up no sweep over the others."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from accounts_app.models import User
from accounts_app.operations.preferences import change_preferences
from accounts_app.tests.factories import make_user
from events_app.log.write import Log
from foundation import counters
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft
from tasks_app.invariants import find_open_replans
from tasks_app.models import Reminder, ReplanJob, Task
from tasks_app.operations.reminders import fire, replan
from tasks_app.operations.reminders.fire import fire_all, fire_due_reminders
from tasks_app.operations.reminders.replan import replan_draft, run_replan_jobs
from tasks_app.operations.tasks import delete_task
from tasks_app.operations.trash import trash
from tasks_app.operations.trash.removal import remove_rows
from tasks_app.queries.reminders import Firing
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import consume, make_task


def forget_zone(user: User) -> None:
    """As when the time zones of a host are older than those the user chose from."""
    User.objects.filter(pk=user.pk).update(time_zone="Nowhere/Gone")


def test_reminders_of_the_others_fire(user: User, database_clock: SetClock) -> None:
    other = make_user()
    for owner in (user, other):
        make_task(owner, due="2026-05-04T09:00", reminders=["30m"])
    forget_zone(user)
    failed = counters.snapshot().get("sweep.failed.reminders", 0)
    database_clock.set("2026-05-05T00:00:00+00:00")
    assert fire_due_reminders() == 1
    assert counters.snapshot()["sweep.failed.reminders"] == failed + 1
    assert set(Reminder.objects.values_list("owner_id", "status")) == {
        (user.pk, "pending"),
        (other.pk, "fired"),
    }
    User.objects.filter(pk=user.pk).update(time_zone="UTC")
    assert fire_due_reminders() == 1


def test_replanning_of_the_others_goes_on(user: User) -> None:
    other = make_user()
    for owner in (user, other):
        make_task(owner, due="2026-05-04")
        change_preferences(owner.pk, {"time_zone": "Asia/Tokyo"})
        consume(owner, "replan")
    forget_zone(user)
    run_replan_jobs()
    assert set(ReplanJob.objects.filter(finished_at=None).values_list("owner_id", flat=True)) == {user.pk}


def test_one_reminder_that_fails_holds_up_no_other_of_its_owner(
    user: User, database_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [make_task(user, due="2026-05-04T09:00", reminders=["30m"]) for _ in range(4)]
    faulty = Reminder.objects.get(task=tasks[1])

    def fail_for_one(ready: Mapping[Log, Sequence[Firing]], *, now: datetime) -> None:
        if any(each.id == faulty.pk for firings in ready.values() for each in firings):
            raise ArithmeticError("planted")
        fire_all(ready, now=now)

    monkeypatch.setattr(fire, "fire_all", fail_for_one)
    database_clock.set("2026-05-05T00:00:00+00:00")
    assert fire_due_reminders() == 3
    assert list(Reminder.objects.filter(status="pending")) == [faulty]
    monkeypatch.undo()
    assert fire_due_reminders() == 1


def test_one_task_that_cannot_follow_a_new_zone_keeps_no_other_from_following(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [make_task(user, due="2026-05-04", reminders=["15h"]) for _ in range(3)]
    before = dict(Task.objects.values_list("pk", "due_instant"))

    def fail_for_one(change: Change, draft: Draft) -> None:
        if draft.task.pk == tasks[0].pk:
            raise ArithmeticError("planted")
        replan_draft(change, draft)

    monkeypatch.setattr(replan, "replan_draft", fail_for_one)
    change_preferences(user.pk, {"time_zone": "Asia/Tokyo"})
    consume(user, "replan")
    run_replan_jobs()
    moved = {pk for pk, instant in Task.objects.values_list("pk", "due_instant") if instant != before[pk]}
    assert moved == {tasks[1].pk, tasks[2].pk}
    assert [finding.kind for finding in find_open_replans()] == ["lag"]
    monkeypatch.undo()
    ReplanJob.objects.update(retry_at=datetime(2026, 1, 1, tzinfo=UTC))
    run_replan_jobs()
    assert Task.objects.get(pk=tasks[0].pk).due_instant != before[tasks[0].pk]
    assert list(find_open_replans()) == []


def test_the_trash_of_the_others_is_purged(
    user: User, database_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_user()
    faulty, _ = [make_task(owner) for owner in (user, other)]
    for task in Task.objects.all():
        delete_task(task.pk, by=task.owner, at=database_clock.now)
    database_clock.advance(days=31)

    def fail_for_one(task_ids: Sequence[int]) -> None:
        if faulty.pk in task_ids:
            raise ArithmeticError("planted")
        remove_rows(task_ids)

    monkeypatch.setattr(trash, "remove_rows", fail_for_one)
    assert trash.purge_trash() == 1
    assert list(Task.objects.all()) == [faulty]
    monkeypatch.undo()
    assert trash.purge_trash() == 1
