"""Search through the API."""

from datetime import datetime, timedelta
from io import StringIO
from time import process_time
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from foundation.database import sql
from tasks_app.invariants import find_missing_words
from tasks_app.models import Priority, SearchText, Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.operations.tasks import delete_task, update_task
from tasks_app.search.words import MAX_TIMES
from tasks_app.tests.helpers import NEW_YEAR, consume, make_task
from tasks_app.values.fields import TaskFields


def titles(client: APIClient, text: str, more: str = "") -> list[str]:
    response = client.get(f"/api/tasks/?search={quote(text)}{more}")
    assert response.status_code == 200, response.content
    return [row["title"] for row in response.json()["results"]]


def every_page(client: APIClient, query: str) -> list[list[str]]:
    pages, url = [], f"/api/tasks/?{query}"
    while url:
        page = client.get(url).json()
        pages.append([row["title"] for row in page["results"]])
        url = page["next"]
    return pages


def minute(number: int) -> datetime:
    return NEW_YEAR + timedelta(minutes=number)


@pytest.fixture
def garden(user: User) -> dict[str, Task]:
    make_task(make_user(), "Water plants of somebody else", description="balcony")
    return {
        task.title: task
        for task in (
            make_task(user, "Water plants", description="The ones on the balcony, too"),
            make_task(user, "Buy waterproof boots", description="Not for the plants", now=minute(1)),
            make_task(user, "Repot the plants", priority=Priority.HIGH, tags=("home",), now=minute(2)),
            make_task(user, "Café con leche", description="東京都 で 水", now=minute(3)),
        )
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plants", ["Water plants", "Buy waterproof boots", "Repot the plants"]),
        ("PLANTS", ["Water plants", "Buy waterproof boots", "Repot the plants"]),
        ("water plants", ["Water plants", "Buy waterproof boots"]),
        ("wat pla bal", ["Water plants"]),
        ("plants water", ["Water plants", "Buy waterproof boots"]),
        ("wat", ["Water plants", "Buy waterproof boots"]),
        ("balcony", ["Water plants"]),
        ("ter", []),
        ('"water plants"', ["Water plants"]),
        ('"plants water"', []),
        ('"plants the"', []),
        ('"wat"', []),
        ('plants "the ones"', ["Water plants"]),
        ("plants -water", ["Buy waterproof boots", "Repot the plants"]),
        ('the -"the plants"', ["Water plants"]),
        ("-plants", ["Café con leche"]),
        ("cafe", ["Café con leche"]),
        ("CAFE\u0301", ["Café con leche"]),
        ("東京", ["Café con leche"]),
        ("京都", ["Café con leche"]),
        ("東都", []),
        ("balcony,water", ["Water plants"]),
        ("!?", []),
        ("somebody", []),
        ("", ["Water plants", "Buy waterproof boots", "Repot the plants", "Café con leche"]),
        ("  ", ["Water plants", "Buy waterproof boots", "Repot the plants", "Café con leche"]),
    ],
)
def test_a_search_finds(client: APIClient, garden: dict[str, Task], text: str, expected: list[str]) -> None:
    assert titles(client, text) == expected


def test_a_phrase_does_not_reach_from_title_into_description(client: APIClient, user: User) -> None:
    make_task(user, "one two", description="three four")
    assert titles(client, '"two three"') == []
    assert titles(client, "two three") == ["one two"]


def test_filters_and_sorts_go_with_a_search(client: APIClient, garden: dict[str, Task]) -> None:
    assert titles(client, "plants", "&priority=high") == ["Repot the plants"]
    assert titles(client, "plants", "&tag=home") == ["Repot the plants"]
    assert titles(client, "plants", "&tag=home&sort_by=relevance") == ["Repot the plants"]
    by_title = ["Buy waterproof boots", "Repot the plants", "Water plants"]
    assert titles(client, "plants", "&sort_by=title") == by_title
    assert titles(client, "plants", "&sort_by=title&order=desc") == by_title[::-1]
    assert client.get("/api/tasks/?q=balcony&count=true").json()["count"] == 1


