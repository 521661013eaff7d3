"""Rules that were made to take for ever are refused by every way in, at once, and leave nothing behind."""

import time

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.tests.helpers import kinds, make_task
from tasks_app.tests.recurrence.test_bounds import BOMBS

MAX_SECONDS = 0.1
WAYS = ("preview", "create", "change", "change the series")


def call(client: APIClient, way: str, bomb: object, ids: tuple[int, int | None]) -> tuple[int, str]:
    body = {"recurrence": bomb}
    match way:
        case "preview":
            response = client.post("/api/recurrence/preview/", {**body, "due_on": "2026-06-01"})
        case "create":
            response = client.post("/api/tasks/", {**body, "title": "x", "due_on": "2026-06-01"})
        case "change":
            response = client.patch(f"/api/tasks/{ids[0]}/", body)
        case _:
            response = client.patch(f"/api/series/{ids[1]}/", body)
    return response.status_code, response.json()["errors"][0]["field"]


@pytest.mark.parametrize("way", WAYS)
def test_a_bomb_is_refused(user: User, client: APIClient, way: str) -> None:
    task = make_task(user, due="2026-06-01", recurrence="weekly")
    call(client, way, "FREQ=HOURLY", (task.pk, task.series_id))  # what is loaded once is not counted
    assert len(BOMBS) >= 40
    for bomb, _ in BOMBS:
        # The process collects garbage now and then, which is nothing of the bomb's.
        assert min(seconds_of(client, way, bomb, (task.pk, task.series_id)) for _ in range(3)) < MAX_SECONDS
    assert kinds(user) == ["task.created"]


def seconds_of(client: APIClient, way: str, bomb: object, ids: tuple[int, int | None]) -> float:
    """Send one, see it refused, and return the processor time that it took."""
    began = time.process_time()
    status, field = call(client, way, bomb, ids)
    took = time.process_time() - began
    assert (status, field.partition(".")[0]) == (400, "recurrence"), str(bomb)[:60]
    return took
