"""Asking for changes and taking them back over HTTP."""

from typing import Any

from rest_framework.test import APIClient

from tasks_app.invariants import (
    find_missing_successors,
    find_tasks_unlike_log,
    find_unfired_reminders,
    find_wrong_tag_links,
)

CHECKS = (find_tasks_unlike_log, find_missing_successors, find_unfired_reminders, find_wrong_tag_links)


def found() -> list[object]:
    return [finding for check in CHECKS for finding in check()]


def create(client: APIClient, **fields: Any) -> dict[str, Any]:
    response = client.post("/api/tasks/", {"title": "Milk", **fields})
    assert response.status_code == 201, response.content
    return dict(response.json())


def undo(client: APIClient, row: dict[str, Any], *, expect: int = 200, if_match: str = "*") -> Any:
    response = client.post(f"/api/tasks/{row['id']}/undo/", headers={"If-Match": if_match})
    assert response.status_code == expect, response.content
    return response.json() if response.content else None


def read(client: APIClient, row: dict[str, Any]) -> Any:
    return client.get(f"/api/tasks/{row['id']}/").json()


def same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether two rows differ in nothing but the bookkeeping."""
    return {**first, "version": 0, "updated_at": ""} == {**second, "version": 0, "updated_at": ""}
