"""Two at once change nothing that one alone would not: on PostgreSQL, where writers really run side by side.

How operations on a series race its consumer is tested in test_settling.
"""

import pytest
from django.db import connection

from accounts_app.tests.factories import make_user
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.tests.helpers import kinds, make_task
from tasks_app.tests.racing import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]


def test_two_sweeps_fire_each_reminder_once() -> None:
    users = [make_user() for _ in range(10)]
    for user in users:
        make_task(user, due="2026-01-02T09:00", reminders=["30m", "1h"])
    together(*[fire_due_reminders] * 4)
    fire_due_reminders()
    assert [kinds(user).count("reminder.due") for user in users] == [2] * 10
