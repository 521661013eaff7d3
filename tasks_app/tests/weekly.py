"""A weekly series, and what is asked about series by their number."""

from typing import Any

from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import Task
from tasks_app.tests.helpers import make_task

FUTURE: dict[str, Any] = {"due": "2030-09-16T08:00", "time_zone": "UTC"}


def weekly(user: User, rule: Any = "weekly", **fields: Any) -> Task:
    return make_task(user, recurrence=rule, **{**FUTURE, **fields})


def series_url(task: Task, more: str = "") -> str:
    return f"/api/series/{task.series_id}/{more}"


def rows(client: APIClient, task: Task, query: str = "") -> list[tuple[str, str, int | None]]:
    found = client.get(series_url(task, f"occurrences/{query}")).json()["results"]
    return [(row["local"], row["status"], row["task_id"]) for row in found]
