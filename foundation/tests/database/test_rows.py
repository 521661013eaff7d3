"""Rows are read as the ORM reads them."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events_app.models import Consumer, Heartbeat
from foundation.database.row_reads import lock_rows, read_rows

pytestmark = pytest.mark.django_db


def test_a_row_is_the_same_with_every_type_of_column() -> None:
    at = datetime(2026, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)
    Heartbeat.objects.create(role="web", instance="a", beat_at=at, detail={"n": [1, None, "é"]})
    [row] = read_rows(Heartbeat, "WHERE t.role = %s", ["web"])
    assert row.__dict__ | {"_state": None} == Heartbeat.objects.get().__dict__ | {"_state": None}
    assert (row.beat_at, row.detail) == (at, {"n": [1, None, "é"]})


def test_a_row_that_was_read_can_be_saved() -> None:
    Consumer.objects.create(name="one")
    [row] = read_rows(Consumer, "WHERE t.name = %s", ["one"])
    row.state = Consumer.State.PAUSED
    row.save()
    assert [each.state for each in Consumer.objects.all()] == ["paused"]
    assert read_rows(Consumer, "WHERE t.name = %s", ["another"]) == []


def test_rows_are_locked_in_the_order_of_their_keys_and_missing_ones_are_left_out() -> None:
    made = [Heartbeat.objects.create(role=role, instance="i", beat_at=timezone.now()) for role in ("a", "b")]
    keys = [made[1].pk, made[0].pk, made[1].pk + 1000]
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        assert lock_rows(Heartbeat, keys) == made
    assert ("FOR NO KEY UPDATE" in captured[0]["sql"]) is (connection.vendor == "postgresql")
    assert lock_rows(Heartbeat, []) == []
