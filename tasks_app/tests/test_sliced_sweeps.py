"""Sweeps over tasks leave to their next call what a time slice has no room for."""

import pytest

from accounts_app.models import User
from events_app.runtime.time_slices import time_slice
from tasks_app.models import Reminder, ReplanJob, Task
from tasks_app.operations.reminders import fire, replan
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.reminders.replan import request_replan, run_replan_jobs
from tasks_app.tests.helpers import make_task

pytestmark = pytest.mark.django_db


def test_reminders_fire_a_part_at_a_time(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fire, "FIRINGS_PER_TRANSACTION", 1)
    for _ in range(3):
        make_task(user, due="2030-05-04T09:00", reminders=["1h"])
    monkeypatch.setattr(fire, "_has_come", lambda *_: True)
    Reminder.objects.update(fire_at="2020-01-01T00:00:00Z")
    fired = []
    for _ in range(4):
        with time_slice(0):
            fired.append(fire_due_reminders())
    assert fired == [1, 1, 1, 0]


def test_a_long_replan_job_goes_on_in_the_next_slice(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replan, "_TASKS_PER_TRANSACTION", 1)
    for _ in range(3):
        make_task(user, due="2030-05-04")
    assert Task.objects.filter(due_date__isnull=False, time_zone="").count() == 3
    request_replan(user.pk, event_seq=1)
    looked_at = []
    while ReplanJob.objects.filter(finished_at__isnull=True).exists():
        with time_slice(0) as part:
            looked_at.append(run_replan_jobs())
        assert len(looked_at) < 10
    assert looked_at == [1, 1, 1, 0]
    assert not part.was_cut
