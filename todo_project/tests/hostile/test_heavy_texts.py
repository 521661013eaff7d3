"""Texts that are dear to normalise hold up nobody: not the caller's own call, and no neighbour who writes."""

import json
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test import override_settings

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from devstack.waiting import least
from events_app.log.history import head_of
from tasks_app.values.tag_names import tag_key

TEXTS = {
    "marks": "a" + "\u0316\u0301\u0327" * 3333,
    "marks of two in one": "\u0f73\u0f75\u0f81" * 3333,
    "ligatures of eighteen letters": "\ufdfa" * 10_000,
}
PLAIN = "buy milk and " * 769


@pytest.fixture(autouse=True)
def _without_limits(settings: Any) -> None:
    settings.WRITES_BURST = settings.WRITE_BYTES_BURST = 0


def bulk(text: str, count: int) -> str:
    texts = [f"{number} {text[:9990]}" for number in range(count)]
    operations = [{"op": "create", "fields": {"title": "x", "description": each}} for each in texts]
    return json.dumps({"operations": operations}, ensure_ascii=False)


def post(user: User, body: str) -> Any:
    call: Any = signed_in_client(user).generic
    return call("POST", "/api/tasks/bulk/", body, content_type="application/json")


@pytest.mark.django_db
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_bulk_of_heavy_texts_costs_as_much_as_one_of_plain_ones(text: str) -> None:
    plainly = min(cost(lambda: post(make_user(), bulk(PLAIN, 20))) for _ in range(2))

    assert min(cost(lambda: post(make_user(), bulk(text, 20))) for _ in range(2)) < 10 * plainly


def cost(call: Callable[[], Any]) -> float:
    started = time.thread_time()
    assert call().status_code == 200
    return time.thread_time() - started


@pytest.mark.django_db
def test_a_bulk_of_too_many_characters_is_refused_before_anything_is_done() -> None:
    user = make_user()
    before = head_of(user.pk)

    response = post(user, bulk("\u0316" * 10_000, 102))

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["field"], error["code"]) == ("operations", "too_many_characters")
    assert head_of(user.pk) == before
    assert post(user, bulk("x" * 9_900, 99)).status_code == 200


@pytest.mark.django_db
@override_settings(BULK_TEXT_CHARACTERS=30)
def test_titles_descriptions_and_tags_count_together() -> None:
    user = make_user()
    fields = {"title": "x" * 10, "description": "y" * 10, "tags": ["z" * 10]}

    assert post(user, json.dumps({"operations": [{"op": "create", "fields": fields}]})).status_code == 200
    fields["title"] = "x" * 11
    assert post(user, json.dumps({"operations": [{"op": "create", "fields": fields}]})).status_code == 400


@pytest.fixture
def neighbours(transactional_db: None) -> tuple[User, User]:
    return make_user(), make_user()


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_neighbour_writes_while_heavy_texts_are_read(neighbours: tuple[User, User], text: str) -> None:
    busy, neighbour = neighbours
    plainly = longest_wait(busy, neighbour, bulk(PLAIN, 99))

    bound = 5 * plainly + 1
    assert least(lambda: longest_wait(busy, neighbour, bulk(text, 99)), below=bound) < bound


def longest_wait(busy: User, neighbour: User, body: str) -> float:
    """Return how long a neighbour's slowest write took while one call with many changes was answered."""
    answers: list[int] = []

    def run() -> None:
        try:
            answers.append(post(busy, body).status_code)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    client = signed_in_client(neighbour)
    longest = 0.0
    thread.start()
    while thread.is_alive():
        started = time.monotonic()
        assert client.post("/api/tasks/", {"title": "mine"}).status_code == 201
        longest = max(longest, time.monotonic() - started)
        thread.join(
            0.01
        )  # SQLite's lock is not fair: a neighbour without a pause would hold up the call instead
    assert answers == [200]
    assert connection.is_usable()
    return longest


@pytest.mark.parametrize("blank", [" ", "\n", "\u3000"])
@pytest.mark.django_db
def test_a_name_is_not_padded_with_a_million_blanks(blank: str) -> None:
    client = signed_in_client(make_user())
    padded = blank * 300_000 + "x"

    task = client.post("/api/tasks/", {"title": "x", "tags": [padded]})
    tag = client.post("/api/tags/", {"name": padded})

    assert (task.status_code, tag.status_code) == (400, 400)


def test_long_names_do_not_stay_in_memory() -> None:
    """Thousands of texts of a megabyte were kept, each a name with blanks around it."""
    tracemalloc.start()
    try:
        for number in range(400):
            assert tag_key(f"A{' ' * 5000}{number}") == f"a{' ' * 5000}{number}"
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 400_000
