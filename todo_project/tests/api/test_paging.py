"""Pages of every order, forward and backward, while rows change, and at a cost that does not grow."""

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from foundation.http import paging

pytestmark = [pytest.mark.django_db, pytest.mark.urls("todo_project.tests.api.urls")]
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ORDERS = [
    "id",
    "-id",
    "username",
    "week_start,-id",
    "last_login,id",
    "-last_login,id",
    "-last_login,-id",
    "quiet_from,-last_login,id",
    "-quiet_from,week_start,last_login,-id",
    "is_active,pk",
]


def make_users(count: int) -> None:
    chance = random.Random(7)
    User.objects.bulk_create(
        User(
            username=f"user{number:03}",
            week_start=chance.choice(["mo", "su"]),
            last_login=chance.choice([None, NOON + timedelta(hours=chance.randrange(3), microseconds=1)]),
            quiet_from=chance.choice([None, time(22), time(23, 30)]),
            is_active=chance.choice([True, False]),
        )
        for number in range(count)
    )


def expected(order: str) -> list[int]:
    """Sort in Python: a stable sort by each key from the last to the first, nulls last either way."""
    rows = list(User.objects.all())
    for name in reversed(order.split(",")):
        key, down = name.lstrip("-"), name.startswith("-")
        known = sorted(
            (row for row in rows if getattr(row, key) is not None),
            key=lambda row: getattr(row, key),
            reverse=down,
        )
        rows = known + [row for row in rows if getattr(row, key) is None]
    return [row.pk for row in rows]


def get(url: str, order: str = "id", status: int = 200) -> Any:
    response = APIClient().get(url, headers={"sort": order})
    assert response.status_code == status, response.content
    return response.json()


def ids(page: dict[str, Any]) -> list[int]:
    return [row["id"] for row in page["results"]]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [1, 5, 11])
def test_walking_forward_and_back_meets_every_row_once(order: str, limit: int) -> None:
    make_users(11)
    pages = [get(f"/api/users/?limit={limit}", order)]
    while pages[-1]["next"]:
        pages.append(get(pages[-1]["next"], order))

    assert [pk for page in pages for pk in ids(page)] == expected(order)
    assert all(len(ids(page)) == limit for page in pages[:-1])
    assert pages[0]["previous"] is None
    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(get(back[-1]["previous"], order))
    assert [ids(page) for page in back] == [ids(page) for page in reversed(pages)]


def test_an_empty_list_has_one_page() -> None:
    assert get("/api/users/") == {"results": [], "next": None, "previous": None}


def test_rows_that_come_and_go_neither_hide_nor_repeat_others() -> None:
    make_users(9)
    order = expected("id")
    first = get("/api/users/?limit=3")
    User.objects.filter(pk__in=[order[0], order[2], order[4]]).delete()
    User.objects.create(username="new", pk=order[0] - 1)

    second = get(first["next"])

    assert ids(second) == [order[3], order[5], order[6]]
    assert ids(get(second["previous"])) == [order[0] - 1, order[1]]


def test_a_page_whose_rows_are_gone_still_leads_back() -> None:
    make_users(6)
    order = expected("id")
    first = get("/api/users/?limit=3")
    User.objects.filter(pk__gt=order[2]).delete()

    empty = get(first["next"])

    assert (ids(empty), empty["next"]) == ([], None)
    assert ids(get(empty["previous"])) == order[:3]


def test_backward_over_what_is_gone_leads_to_the_beginning() -> None:
    make_users(6)
    order = expected("id")
    second = get(get("/api/users/?limit=3")["next"])
    User.objects.filter(pk__lt=order[3]).delete()

    empty = get(second["previous"])

    assert (ids(empty), empty["previous"]) == ([], None)
    assert ids(get(empty["next"])) == order[3:]


