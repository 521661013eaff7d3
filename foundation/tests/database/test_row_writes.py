"""Rows are written as the ORM writes them, and raise the same errors."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime, time, timedelta, timezone
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.db.transaction import TransactionManagementError
from django.db.utils import DataError
from django_celery_beat.models import ClockedSchedule, PeriodicTask

from events_app.models import Consumer, Cursor, DeadLetter, Heartbeat, Stream
from foundation.database import sql
from foundation.database.row_writes import insert_row, update_of

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 31, 12, 30, 15, 123_456, tzinfo=UTC)
ABROAD = datetime(2026, 7, 1, 0, 0, tzinfo=timezone(timedelta(hours=5, minutes=45)))


def stored_values(row: Model, *, without: str = "id") -> dict[str, object]:
    """Return the raw values of a row, without any conversion."""
    meta = row._meta
    columns = [str(field.column) for field in meta.concrete_fields if field.column != without]
    listed = ", ".join(f"CAST({connection.ops.quote_name(column)} AS text)" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {listed} FROM {meta.db_table} WHERE {meta.pk.column} = %s", [row.pk])
        return dict(zip(columns, cursor.fetchone(), strict=True))


def heartbeat(instance: str, detail: object) -> Heartbeat:
    return Heartbeat(role="web", instance=instance, started_at=ABROAD, beat_at=AT, detail=detail)


def dead_letter(stream: Stream, seq: int, **other: object) -> DeadLetter:
    return DeadLetter(
        consumer="audit", stream=stream, seq=seq, event_id=UUID(int=seq), type="x", error='100 % "bad"\n\\é',
        attempts=3, created_at=AT, **other,
    )  # fmt: skip


@pytest.mark.parametrize("detail", [{"n": [1, None, 2.5, "é'\\%s"]}, [], "text", 0])
def test_an_inserted_row_is_what_the_orm_inserts(detail: object) -> None:
    mine, theirs = heartbeat("a", detail), heartbeat("b", detail)
    insert_row(mine)
    theirs.save(force_insert=True)
    assert stored_values(mine) | {"instance": ""} == stored_values(theirs) | {"instance": ""}
    assert mine.pk is not None
    assert (mine._state.adding, mine._state.db) == (False, "default")


def test_a_row_gets_its_key_and_keeps_nulls() -> None:
    stream = Stream.objects.create(key="user:1")
    mine, theirs = dead_letter(stream, 1), dead_letter(stream, 2, resolved_at=AT)
    insert_row(mine)
    theirs.save()
    assert dict(DeadLetter.objects.values_list("pk", "seq")) == {mine.pk: 1, theirs.pk: 2}
    nulls = stored_values(mine)["resolved_at"], stored_values(theirs)["resolved_at"]
    assert nulls[0] is None
    assert nulls[1] is not None


def test_a_row_may_bring_its_key() -> None:
    insert_row(Consumer(name="one", registered_at=AT))
    insert_row(Stream(pk=77, key="user:77", moved_at=AT))
    assert Consumer.objects.get().name == "one"
    assert Stream.objects.get().pk == 77


def test_dates_times_choices_and_flags_are_as_the_orm_writes_them() -> None:
    users = get_user_model()
    one, other = (
        users(
            username=name, password="x", last_login=None, date_joined=AT, quiet_from=time(22, 30, 1),
            quiet_until=None, is_active=True, channels=["in_app"],
        )
        for name in ("one", "other")
    )  # fmt: skip
    insert_row(one)
    other.save()
    of_its_own = {"username": "", "username_key": ""}  # `save` makes the key of the name
    assert stored_values(one) | of_its_own == stored_values(other) | of_its_own
    cursor = Cursor(consumer="audit", stream_id=Stream.objects.create(key="user:1").pk, seq=True)
    insert_row(cursor)
    assert stored_values(cursor)["seq"] == "1"
    insert_row(dead_letter(Stream.objects.get(), 5, resolved_at=str(AT)))
    assert DeadLetter.objects.get().resolved_at == AT
    insert_row(ClockedSchedule(clocked_time=AT))
    assert ClockedSchedule.objects.get().clocked_time.date() == date(2026, 1, 31)


def update(row: Model, names: Sequence[str] | None = None) -> None:
    sql.run_together(update_of(row, names))


def test_an_update_writes_what_it_names_as_the_orm_does() -> None:
    mine, theirs, other = heartbeat("a", {}), heartbeat("b", {}), heartbeat("c", {})
    for row in (mine, theirs, other):
        insert_row(row)
    for row in (mine, theirs):
        row.detail, row.beat_at, row.role = {"é": None}, ABROAD, "not named"
    update(mine, ["detail", "beat_at"])
    theirs.save(update_fields=["detail", "beat_at"])
    assert stored_values(mine) | {"instance": ""} == stored_values(theirs) | {"instance": ""}
    assert (stored_values(mine)["role"], stored_values(other)["detail"]) == ("web", "{}")
    update(mine)
    theirs.save(force_update=True)
    assert stored_values(mine) | {"instance": ""} == stored_values(theirs) | {"instance": ""}
    update(mine, [])


def test_a_foreign_key_is_named_either_way() -> None:
    streams = [Stream.objects.create(key=f"user:{number}") for number in (1, 2, 3)]
    letter = dead_letter(streams[0], 1)
    insert_row(letter)
    letter.stream = streams[1]
    update(letter, ["stream"])
    assert DeadLetter.objects.get().stream == streams[1]
    letter.stream_id = streams[2].pk
    update(letter, ["stream_id"])
    assert DeadLetter.objects.get().stream == streams[2]


def twice_unique() -> None:
    insert_row(heartbeat("a", {}))


def against_a_check() -> None:
    insert_row(Stream(key="user:9", head=1, published=2, moved_at=AT))


def null_where_none_may_be() -> None:
    nobody = heartbeat("b", {})
    nobody.role = None  # type: ignore[assignment] # the mistake
    insert_row(nobody)


def updated_to_be_the_same() -> None:
    insert_row(second := heartbeat("b", {}))
    second.instance = "a"
    update(second, ["instance"])


@pytest.mark.parametrize(
    "refused", [twice_unique, against_a_check, null_where_none_may_be, updated_to_be_the_same]
)
def test_what_the_database_refuses_is_refused_as_by_the_orm(refused: Callable[[], None]) -> None:
    insert_row(heartbeat("a", {}))
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            refused()
        with pytest.raises(TransactionManagementError):
            Heartbeat.objects.count()
        transaction.set_rollback(True)


def test_a_value_that_the_field_refuses_is_refused() -> None:
    with pytest.raises((ValueError, TypeError)):
        insert_row(Cursor(consumer="audit", stream_id=1, seq="many"))


def test_too_long_a_text_is_refused_where_the_database_counts_and_never_cut() -> None:
    refused = pytest.raises(DataError) if connection.vendor == "postgresql" else nullcontext()
    with refused, transaction.atomic():
        insert_row(heartbeat("x" * 200, {}))
    kept = [] if connection.vendor == "postgresql" else ["x" * 200]
    assert list(Heartbeat.objects.values_list("instance", flat=True)) == kept


def test_a_model_with_a_field_that_sets_itself_is_refused() -> None:
    with pytest.raises(TypeError, match="by itself"):
        insert_row(PeriodicTask(name="x"))


def test_statements_run_together_see_each_other_and_give_the_last_rows() -> None:
    one, two = heartbeat("a", {"%": "100 %s"}), heartbeat("b", {})
    insert_row(one)
    insert_row(two)
    one.role = "worker"
    all_of_them = "SELECT instance FROM events_app_heartbeat WHERE role = %s ORDER BY id"
    done: list[int] = []
    rows = sql.run_together(
        [
            *update_of(one, ["role"]),
            ("UPDATE events_app_heartbeat SET role = %s WHERE role = %s", ["relay", "worker"]),
            lambda: done.append(Heartbeat.objects.filter(role="relay").count()),
            ("UPDATE events_app_heartbeat SET role = %s", ["relay"]),
            (all_of_them, ["relay"]),
        ]
    )
    assert (rows, done) == ([("a",), ("b",)], [1])
    assert sql.run_together(update_of(one)) == []
    assert [*update_of(one, []), *sql.run_together([])] == []


def test_one_refused_of_those_run_together_undoes_all() -> None:
    one, other = heartbeat("a", {}), heartbeat("b", {})
    insert_row(one)
    insert_row(other)
    one.role, other.instance = "worker", "c"
    clash = ("UPDATE events_app_heartbeat SET role = %s, instance = %s", ["x", "y"])
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.run_together([*update_of(one), *update_of(other), clash])
    assert [(each.role, each.instance) for each in Heartbeat.objects.order_by("id")] == [
        ("web", "a"),
        ("web", "b"),
    ]
