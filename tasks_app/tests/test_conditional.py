"""`If-Match` on every call that changes a task, found by walking the URLs."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from events_app.log.history import head_of
from tasks_app.models import Reminder
from tasks_app.tests.helpers import make_task
from tasks_app.tests.test_foreign_ids import VIEWS, filled

# Calls that are about something else than one task, or make no change of it.
OTHERS = {"series_id", "tag_id", "job_id", "view_id"}
BODIES: tuple[dict[str, Any], ...] = ({}, {"title": "x"}, {"offset": "1h"}, {"minutes": 5})
CHANGING = [
    (method, path)
    for path, view in VIEWS.items()
    if not any(f"<{name}>" in path for name in OTHERS)
    for method in ("post", "put", "patch", "delete")
    if hasattr(view, method)
]


def test_there_are_such_calls() -> None:
    assert len(CHANGING) > 40


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_another_version_is_412_and_changes_nothing(
    client: APIClient, user: User, method: str, path: str
) -> None:
    task = make_task(user, due="2030-05-04T09:00", reminders=["30m"], recurrence="weekly")
    ids = {"task_id": task.pk, "reminder_id": Reminder.objects.get().pk, "user_id": user.pk}
    if "trash/" in path:
        assert client.delete(f"/api/tasks/{task.pk}/").status_code == 204
    before = head_of(user.pk)
    call = getattr(client, method)
    codes = {call(filled(path, ids), body, headers={"If-Match": '"7"'}).status_code for body in BODIES}
    assert codes <= {400, 412}
    assert 412 in codes
    assert head_of(user.pk) == before


def test_every_change_answers_the_version(client: APIClient, user: User) -> None:
    task = make_task(user, due="2030-05-04T09:00")
    url = f"/api/tasks/{task.pk}"
    answers = [
        client.get(f"{url}/"),
        client.patch(f"{url}/", {"title": "x"}),
        client.post(f"{url}/reminders/", {"offset": "1h"}),
        client.put(f"{url}/completion/"),
        client.delete(f"{url}/completion/"),
        client.patch(f"{url}/complete/"),
        client.post(f"{url}/undo/"),
    ]
    assert [answer["ETag"] for answer in answers] == [f'"{version}"' for version in range(1, 8)]
    reminder = f"/api/reminders/{Reminder.objects.get().pk}/"
    stale, fresh = ({"If-Match": f'"{version}"'} for version in (6, 7))
    assert client.patch(reminder, {"offset": "2h"}, headers=stale).status_code == 412
    assert client.patch(reminder, {"offset": "2h"}, headers=fresh)["ETag"] == '"8"'
    assert client.post(f"{reminder}snooze/", {"minutes": 5}, headers=fresh).status_code == 412
    assert client.delete(reminder, headers=fresh).status_code == 412
