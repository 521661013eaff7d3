"""Titles are sorted without regard to case and accents, numbers by value, the same on every database."""

import random
from io import StringIO

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import SearchText, Task
from tasks_app.operations.tasks import update_task
from tasks_app.search.sort_keys import title_key
from tasks_app.tests.helpers import NEW_YEAR, make_task
from tasks_app.values.fields import TaskFields

IN_ORDER = [
    "!", "0", "00", "1", "01", "001", "1 apple", "2", "02 b", "10", "99999999999999999999", "100000000000000000000",
    "A", "a", "Á", "á", "a 2", "a 10", "A 10 b", "a-b", "a1", "a2", "A10", "ab", "Ąb", "b", "Łódź", "lodz 2", "Ø", "p",
    "straße", "STRASSE", "strasse 1", "v1.2", "v1.10", "z", "Ω", "Ёлка", "елки", "иод", "йод", "日本", "👍",
]  # fmt: skip


def all_titles(client: APIClient, query: str) -> list[str]:
    found, url = [], f"/api/tasks/?{query}"
    while url:
        page = client.get(url).json()
        found += [row["title"] for row in page["results"]]
        url = page["next"]
    return found


@pytest.fixture
def shuffled(user: User) -> None:
    titles = IN_ORDER.copy()
    random.Random(7).shuffle(titles)
    for title in titles:
        make_task(user, title, tags=("home",))


@pytest.mark.parametrize("more", ["", "&tag=home", "&limit=1", "&limit=7"])
def test_titles_are_in_order_both_ways_on_every_page(client: APIClient, shuffled: None, more: str) -> None:
    expected = sorted(IN_ORDER, key=lambda title: title_key(title).encode())
    assert all_titles(client, f"sort=title{more}") == expected
    assert all_titles(client, f"sort_by=title&order=desc{more}") == expected[::-1]
    assert all_titles(client, f"sort=-priority,title{more}") == expected


def test_the_order_is_that_of_a_reader() -> None:
    places = {
        title: place
        for place, title in enumerate(sorted(IN_ORDER, key=lambda each: title_key(each).encode()))
    }
    for one, other in [
        ("1", "2"), ("2", "10"), ("01", "02 b"), ("99999999999999999999", "100000000000000000000"), ("a 2", "a 10"),
        ("A", "ab"), ("á", "ab"), ("Á", "b"), ("Łódź", "lodz 2"), ("lodz 2", "p"), ("Ø", "p"), ("straße", "strasse 1"),
        ("v1.2", "v1.10"), ("10", "A"), ("z", "Ω"), ("Ёлка", "елки"), ("иод", "йод"), ("a2", "A10"), ("0", "1"),
    ]:  # fmt: skip
        assert places[one] < places[other], (one, other)


def test_equal_titles_are_in_order_of_their_exact_text_and_then_their_ids(
    client: APIClient, user: User
) -> None:
    made = [make_task(user, title).pk for title in ("b", "B", "b", "á", "a", "A")]
    rows = client.get("/api/tasks/?sort=title").json()["results"]
    assert [row["title"] for row in rows] == ["A", "a", "á", "B", "b", "b"]
    assert [row["id"] for row in rows][-2:] == [made[0], made[2]]


def test_a_new_title_has_a_new_place(client: APIClient, user: User) -> None:
    task = make_task(user, "b")
    make_task(user, "c")
    update_task(task.pk, TaskFields(title="d"), by=user, at=NEW_YEAR)
    assert all_titles(client, "sort=title") == ["c", "d"]


def test_occurrences_have_keys_too(client: APIClient, user: User) -> None:
    row = client.post(
        "/api/tasks/",
        {"title": "Ärger 10", "due_at": "2030-05-04T09:00", "recurrence": "weekly"},
        format="json",
    ).json()
    client.post(f"/api/tasks/{row['id']}/skip/")
    assert set(Task.objects.values_list("title_key", flat=True)) == {title_key("Ärger 10")}


@pytest.mark.parametrize(
    "title", ["😀" * 200, "ﷺ" * 200, "\U0001f680é" * 100, "9" * 200, "字" * 200, "ㄱ㏒" * 100]
)
def test_the_longest_titles_are_sorted_and_paged(client: APIClient, user: User, title: str) -> None:
    for number in range(3):
        make_task(user, f"{title[:-1]}{number}")
    assert all_titles(client, "sort=title&limit=1") == [f"{title[:-1]}{number}" for number in range(3)]


def test_a_random_title_fits_into_a_cursor(client: APIClient, user: User) -> None:
    chance = random.Random(11)
    for _ in range(3):
        make_task(user, "".join(chr(chance.randint(0x20000, 0x2A6DF)) for _ in range(200)))
    assert len(all_titles(client, "sort=title&limit=1")) == 3


def test_titles_of_an_older_release_come_first_until_they_are_indexed(client: APIClient, user: User) -> None:
    for title in ("c", "a"):
        make_task(user, title)
    Task.objects.update(title_key="")
    SearchText.objects.update(version=1)
    make_task(user, "b")
    assert all_titles(client, "sort=title&limit=1") == ["c", "a", "b"]
    # A change of anything else is enough.
    update_task(Task.objects.get(title="c").pk, TaskFields(description="x"), by=user, at=NEW_YEAR)
    assert all_titles(client, "sort=title") == ["a", "b", "c"]
    call_command("reindex_search", stdout=StringIO())
    assert all_titles(client, "sort=title&limit=1") == ["a", "b", "c"]
    assert not Task.objects.filter(title_key="").exists()
