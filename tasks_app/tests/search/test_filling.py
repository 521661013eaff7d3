"""After a restore all search rows are made at once: the same rows as one by one."""

from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from tasks_app import invariants
from tasks_app.models import SearchText, Tag, Task
from tasks_app.operations import search_filling
from tasks_app.operations.search_filling import fill_search_rows
from tasks_app.operations.search_index import index_missing
from tasks_app.operations.tasks import delete_task
from tasks_app.tests.helpers import NEW_YEAR, make_task

CHECKS = (
    invariants.find_missing_words,
    invariants.find_outdated_words,
    invariants.find_wrong_search_rows,
)
NAMES = "Call C++ and e-mail node.js"
pytestmark = pytest.mark.django_db


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> User:
    """Somebody among others who all have tasks of every kind; they are read by the two."""
    monkeypatch.setattr(search_filling, "_TASKS_AT_ONCE", 2)
    users = [make_user(), make_user()]
    for each in users:
        make_task(each, NAMES, description="über 3.11 👩‍🔧 naïve", tags=("home & garden", "ärger"))
        make_task(each, "renamed soon", tags=("home", "office"))
        make_task(each, "renamed later", tags=("office",))
        gone = make_task(each, "gone", tags=("home",))
        delete_task(gone.pk, by=each, at=NEW_YEAR)
    told_to = Task.objects.get(owner=users[0], title="renamed soon").pk
    Tag.objects.filter(owner=users[0], key="office").update(
        name="bureau", told_to=told_to, former_name="office", former_key="office"
    )
    return users[0]


def rows() -> list[tuple[Any, ...]]:
    return list(SearchText.objects.order_by("pk").values_list())


def found(user: User, text: str) -> list[str]:
    answer = signed_in_client(user).get("/api/tasks/", {"search": text}).json()
    return sorted(each["title"] for each in answer["results"])


def test_it_makes_the_rows_that_are_made_one_by_one(user: User) -> None:
    list(index_missing(again=True))
    expected, told = rows(), list[int]()
    SearchText.objects.all().delete()

    def note(done: int) -> bool:
        told.append(done)
        return True

    assert fill_search_rows(note) == len(expected) == 8
    assert rows() == expected
    assert told == [2, 4, 6, 8]
    assert [finding for check in CHECKS for finding in check()] == []
    assert found(user, "node.js") == [NAMES]
    assert found(user, "office") == ["renamed later"]
    assert found(user, "bureau") == ["renamed soon"]


def test_keys_of_titles_of_an_older_release_are_made_anew(user: User) -> None:
    expected = list(Task.objects.order_by("pk").values_list("pk", "title_key"))
    SearchText.objects.all().delete()
    Task.objects.filter(owner=user).update(title_key="")
    fill_search_rows()
    assert list(Task.objects.order_by("pk").values_list("pk", "title_key")) == expected


def test_what_is_done_when_it_is_stopped_is_kept(user: User) -> None:
    SearchText.objects.all().delete()
    assert fill_search_rows(lambda done: done < 4) == 4
    assert len(rows()) == 4
    _is_indexed()
    assert sum(count for _, count in index_missing()) == 4
    assert found(user, "node.js") == [NAMES]
    assert [finding for check in CHECKS for finding in check()] == []


def test_what_fails_leaves_all_of_it_to_the_command(user: User) -> None:
    SearchText.objects.all().delete()

    def fail(done: int) -> bool:
        raise OperationalError(done)

    with pytest.raises(OperationalError):
        fill_search_rows(fail)
    assert rows() == []
    _is_indexed()
    assert sum(count for _, count in index_missing()) == 8
    assert found(user, "node.js") == [NAMES]


def _is_indexed() -> None:
    with connection.cursor() as cursor:
        assert "searchtext_old" in connection.introspection.get_constraints(cursor, "tasks_app_searchtext")
