"""Clients that are slow on purpose, or hold more connections than any office, at the roles that daphne serves."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

import httpx
import pytest

from devstack.waiting import wait_until
from todo_project.tests.hostile.wire import Wire, exchange, request, wire
from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.fixtures import templates
from todo_project.tests.platform.people import Person
from todo_project.tests.platform.platforms import Web, platform

__all__ = ["templates"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HEADER_SECONDS, BODY_SECONDS, IDLE_SECONDS, CONNECTIONS = 2, 3, 4, 30
MOST_HELD = 2 * 1024 * 1024
"""Memory for the bodies of one address: a quarter of all."""
SHORT = {
    "TODO_HTTP_HEADER_SECONDS": str(HEADER_SECONDS),
    "TODO_HTTP_BODY_SECONDS": str(BODY_SECONDS),
    "TODO_HTTP_IDLE_SECONDS": str(IDLE_SECONDS),
    "TODO_CONNECTIONS_PER_ADDRESS": str(CONNECTIONS),
    "TODO_BODY_BYTES_AT_ONCE": str(4 * MOST_HELD),
}
BUSY_SECONDS = 30
"""By which a deadline may be late on a busy machine."""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("deadlines")
    with platform(folder, new_sqlite(folder, templates), SHORT) as made:
        web = made.up().answers()
        web.person = made.people(1, web)[0]  # type: ignore[attr-defined]
        yield web


@pytest.fixture(scope="module")
def sockets(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("deadlines")
    with platform(folder, new_sqlite(folder, templates), SHORT) as made:
        yield made.sockets().answers()


def person_at(up: Web) -> Person:
    person: Person = up.person  # type: ignore[attr-defined]
    return person


@pytest.mark.parametrize("role", ["up", "sockets"])
@pytest.mark.parametrize(
    "begun",
    [b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ", b"GET /ws/tasks/ HTTP/1.1\r\nUpgrade: web", b"G"],
)
def test_headers_that_drip_end_at_their_deadline(
    role: str, begun: bytes, request: pytest.FixtureRequest
) -> None:
    with wire(request.getfixturevalue(role).url) as connection:
        connection.send(begun)
        seconds = connection.drip(bytes(repeat(ord("a"), 1000)), every=0.2)

        assert seconds < HEADER_SECONDS + BUSY_SECONDS
        assert connection.answer().status == 408


def test_headers_that_stop_half_way_end_at_their_deadline(up: Web) -> None:
    with wire(up.url) as connection:
        connection.send(b"GET /livez HTTP/1.1\r\nHost:")

        answer = connection.answer(seconds=HEADER_SECONDS + BUSY_SECONDS)
        assert (answer.status, answer.closes) == (408, True)
        assert json.loads(answer.body)["code"] == "too_slow"
        assert connection.is_closed()


def test_a_second_request_has_the_same_deadline(up: Web) -> None:
    with wire(up.url) as connection:
        connection.send(request("GET", "/livez") + b"GET /livez HTTP/1.1\r\nHost:")

        assert connection.answer().status == 200
        assert connection.answer(seconds=HEADER_SECONDS + BUSY_SECONDS).status == 408


@pytest.mark.parametrize("sent", [b"", request("GET", "/livez")])
def test_an_idle_connection_is_closed(up: Web, sent: bytes) -> None:
    with wire(up.url) as connection:
        connection.send(sent)
        assert connection.is_closed(seconds=IDLE_SECONDS + BUSY_SECONDS)


def test_a_body_that_drips_ends_at_its_deadline(up: Web) -> None:
    with wire(up.url) as connection:
        connection.send(request("POST", "/api/auth/token/", "Content-Length: 1000"))
        seconds = connection.drip(bytes(repeat(ord(" "), 1000)), every=0.2)

        assert seconds < BODY_SECONDS + BUSY_SECONDS
        assert connection.answer().status == 408


def test_a_slow_phone_has_the_time_that_its_body_takes(up: Web) -> None:
    person, size = person_at(up), 1_000_000
    body = b'{"title": "from a train"}'.ljust(size)
    headers = (
        f"Authorization: Bearer {person.access}",
        "Content-Type: application/json",
        f"Content-Length: {size}",
    )
    with wire(up.url) as connection:
        connection.send(request("POST", "/api/tasks/", *headers))
        # Ten pieces, half a second after each other: longer than a small body may take.
        for at in range(0, size, size // 10):
            connection.send(body[at : at + size // 10])
            assert not connection.is_closed(seconds=0.5)
        assert connection.answer().status == 201


def test_an_answer_may_take_longer_than_any_deadline_of_a_request(up: Web) -> None:
    person = person_at(up)
    operations = [{"op": "create", "fields": {"title": f"{n}", "tags": [f"t{n}"]}} for n in range(1000)]

    answer = person.send("POST", "/api/tasks/bulk/", {"operations": operations})

    assert answer.status_code == 200


def test_an_address_has_so_many_requests_answered_at_a_time(tmp_path: Path, templates: Path) -> None:
    with platform(tmp_path, new_sqlite(tmp_path, templates), {"TODO_REQUESTS_PER_ADDRESS": "5"}) as made:
        up = made.up().answers()
        with ExitStack() as stack:
            asking = [stack.enter_context(wire(up.url)) for _ in range(100)]
            for connection in asking:
                connection.send(request("GET", "/readyz"))
            answers = Counter(connection.answer().status for connection in asking)
        assert set(answers) == {200, 429}
        assert wait_until(
            lambda: exchange(up.url, request("GET", "/livez")).status == 200, seconds=BUSY_SECONDS
        )
        for _ in range(20):  # each makes room for the next
            assert exchange(up.url, request("GET", "/livez")).status == 200


def test_many_half_sent_requests_make_no_neighbour_wait(up: Web) -> None:
    with ExitStack() as stack:
        for _ in range(CONNECTIONS - 5):
            stack.enter_context(wire(up.url)).send(b"POST /livez HTTP/1.1\r\nHost: localhost\r\n")
        assert httpx.get(f"{up.url}/livez", timeout=HEADER_SECONDS).status_code == 200


def test_bodies_under_way_take_so_much_memory_and_small_ones_always_pass(up: Web) -> None:
    person = person_at(up)
    half = request("POST", "/api/tasks/bulk/", "Content-Length: 5000000", body=b" " * (MOST_HELD // 2))
    with ExitStack() as stack:
        held = [stack.enter_context(wire(up.url)) for _ in range(6)]
        for connection in held:
            connection.send_all_taken([half])
        person.call("POST", "/api/tasks/", {"title": "small", "description": "x" * 9000}, expect=201)
        answers = [connection.answer() for connection in held]

        assert sum(answer.status == 503 for answer in answers) >= 4  # two fit, until their deadline
        assert all(b"retry-after: " in answer.head for answer in answers if answer.status == 503)
    large = b'{"title": "later"}'.ljust(1_000_000)
    assert wait_until(lambda: posts(person, large), seconds=BUSY_SECONDS)


def posts(person: Person, body: bytes) -> bool:
    headers = {"Authorization": f"Bearer {person.access}", "Content-Type": "application/json"}
    return (
        httpx.post(f"{person.url}/api/tasks/", content=body, headers=headers, timeout=60).status_code == 201
    )


def test_an_address_holds_so_many_connections_and_is_told_of_more(sockets: Web) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(wire(sockets.url)) for _ in range(CONNECTIONS)]
        for connection in held:
            connection.send(b"G")
        refused = stack.enter_context(wire(sockets.url)).answer(seconds=BUSY_SECONDS)
        flood = [stack.enter_context(wire(sockets.url)) for _ in range(100)]

        assert (refused.status, refused.closes) == (429, True)
        assert b"retry-after: " in refused.head
        assert json.loads(refused.body)["code"] == "too_many_connections"
        assert all(connection.is_closed(seconds=BUSY_SECONDS) for connection in flood)
    assert_serves(sockets)


@pytest.mark.parametrize("ends", ["refused", "upgraded"])
def test_connections_that_end_make_room_however_they_end(sockets: Web, ends: str) -> None:
    calls = {
        "refused": request("POST", "/livez", "Content-Length: 200000000"),
        "upgraded": request(
            "GET",
            "/ws/tasks/",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ),
    }
    for _ in range(2 * CONNECTIONS):
        assert exchange(sockets.url, calls[ends]).status in (413, 101, 429)
    assert_serves(sockets)


def test_sockets_count_as_long_as_they_are_open(up: Web) -> None:
    person = person_at(up)
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(person.socket(up.url))
        others: list[Wire] = [stack.enter_context(wire(up.url)) for _ in range(CONNECTIONS - 10)]
        assert stack.enter_context(wire(up.url)).answer(seconds=BUSY_SECONDS).status == 429
        for other in others:
            other.close()
    assert_serves(up)


def assert_serves(web: Web) -> None:
    """A new connection is answered, once the server has seen the others end."""
    assert web.answers(seconds=BUSY_SECONDS)
