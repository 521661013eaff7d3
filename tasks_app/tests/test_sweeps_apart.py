"""What is wrong with one user holds up no sweep over the others."""

from accounts_app.models import User
from accounts_app.operations.preferences import change_preferences
from accounts_app.tests.factories import make_user
from events_app import counters
from tasks_app.models import Reminder, ReplanJob
from tasks_app.operations.firing import fire_due_reminders
from tasks_app.operations.replan import run_replan_jobs
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
        change_preferences(owner.pk, {"time_zone": "Asia/Tokyo"})
        consume(owner, "replan")
    forget_zone(user)
    run_replan_jobs()
    assert set(ReplanJob.objects.filter(finished_at=None).values_list("owner_id", flat=True)) == {user.pk}
