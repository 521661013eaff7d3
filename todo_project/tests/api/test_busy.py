"""A database that makes the API wait too long is a 503, not a failure and not a hanging request."""

import time

import pytest
from django.db import connection

from accounts_app.operations.preferences import change_preferences
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.models import Event, Stream


@pytest.fixture
def postgresql(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no lock timeout of its own; run with TODO_DATABASE_URL=postgresql://…")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("postgresql")
def test_waiting_for_a_lock_ends_in_503_and_nothing_is_written() -> None:
    user = make_user()
    change_preferences(user.pk, {"week_start": "su"})
    client = signed_in_client(user)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT 1 FROM events_app_stream WHERE id = %s FOR UPDATE", [Stream.objects.get().pk]
            )
        started = time.monotonic()
        response = client.patch("/api/auth/me/", {"week_start": "mo"})
        waited = time.monotonic() - started
    finally:
        other.close()

    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert response.json()["code"] == "unavailable"
    assert waited < 3
    assert Event.objects.count() == 1
    assert client.patch("/api/auth/me/", {"week_start": "mo"}).status_code == 200


def test_a_setting_bounds_the_wait_for_the_api() -> None:
    if connection.vendor == "postgresql":
        assert "lock_timeout=5000" in connection.settings_dict["OPTIONS"]["options"]
    else:
        assert connection.settings_dict["OPTIONS"]["timeout"] == 20
