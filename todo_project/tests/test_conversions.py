"""One row and many rows, through INSERT, COPY and the ORM, write the same for every field of every model."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.models.functions import Now
from django_celery_beat.models import PeriodicTask

from accounts_app.names.fields import NameKeyField
from events_app.models import DeadLetter, Stream
from foundation.database import row_reads, row_writes, sql
from foundation.database.row_reads import list_of, read_rows, rows_in
from foundation.database.row_writes import (
    _ROWS_WORTH_COPYING,
    insert_all,
    insert_row,
    insert_statements,
    update_of,
    update_statements,
)
from tasks_app.models.search import WordsField
from tasks_app.search.words import words_for

pytestmark = pytest.mark.django_db

MODELS = [model for model in apps.get_models() if model._meta.app_label in settings.PROJECT_APPS]
MANY = _ROWS_WORTH_COPYING + 1
ABROAD = timezone(timedelta(hours=5, minutes=45))
TEXTS = ("it's 100 % \\N \\x41 \t\r\n{}é\u2028\U0001f389", "", "\\.", "a", "\\\\", "'; --")
MOMENTS = (
    datetime(2026, 1, 31, 12, 30, 15, 123_456, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=ABROAD),
    datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC),
)
# What a field takes; a type that is not here fails the test, and gets a line.
SAMPLES: dict[type[Any], Sequence[Any]] = {
    models.BooleanField: (True, False),
    models.DateTimeField: MOMENTS,
    models.DateField: (date(2026, 2, 28), date(1970, 1, 1), date(9999, 12, 31)),
    models.TimeField: (time(22, 30, 1), time(0), time(23, 59, 59, 999_999)),
    models.UUIDField: (UUID(int=2**128 - 1), UUID(int=7), UUID("0123456789abcdef0123456789abcdef")),
    models.JSONField: ({"n": [1, None, 2.5, "é'\\%s\n\t"]}, [], "text", 0, {"a": {"b": "\\N"}}, False),
    models.PositiveSmallIntegerField: (32_767, 0, 1),
    models.SmallIntegerField: (32_767, -32_768, 0),
    models.PositiveIntegerField: (2**31 - 1, 0, 1),
    models.IntegerField: (2**31 - 1, -(2**31), 0),
    models.FloatField: (1_795_943_166.25, -0.5, 0.0),  # JSON of SQLite has 15 digits
    models.BigIntegerField: (2**63 - 1, -(2**63), 0),
    WordsField: (words_for(1, "Milk and \\ 'honey'", "é"), words_for(2, "", ""), words_for(3, "x", "y z")),
    models.TextField: TEXTS,
    models.CharField: TEXTS,
}


@pytest.fixture(autouse=True)
def _plans() -> Iterator[None]:
    """Statements and columns are put together once for each model: forget those for the tables of these tests."""
    plans = (
        row_writes._write_plan,
        row_reads._read_plan,
        row_writes._row_insert_plan,
        row_writes._row_update_plan,
    )
    for plan in plans:
        plan.cache_clear()
    yield
    for plan in plans:
        plan.cache_clear()
    for model in MODELS:
        for field in model._meta.concrete_fields:
            field.__dict__.pop("cached_col", None)


def bare_table(model: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the model's table be one with the same columns, without constraints."""
    meta = model._meta
    table = f"bare_{meta.db_table}"
    text = f"CREATE TEMPORARY TABLE {table} AS SELECT * FROM {meta.db_table} WHERE 1 = 0"
    sql.execute(text, [])
    monkeypatch.setattr(meta, "db_table", table)
    return model


def value_of(field: Any, number: int) -> Any:
    """The value of a field in the row of that number: None now and then, where it may be."""
    while field.is_relation:
        field = field.target_field
    if field.primary_key and not isinstance(field, models.CharField):
        return UUID(int=2**127 + number) if isinstance(field, models.UUIDField) else number + 1
    if field.null and number % 4 == 3:
        return None
    if field.choices:
        members = [value for value, _ in field.choices]
        return members[number % len(members)]
    [samples] = [SAMPLES[kind] for kind in type(field).__mro__ if kind in SAMPLES][:1]
    sample = samples[number % len(samples)]
    return sample[: field.max_length] if isinstance(sample, str) and field.max_length else sample


def row_of(model: Any, number: int) -> Any:
    """A row with a value in each field; what `save` derives, such as the key of a name, is derived."""
    row = model(**{field.attname: value_of(field, number) for field in model._meta.concrete_fields})
    for field in model._meta.concrete_fields:
        if isinstance(field, NameKeyField):
            field.pre_save(row, add=True)
    return row


def insert_singly(made: Sequence[models.Model]) -> None:
    for row in made:
        insert_row(row)


def update_singly(made: Sequence[models.Model], names: tuple[str, ...]) -> None:
    for row in made:
        sql.run_together(update_of(row, names))


def update_together(made: Sequence[models.Model], names: tuple[str, ...]) -> None:
    sql.run_together(update_statements(made, names))


def kept(model: Any) -> list[tuple[Any, ...]]:
    """What the database keeps, past all conversions."""
    quoted = [connection.ops.quote_name(field.column) for field in model._meta.concrete_fields]
    listed = ", ".join(f"CAST({column} AS text)" for column in quoted)
    found = sql.fetch(f"SELECT {listed} FROM {model._meta.db_table}", [])
    return sorted(found, key=repr)


