"""Rows in a JSON array are read as the ORM reads them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from events_app.models import Cursor, DeadLetter, Heartbeat, Stream
from foundation.database import sql
from foundation.database.row_reads import list_of, row_from, rows_in, select_columns

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 31, 12, 30, 15, 123_456, tzinfo=UTC)


def plain(row: object) -> dict[str, object]:
    return row.__dict__ | {"_state": None}


def test_rows_come_in_order_with_every_type_of_column() -> None:
    one, other = (Stream.objects.create(key=key, moved_at=AT, relay_error='"é\\\n%s') for key in ("a", "b"))
    for seq, whole in ((2, AT.replace(microsecond=0)), (1, None)):
        DeadLetter.objects.create(
            consumer="audit", stream=one, seq=seq, event_id=UUID(int=seq), type="x", error="e", attempts=2**31 - 1,
            created_at=AT, resolved_at=whole,
        )  # fmt: skip
    letters = list_of(DeadLetter, "WHERE n.stream_id = t.id", order="n.seq")
    rows = sql.run_together(
        [(f"SELECT {select_columns(Stream)}, {letters} FROM events_app_stream t ORDER BY t.id", [])]
    )
    assert [plain(row_from(Stream, row[:-1])) for row in rows] == [plain(each) for each in (one, other)]
    expected = list(DeadLetter.objects.order_by("seq"))
    assert [plain(each) for each in rows_in(DeadLetter, rows[0][-1])] == [plain(each) for each in expected]
    assert rows_in(DeadLetter, rows[1][-1]) == []


def test_a_row_that_came_along_can_be_saved() -> None:
    stream = Stream.objects.create(key="a")
    Cursor.objects.create(consumer="audit", stream=stream, seq=2**62)
    [(listed,)] = sql.run_together([(f"SELECT {list_of(Cursor, '', order='n.id')}", [])])
    [cursor] = rows_in(Cursor, listed)
    assert cursor.seq == 2**62
    cursor.seq = 1
    cursor.save()
    assert Cursor.objects.get().seq == 1


def test_a_column_of_json_is_refused() -> None:
    with pytest.raises(TypeError, match="JSON"):
        rows_in(Heartbeat, "[[1, 2, 3, 4, 5, 6]]")