@pytest.mark.parametrize("many", [1000, 1])
def test_relevance_is_title_hits_first_then_the_newest(
    client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """The same whether tasks are listed or asked."""
    monkeypatch.setattr("tasks_app.queries.lists.search.MANY", many)
    for number in range(6):
        make_task(
            user,
            f"{number} milk" if number % 2 else f"{number} bread",
            description="milk",
            now=minute(number),
        )
    make_task(user, "other")
    best_first = ["5 milk", "3 milk", "1 milk", "4 bread", "2 bread", "0 bread"]
    assert titles(client, "milk", "&sort_by=relevance") == best_first
    assert titles(client, "milk", "&sort=relevance") == best_first
    assert titles(client, "milk", "&sort=-relevance") == best_first[::-1]
    assert titles(client, "milk", "&sort_by=relevance&order=desc") == best_first[::-1]
    counted = client.get("/api/tasks/?search=milk&sort_by=relevance&count=true").json()
    assert counted["count"] == 6
    for limit in (1, 2, 4, 6):
        pages = every_page(client, f"search=milk&sort_by=relevance&limit={limit}")
        assert [title for page in pages for title in page] == best_first
        pages = every_page(client, f"search=milk&sort=-relevance&limit={limit}")
        assert [title for page in pages for title in page] == best_first[::-1]


def test_relevance_pages_stay_in_step_while_tasks_come(client: APIClient, user: User) -> None:
    for number in range(4):
        make_task(user, f"milk {number}", now=minute(number))
    first = client.get("/api/tasks/?search=milk&sort_by=relevance&limit=2").json()
    make_task(user, "milk, the newest", now=NEW_YEAR + timedelta(days=1))
    second = client.get(first["next"]).json()
    assert [row["title"] for row in second["results"]] == ["milk 1", "milk 0"]
    back = client.get(second["previous"]).json()
    assert [row["title"] for row in back["results"]] == ["milk 3", "milk 2"]


def test_relevance_without_a_search_is_the_newest_first(client: APIClient, garden: dict[str, Task]) -> None:
    response = client.get("/api/tasks/?sort_by=relevance").json()
    assert [row["title"] for row in response["results"]] == list(garden)[::-1]


@pytest.mark.parametrize("where", ["tasks/", "todos/"])
def test_search_follows_every_change(client: APIClient, user: User, where: str) -> None:
    row = client.post(f"/api/{where}", {"title": "Old name", "description": "of it"}).json()
    one = f"/api/{where}{row['id']}/"
    assert titles(client, "old") == ["Old name"]
    client.patch(one, {"title": "New name"})
    assert titles(client, "old") == []
    assert titles(client, "new it") == ["New name"]
    client.patch(one, {"description": "none"})
    assert titles(client, "it") == []
    assert titles(client, "none") == ["New name"]
    client.put(f"{one}completion/")
    assert titles(client, "new", "&status=completed") == ["New name"]
    client.delete(one)
    assert titles(client, "new") == []
    assert titles(client, "new", "&trashed=true") == ["New name"]


def test_occurrences_are_found_and_withdrawn_ones_are_not(client: APIClient, user: User) -> None:
    task = make_task(user, "Weekly review", due="2026-01-05", recurrence="weekly")
    complete_task(task.pk, by=user, at=NEW_YEAR)
    consume(user)
    assert titles(client, "weekly", "&status=pending") == ["Weekly review"]
    assert len(titles(client, "weekly")) == 2
    reopen_task(task.pk, by=user, at=NEW_YEAR)
    assert len(titles(client, "weekly")) == 1
    assert titles(client, "weekly", "&trashed=true") == []


def test_words_change_in_the_transaction_of_the_task(client: APIClient, user: User) -> None:
    task = make_task(user, "Water plants")
    with transaction.atomic():
        update_task(task.pk, TaskFields(title="Other"), by=user, at=NEW_YEAR)
        assert titles(client, "other") == ["Other"]
        transaction.set_rollback(True)
    assert titles(client, "water") == ["Water plants"]
    assert titles(client, "other") == []


def test_a_row_that_goes_takes_its_words_along(user: User) -> None:
    task = make_task(user, "Water plants")
    Task.objects.filter(pk=task.pk).delete()
    assert not SearchText.objects.exists()
    if connection.vendor == "sqlite":
        kept = [f'"{user.pk:x}xwater"']
        assert sql.fetch("SELECT rowid FROM tasks_app_searchindex WHERE words MATCH %s", kept) == []
        sql.execute("INSERT INTO tasks_app_searchindex(tasks_app_searchindex) VALUES ('integrity-check')", [])


def test_rows_without_words_are_indexed_by_the_command_as_far_as_it_comes(
    client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = make_user()
    tasks = [make_task(owner, f"task {number}") for number in range(3) for owner in (user, stranger)]
    assert list(find_missing_words()) == []
    SearchText.objects.all().delete()
    assert titles(client, "task") == []
    assert len(list(find_missing_words())) == 6
    monkeypatch.setattr("tasks_app.operations.owner_walk._TASKS_PER_TRANSACTION", 2)
    monkeypatch.setattr("tasks_app.operations.owner_walk.OWNERS_PER_READ", 1)
    out = StringIO()
    call_command("reindex_search", stdout=out)
    assert out.getvalue() == "6 tasks\n"
    assert titles(client, "task") == ["task 0", "task 1", "task 2"]
    again, rest = StringIO(), StringIO()
    call_command("reindex_search", stdout=again)
    assert again.getvalue() == "0 tasks\n"
    call_command("reindex_search", "--all", "--after-owner", str(tasks[0].owner_id), stdout=rest)
    assert rest.getvalue() == "3 tasks\n"


LONG = {
    "one word of 10,000 letters": ("w" * 10_000, "w" * 10_000, "w" * 500 + "v"),
    "10,000 CJK characters": ("京" * 9_998 + "東都", "東都", "都東"),
    "more places than a tsvector has": ("ﷺ" * 9_000 + " zebra", "الله", "zebra"),
    "one word 5,000 times, another after it": ("a " * 4_990 + "b", "b a", '"b a"'),
    "a phrase at the word's last counted place": ("a b " * MAX_TIMES + "c", '"b a b"', '"b b"'),
    "a phrase beyond the counted places": ("a " * (MAX_TIMES + 1) + "b", "a b", '"a b"'),
}


@pytest.mark.parametrize("name", LONG)
def test_long_texts_are_found_alike_on_all_databases(client: APIClient, user: User, name: str) -> None:
    """Words beyond 100 letters are cut, words after 16,000 places and phrases of too frequent words not found."""
    text, found, missed = LONG[name]
    assert client.post("/api/tasks/", {"title": "long", "description": text}).status_code == 201
    found = f'"{found}"' if len(found) > 500 else found
    assert titles(client, found[:1000]) == ["long"]
    assert titles(client, missed) == (["long"] if missed[:100] == text[:100] else [])


JUNK = [
    "!?", '"', '"' * 990, '-"', "-", "--", "- - -", ":*&|!<->", "a:*", "a & b | !c", "a <-> b", "(((((", "'", "''';--",
    "\\", "\\'", "%", "_", "*", "a*", "NEAR(a b)", "title:a", "AND", "OR OR", "NOT NOT", "{a}:b", "^a", "\ud83d\ude00",
    "\u202e", "\ufeff", "\uffff", "a" * 1000, "東" * 100, "ﷺ" * 20, "\u0301" * 900, "0", "1x", "(a+)+$" * 100,
]  # fmt: skip


@pytest.mark.parametrize("text", JUNK, ids=range(len(JUNK)))
def test_junk_is_a_query_like_any_other(client: APIClient, user: User, text: str) -> None:
    make_task(user, "Water plants")
    client.get("/api/tasks/?search=warm")
    began = process_time()
    for more in ("", "&sort_by=relevance"):
        response = client.get(f"/api/tasks/?search={quote(text, errors='surrogatepass')}{more}")
        assert response.status_code == 200, response.content
        assert response.json()["results"] == []
    assert process_time() - began < 2, "two requests"


@pytest.mark.parametrize(
    "query",
    [
        "search=%00", "search=a%00b", "search=" + "a" * 1001, "search=" + "a" * 1_000_000, "search=" + "a%20" * 101,
        "search=" + "%E6%9D%B1" * 101, "search=a&q=b", "search=a&sort=relevance,title",
        "search=a&sort=title&order=desc", "searches=a", "search__icontains=a", "q[]=a", "sort_by=rank",
    ],
)  # fmt: skip
def test_what_no_search_can_be_is_400(client: APIClient, query: str) -> None:
    response = client.get(f"/api/tasks/?{query}")
    assert response.status_code == 400
    assert response.json()["errors"]


@pytest.mark.parametrize("query", ["search=%ED%A0%80", "search=%FF%FE", "q=%ED%B0%80a"])
def test_text_that_is_no_unicode_is_a_search(client: APIClient, user: User, query: str) -> None:
    assert client.get(f"/api/tasks/?{query}").json()["results"] == []


def test_marks_of_the_index_are_no_words(client: APIClient, user: User) -> None:
    make_task(user, "Water plants")
    for text in (f"{user.pk:x}xwater", f"{user.pk:x}twater", f"{user.pk:x}x", "0", "null"):
        assert titles(client, text) == []


def test_deleting_ends_being_found(client: APIClient, user: User) -> None:
    task = make_task(user, "Water plants")
    delete_task(task.pk, by=user, at=NEW_YEAR)
    assert titles(client, "water") == []