def read_back(model: Any) -> list[dict[str, Any]]:
    readable = [field.attname for field in model._meta.concrete_fields if not isinstance(field, WordsField)]
    key = model._meta.pk.attname
    found = [{name: getattr(row, name) for name in readable} for row in read_rows(model, "", [])]
    return sorted(found, key=lambda row: str(row[key]))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("count", [1, 2, MANY])
def test_every_field_of_every_model_is_written_alike(
    model: Any, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_table(model, monkeypatch)
    written: list[list[tuple[Any, ...]]] = []
    ways: list[Callable[[list[Any]], object]] = [insert_singly, insert_all, model._base_manager.bulk_create]
    for write in ways:
        write([row_of(model, number) for number in range(count)])
        written.append(kept(model))
        back = read_back(model)
        sql.execute(f"DELETE FROM {model._meta.db_table}", [])
    assert written[0] == written[1] == written[2]
    given = [row_of(model, number) for number in range(count)]
    key = model._meta.pk.attname
    assert back == [
        {name: getattr(row, name) for name in each}
        for row, each in zip(sorted(given, key=lambda row: str(getattr(row, key))), back, strict=True)
    ]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("count", [1, 2, MANY])
def test_every_field_of_every_model_is_updated_alike(
    model: Any, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_table(model, monkeypatch)
    names = tuple(field.attname for field in model._meta.concrete_fields if not field.primary_key)
    if not names:
        pytest.skip("nothing but a key")
    old = [row_of(model, number) for number in range(count)]
    new = [row_of(model, number) for number in range(count)]
    for one, other in zip(new, reversed(old), strict=True):
        for name in names:
            setattr(one, name, getattr(other, name))
    written = []
    for update in (update_singly, update_together):
        insert_all(old)
        update(new, names)
        written.append(kept(model))
        sql.execute(f"DELETE FROM {model._meta.db_table}", [])
    insert_all(new)
    assert written == [kept(model)] * 2


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_rows_that_come_along_as_json_are_read_alike(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_table(model, monkeypatch)
    kinds = {type(field) for field in model._meta.concrete_fields}
    if models.JSONField in kinds:
        with pytest.raises(TypeError, match="JSON in JSON"):
            rows_in(model, "[[0]]")
        return
    if WordsField in kinds:
        pytest.skip("words are never read")
    insert_all([row_of(model, number) for number in range(MANY)])
    [(listed,)] = sql.fetch(f"SELECT {list_of(model, '', order='1')}", [])
    key = model._meta.pk.attname
    found = sorted(rows_in(model, listed), key=lambda row: str(getattr(row, key)))
    expected = read_back(model)
    assert expected == [
        {name: getattr(row, name) for name in each} for row, each in zip(found, expected, strict=True)
    ]


@pytest.mark.parametrize("count", [1, 2, MANY])
def test_what_finds_its_value_by_itself_is_refused_for_any_number_of_rows(count: int) -> None:
    with pytest.raises(TypeError, match="by itself"):
        insert_all([PeriodicTask(name=str(number)) for number in range(count)])


@pytest.mark.parametrize("count", [1, 2, MANY])
@pytest.mark.parametrize("expression", [Now(), models.F("head"), None])
def test_an_expression_is_refused_for_any_number_of_rows(count: int, expression: object) -> None:
    """`None`: the row has no value, and the column a default of the database's."""
    given = {"moved_at": expression} if expression is not None else {}
    with pytest.raises(TypeError, match="expression"):
        insert_all([Stream(key=f"user:{number}", **given) for number in range(count)])


@pytest.mark.parametrize("count", [1, 2, MANY])
def test_values_of_other_types_are_converted_for_any_number_of_rows(count: int) -> None:
    stream = Stream.objects.create(key="user:1")
    letters = [
        DeadLetter(
            consumer="audit", stream_id=str(stream.pk), seq=str(number), event_id=str(UUID(int=number)), type=7,
            error="e", attempts=True, created_at=str(MOMENTS[0]), resolved_at=MOMENTS[1],
        )
        for number in range(count)
    ]  # fmt: skip
    insert_all(letters)
    assert set(
        DeadLetter.objects.values_list("type", "attempts", "created_at", "resolved_at", "stream_id")
    ) == {("7", 1, MOMENTS[0], MOMENTS[1], stream.pk)}
    assert {letter.event_id for letter in DeadLetter.objects.all()} == {UUID(int=n) for n in range(count)}


@pytest.mark.parametrize("count", [1, 2, MANY])
def test_a_value_that_a_field_refuses_is_refused_for_any_number_of_rows(count: int) -> None:
    with pytest.raises((ValueError, TypeError)):
        insert_all([Stream(key="a", head="many", moved_at=MOMENTS[0]) for _ in range(count)])


def test_rows_with_and_without_keys_may_be_mixed() -> None:
    given = [Stream(key=f"user:{n}", moved_at=MOMENTS[0], pk=1000 if n == 1 else None) for n in range(MANY)]
    insert_all(given)
    assert {row.pk: row.key for row in Stream.objects.all()} == {row.pk: row.key for row in given}
    assert len({row.pk for row in given}) == MANY


def test_one_column_alone_can_be_inserted() -> None:
    sql.run_together(insert_statements(Stream, ("key",), [("user:1",), ("user:2",)]))
    assert Stream.objects.count() == 2
