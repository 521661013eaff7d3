"""Indexes are away while many rows come, and the same afterwards, whatever ends it."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import Model

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from foundation.database import sql
from foundation.database.transactions import write_transaction
from foundation.database.whole_tables import without_indexes
from tasks_app.models import Tag, TaskTag
from tasks_app.tests.helpers import make_task

MODELS: tuple[type[Model], ...] = (Tag, TaskTag)
OF_TAGS = {
    "task_tag_of_tag",
    "task_tag_live",
    "task_tag_by_priority",
    "task_tag_pending",
    "tag_once_per_owner",
}
TABLES = [model._meta.db_table for model in MODELS]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def user() -> User:
    return make_user()


def constraints() -> list[Any]:
    """What Django finds in the database of each table: keys, foreign keys, checks, indexes."""
    with connection.cursor() as cursor:
        return [connection.introspection.get_constraints(cursor, table) for table in TABLES]


def definitions() -> list[sql.SqlRow]:
    """Indexes and foreign keys, in their order, as the database would make them again."""
    references = sql.fetch(*sql.select_references(TABLES)) if connection.vendor == "postgresql" else []
    return [*sql.fetch(*sql.select_indexes(TABLES)), *references]


def test_they_are_the_same_after_the_block_and_away_inside_it(user: User) -> None:
    before, made, names = constraints(), definitions(), list[str]()
    with write_transaction(), without_indexes(MODELS, on_each=names.append):
        assert definitions() == []
        left = {name for table in constraints() for name in table}
        make_task(user, tags=("home",))
    assert not left & OF_TAGS
    assert "task_tag_once" in left, "what a constraint has stays"
    assert (constraints(), definitions()) == (before, made)
    assert {name.strip('"') for name in names} >= OF_TAGS
    assert TaskTag.objects.count() == 1


def test_nothing_is_asked_for_no_tables() -> None:
    with without_indexes([]):
        pass


def test_rows_that_an_index_refuses_end_it(user: User) -> None:
    made = definitions()
    with pytest.raises(IntegrityError), write_transaction(), without_indexes(MODELS):
        Tag.objects.bulk_create(Tag(owner=user, name="home", key="home") for _ in range(2))
    assert (Tag.objects.count(), definitions()) == (0, made)


def test_a_row_that_points_to_none_ends_it(user: User) -> None:
    made, task = definitions(), make_task(user)
    with pytest.raises(IntegrityError), write_transaction(), without_indexes(MODELS):
        TaskTag.objects.create(task_id=task.pk, tag_id=10**9, priority=1)
    assert (TaskTag.objects.count(), definitions()) == (0, made)


def test_whoever_is_told_may_end_it(user: User) -> None:
    made = definitions()

    def stop(name: str) -> None:
        raise KeyboardInterrupt(name)

    with pytest.raises(KeyboardInterrupt), write_transaction(), without_indexes(MODELS, on_each=stop):
        Tag.objects.create(owner=user, name="home", key="home")
    assert (Tag.objects.count(), definitions()) == (0, made)
