"""Payloads for tests: one that sockets send, and one that has to be asked for."""

from django.utils import timezone

from events_app.contracts import (
    NotificationCreated,
    NotificationSnapshot,
    PreferencesSnapshot,
    PreferencesUpdated,
)


def notification(number: int, body: str = "") -> NotificationCreated:
    """Return a payload that sockets send."""
    return NotificationCreated(
        notification=NotificationSnapshot(
            id=number,
            kind="reminder",
            title=f"Number {number}",
            body=body,
            task_id=None,
            reminder_id=None,
            firing=None,
            created_at=timezone.now(),
            read_at=None,
        )
    )


def preferences() -> PreferencesUpdated:
    """Return a payload that sockets send only where it is asked for."""
    values = PreferencesSnapshot(
        time_zone="UTC", week_start="mo", quiet_from=None, quiet_until=None, channels=[]
    )
    return PreferencesUpdated(preferences=values, changed_fields=[], previous={})