def test_links_keep_the_other_parameters() -> None:
    make_users(3)

    query = parse_qs(urlsplit(get("/api/users/?limit=1&count=true&format=json")["next"]).query)

    assert (query["limit"], query["count"], query["format"]) == (["1"], ["true"], ["json"])


def test_nothing_is_counted_unless_asked() -> None:
    make_users(3)

    with CaptureQueriesContext(connection) as queries:
        assert "count" not in get("/api/users/")
    assert len(queries) == 1
    assert get("/api/users/?limit=1&count=true")["count"] == 3


def test_a_count_is_exact_up_to_its_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_MAX_COUNTED", 3)
    make_users(3)
    answer = get("/api/users/?count=true")
    assert (answer["count"], "count_capped" in answer) == (3, False)

    User.objects.create(username="one more")

    answer = get("/api/users/?count=true")
    assert (answer["count"], answer["count_capped"]) == (3, True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=1.0", "limit"),
        ("limit=%C2%B2", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("count=1", "count"),
        ("cursor=", "cursor"),
        ("cursor=junk", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=%C3%A9:a:b", "cursor"),
        ("cursor=" + "x" * 100_000, "cursor"),
        ("offset=5", "offset"),
        ("page=2", "page"),
        ("is_staff=true", "is_staff"),
        ("password__startswith=a", "password__startswith"),
    ],
)
def test_what_can_not_be_is_400(query: str, field: str) -> None:
    problem = get(f"/api/users/?{query}", status=400)

    assert [each["field"] for each in problem["errors"]] == [field]


def test_what_a_list_knows_is_unknown_to_other_methods() -> None:
    response = APIClient().post("/api/users/?limit=5", headers={"sort": "id"})

    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "limit")


def test_the_limits_hold() -> None:
    make_users(201)

    assert len(ids(get("/api/users/"))) == 50
    assert len(ids(get("/api/users/?limit=200"))) == 200


def cursor_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["cursor"][0]


def test_a_cursor_that_was_touched_is_400() -> None:
    make_users(3)
    cursor = cursor_of(get("/api/users/?limit=1")["next"])
    other_key = signing.dumps(["id", False, [1]], salt=paging.SALT, key="another key")
    other_use = signing.dumps(["id", False, [1]], salt="another salt")

    for touched in (cursor[:-1], "A" + cursor, cursor.replace(":", ""), other_key, other_use):
        get(f"/api/users/?cursor={touched}", status=400)
    assert get(f"/api/users/?cursor={cursor}")


def test_a_cursor_of_another_order_is_400() -> None:
    make_users(3)
    cursor = cursor_of(get("/api/users/?limit=1", "-id")["next"])

    problem = get(f"/api/users/?cursor={cursor}", "id", status=400)

    assert problem["errors"][0]["detail"].startswith("This cursor belongs to another order of the list, ")


def test_an_older_clients_list_is_an_array_with_links() -> None:
    make_users(5)
    client = APIClient()

    first = client.get("/users/?limit=2&count=true", headers={"sort": "id"})

    assert [row["id"] for row in first.json()] == expected("id")[:2]
    assert first["X-Total-Count"] == "5"
    [url] = [part for part in first["Link"].split(";")[0].strip("<>").split() if part]
    second = client.get(url, headers={"sort": "id"})
    assert [row["id"] for row in second.json()] == expected("id")[2:4]
    assert 'rel="next"' in second["Link"]
    assert 'rel="prev"' in second["Link"]


def test_each_query_of_a_deep_page_begins_where_the_page_begins() -> None:
    """A range of an index, not a scan: cost follows the page, whatever its depth."""
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's plans")
    make_users(200)
    deep = get(get("/api/users/?limit=100", "username")["next"], "username")["previous"]

    with CaptureQueriesContext(connection) as queries:
        get(deep, "username")

    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        plans = [row[3] for row in cursor.fetchall()]
    assert len(plans) == 1
    assert "SEARCH accounts_app_user USING INDEX" in plans[0]
    assert "username<" in plans[0]
