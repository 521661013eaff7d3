"""Asking for changes and taking them back over HTTP."""

from typing import Any

from rest_framework.test import APIClient

from tasks_app.invariants import (
    find_missing_successors,
    find_tasks_unlike_log,
    find_unfired_reminders,
    find_wrong_tag_links,
)
from tasks_app.models import Task

CHECKS = (find_tasks_unlike_log, find_missing_successors, find_unfired_reminders, find_wrong_tag_links)


def found() -> list[object]:
    return [finding for check in CHECKS for finding in check()]


def create(client: APIClient, **fields: Any) -> dict[str, Any]:
    response = client.post("/api/tasks/", {"title": "Milk", **fields})
    assert response.status_code == 201, response.content
    return dict(response.json())


def undo(
    client: APIClient,
    row: dict[str, Any],
    *,
    expect: int = 200,
    if_match: str = "*",
    version: int | None = None,
) -> Any:
    body = {} if version is None else {"version": version}
    response = client.post(f"/api/tasks/{row['id']}/undo/", body, headers={"If-Match": if_match})
    assert response.status_code == expect, response.content
    return response.json() if response.content else None


def redo(client: APIClient, row: dict[str, Any], *, expect: int = 200) -> Any:
    """Take back the undo that was the last change of a task."""
    return undo(client, row, expect=expect, version=Task.objects.get(pk=row["id"]).version)


def read(client: APIClient, row: dict[str, Any]) -> Any:
    return client.get(f"/api/tasks/{row['id']}/").json()


def same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether two rows differ in nothing but the bookkeeping."""
    return {**first, "version": 0, "updated_at": ""} == {**second, "version": 0, "updated_at": ""}
