"""What a search answers is what a plain reading of the texts gives, in the same order, by index and row by row."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from io import StringIO
from itertools import product
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from foundation.database import sql
from tasks_app.invariants import find_missing_words, find_outdated_words, find_wrong_search_rows
from tasks_app.models import NO_DUE, Priority, SearchText, Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.tasks import delete_task
from tasks_app.operations.trash.trash import restore_task
from tasks_app.queries.tasks import FullTask, load_all_full
from tasks_app.search.query import SearchQuery, parse_search
from tasks_app.search.words import ANYWHERE, IN_TITLE
from tasks_app.tests.helpers import NEW_YEAR, make_task
from tasks_app.tests.search.test_agreement import SEED, fits, question, text

ORDERS = ("sort_by=relevance", "sort=-relevance", "sort=created_at", "sort=-created_at", "sort=title", "")
FILTERS = ("", "&priority=high,urgent", "&tag=home", "&tag_not=home", "&status=pending", "&trashed=true")


def make_tasks(user: User, chance: random.Random, count: int) -> None:
    """Make tasks of which some were made at the same moment, a third are done and a fifth is in the trash."""
    for _ in range(count):
        task = make_task(
            user,
            text(chance, 3),
            description=text(chance, 6),
            now=NEW_YEAR + timedelta(minutes=chance.randint(0, count // 2)),
            priority=chance.choice(Priority.values),
            tags=chance.choice(((), ("home",), ("home", "office"))),
        )
        if chance.random() < 0.3:
            complete_task(task.pk, by=user, at=NEW_YEAR + timedelta(days=1))
        if chance.random() < 0.3:
            delete_task(task.pk, by=user, at=NEW_YEAR + timedelta(days=2))
            if chance.random() < 0.3:
                restore_task(task.pk, by=user, at=NEW_YEAR + timedelta(days=3))


def expected_ids(tasks: Sequence[FullTask], query: SearchQuery, order: str, named: str) -> list[int]:
    found = [full.task for full in tasks if is_wanted(full, query, named)]
    if "relevance" in order:
        found.sort(key=lambda task: -task.created_at.timestamp())
        found.sort(key=lambda task: not fits(task, query, IN_TITLE))
        if order.startswith("sort=-"):
            found.sort(key=lambda task: task.created_at)
            found.sort(key=lambda task: fits(task, query, IN_TITLE))
    elif "created_at" in order:
        found.sort(key=lambda task: task.created_at, reverse="-" in order)
    elif "title" in order:
        found.sort(key=lambda task: task.title_key.encode())
    else:
        assert all(task.due_sort == NO_DUE for task in found)
    return [task.pk for task in found]


def is_wanted(full: FullTask, query: SearchQuery, named: str) -> bool:
    task, tags = full.task, {tag.name for tag in full.tags}
    conditions: Mapping[str, bool] = {
        "": True,
        "&priority=high,urgent": task.priority in (Priority.HIGH, Priority.URGENT),
        "&tag=home": "home" in tags,
        "&tag_not=home": "home" not in tags,
        "&status=pending": task.completed_at is None,
        "&trashed=true": True,
    }
    is_there = task.is_live != (named == "&trashed=true")
    return is_there and conditions[named] and fits(task, query, ANYWHERE)


def pages(client: APIClient, url: str) -> Iterator[Sequence[int]]:
    """Yield the ids of each page, and see that the way back leads over the same ones."""
    before: list[list[int]] = []
    following: str | None = url
    while following:
        answer = client.get(following).json()
        ids = [row["id"] for row in answer["results"]]
        if before:
            back = client.get(answer["previous"]).json()
            assert [row["id"] for row in back["results"]] == before[-1], following
        before.append(ids)
        following = answer["next"]
        yield ids


@pytest.mark.parametrize("many", [1000, 1, 6])
@pytest.mark.parametrize("state", ["all", "half"])
def test_every_order_and_filter_goes_with_a_search(
    client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch, many: int, state: str
) -> None:
    """By index, row by row, and both; where half of the rows are those of a release that knew no state of a task."""
    monkeypatch.setattr("tasks_app.queries.lists.search.MANY", many)
    chance = random.Random(SEED + many)
    make_tasks(user, chance, 40)
    make_tasks(make_user(), chance, 10)
    assert list(find_wrong_search_rows()) == []
    if state == "half":
        SearchText.objects.filter(task__in=chance.sample([*Task.objects.all()], 25)).update(
            created_at=None, live=None
        )
    tasks = load_all_full(list(Task.objects.filter(owner=user).order_by("id")))
    found = 0
    for order, named in product(ORDERS, FILTERS):
        query = question(chance)
        if parse_search(query).is_empty:
            continue
        url = f"/api/tasks/?{order}{named}&limit={chance.choice((1, 3, 7, 50))}"
        expected = expected_ids(tasks, parse_search(query), order, named)
        asked = f"{url}&count=true&search={quote(query)}"
        assert [each for page in pages(client, asked) for each in page] == expected, (url, query)
        assert client.get(asked).json()["count"] == len(expected), (url, query)
        found += bool(expected)
    assert found >= 10


def test_search_rows_follow_tasks_to_the_trash_and_back(user: User) -> None:
    task = make_task(user, "Water plants", tags=("home",))
    row = SearchText.objects.get(task=task)
    assert (row.created_at, row.live) == (task.created_at, True)
    delete_task(task.pk, by=user, at=NEW_YEAR)
    assert not SearchText.objects.get(task=task).live
    restore_task(task.pk, by=user, at=NEW_YEAR)
    assert SearchText.objects.get(task=task).live
    assert list(find_wrong_search_rows()) == []


def test_a_state_that_is_wrong_is_found_and_mended(client: APIClient, user: User) -> None:
    """A release that does not know the states puts a task into the trash, and takes another out of it."""
    gone, back, new = (make_task(user, f"task {number}") for number in range(3))
    delete_task(back.pk, by=user, at=NEW_YEAR)
    Task.objects.filter(pk=gone.pk).update(deleted_at=NEW_YEAR)
    Task.objects.filter(pk=back.pk).update(deleted_at=None)
    SearchText.objects.filter(task=new).update(created_at=None, live=None)
    asked = "/api/tasks/?search=task&sort_by=relevance"
    assert [row["id"] for row in client.get(asked).json()["results"]] == [new.pk]
    assert {each.subject for each in find_wrong_search_rows()} == {f"task {gone.pk}", f"task {back.pk}"}
    assert [each.kind for each in find_outdated_words()] == ["operator"]
    out = StringIO()
    call_command("reindex_search", stdout=out)
    assert out.getvalue() == "3 tasks\n"
    assert [row["id"] for row in client.get(asked).json()["results"]] == [back.pk, new.pk]
    assert [*find_wrong_search_rows(), *find_outdated_words(), *find_missing_words()] == []


def test_a_task_that_goes_to_the_trash_keeps_its_words_in_the_index(user: User) -> None:
    """On SQLite a trigger brings changes of words to the index; to delete words twice would damage it."""
    task = make_task(user, "Water plants")
    delete_task(task.pk, by=user, at=NEW_YEAR)
    restore_task(task.pk, by=user, at=NEW_YEAR)
    if connection.vendor == "sqlite":
        sql.execute("INSERT INTO tasks_app_searchindex(tasks_app_searchindex) VALUES ('integrity-check')", [])
        [[changes]] = sql.fetch("SELECT count(*) FROM tasks_app_searchindex_data", [])
        delete_task(task.pk, by=user, at=NEW_YEAR)
        assert sql.fetch("SELECT count(*) FROM tasks_app_searchindex_data", []) == [(changes,)]
