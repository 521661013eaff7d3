"""The whole platform from HTTP to the notification, at times that a test sets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.consumers.kernel import advance
from events_app.contracts import stream_key
from events_app.log.history import head_of
from foundation.database.transactions import clock
from notifications_app.operations.account_mails import send_account_mails
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.operations.quiet import release_held_notifications
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.reminders.replan import run_replan_jobs


class World:
    """A user with a client, at a time that the test sets."""

    def __init__(self, user: User) -> None:
        self.user, self.client, self.now = user, APIClient(), datetime(2026, 1, 1, tzinfo=UTC)
        self.client.force_login(user)  # a session: tokens would not outlive the jumps in time

    def at(self, text: str) -> "World":
        """Set all clocks."""
        self.now = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return self

    def run(self) -> "World":
        """Do what sweeps and consumers do, until nothing is left."""
        fire_due_reminders()
        for consumer in ("recurrence", "replan", "notifications"):
            advance(consumer, {stream_key(self.user.pk): head_of(self.user.pk)})
        run_replan_jobs()
        release_held_notifications()
        send_account_mails()
        send_due_deliveries()
        return self

    def call(self, method: str, path: str, body: Any = None) -> Any:
        response = getattr(self.client, method)(f"/api/{path}", body)
        assert response.status_code < 300, response.content
        return response.json() if response.content else None

    def task(self, **body: Any) -> dict[str, Any]:
        row: dict[str, Any] = self.call("post", "tasks/", {"title": "Water plants", **body})
        return row

    def preview(self, recurrence: Any, **due: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.call(
            "post", "recurrence/preview/", {"recurrence": recurrence, **due}
        )["results"]
        return rows

    def locals(self, recurrence: Any, **due: Any) -> str:
        return " ".join(row["local"] for row in self.preview(recurrence, **due))

    def utcs(self, recurrence: Any, **due: Any) -> list[str]:
        return [f"{row['utc'][5:10]} {row['utc'][11:16]}Z" for row in self.preview(recurrence, **due)]

    def open(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.call("get", "tasks/?status=pending")["results"]
        return rows

    def notifications(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.call("get", "notifications/")["results"]
        return rows


@contextmanager
def set_times(**preferences: Any) -> Iterator[World]:
    """A new user's world; the clocks of the database and of the application are its own."""
    world = World(make_user(**{"time_zone": "UTC", **preferences}))
    with patch("django.utils.timezone.now", lambda: world.now), clock(lambda: world.now):
        yield world
