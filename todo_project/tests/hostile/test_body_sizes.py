"""Bodies of any size, from anybody, to every server of ours: refused by their headers, never stored."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from time import monotonic

import httpx
import pytest

from devstack.waiting import least
from todo_project.tests.hostile.wire import exchange, request, stored_bytes, wire
from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.fixtures import templates
from todo_project.tests.platform.people import Person
from todo_project.tests.platform.platforms import Web, platform

__all__ = ["templates"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MEGABYTE = 1_000_000
MEBIBYTE = 1024 * 1024
FORM = "Content-Type: application/x-www-form-urlencoded"
MULTIPART = "Content-Type: multipart/form-data; boundary=b"
INVENTED = "Cookie: csrftoken=" + "a" * 32
APP_TOKEN = "the sidecar's"
FILE_HEAD = b'--b\r\nContent-Disposition: form-data; name="f"; filename="big"\r\n\r\n'
BROWSER_PAGES = ("/livez", "/readyz", "/admin/login/", "/api/auth/session/login/")


@dataclass(frozen=True)
class Servers:
    """One process of each kind, and somebody who is signed in at each."""

    up: Web
    sockets: Web
    web: Web
    sidecars: Web
    temporary: Path
    people: dict[str, Person]

    def by_name(self, name: str) -> Web:
        server: Web = getattr(self, name)
        return server

    def stored(self, name: str) -> int:
        return stored_bytes(self.by_name(name).role, self.temporary)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("bodies")
    temporary = folder / "temporary"
    temporary.mkdir()
    # Four bodies of five mebibytes are more than one user may write at once.
    environment = {"TMPDIR": str(temporary), "TODO_WRITE_BYTES_PER_SECOND": "0"}
    with platform(folder, new_sqlite(folder, templates), environment) as made:
        up, sockets, web = made.up(), made.sockets(), made.web()
        sidecars = made.web(TODO_EVENT_TRANSPORT="dapr", APP_API_TOKEN=APP_TOKEN)
        for each in (up, sockets, web, sidecars):
            each.answers()
        people = {"up": made.people(1, up)[0], "web": made.people(1, web)[0]}
        yield Servers(up, sockets, web, sidecars, temporary, people)


def chunk(size: int) -> bytes:
    return f"{size:x}\r\n".encode() + b"x" * size + b"\r\n"


@pytest.mark.parametrize("name", ["up", "sockets"])
def test_a_form_of_11_mb_to_a_probe_is_refused_and_makes_no_neighbour_wait(
    servers: Servers, name: str
) -> None:
    url = servers.by_name(name).url
    form = b"&".join(b"k%d=1" % number for number in range(1_100_000))
    posted = request("POST", "/livez", FORM, f"Content-Length: {len(form)}", body=form)
    undisturbed = slowest_probe(url, times=20)
    bound = 0.1 + 5 * undisturbed  # it was 2.4 s and more, whatever else the machine did
    answers: list[int] = []

    def attack() -> None:
        for _ in range(3):
            with wire(url) as connection:
                connection.send_all_taken(posted[at : at + 65536] for at in range(0, len(posted), 65536))
                answers.append(connection.answer().status)

    def slowest_amid_an_attack() -> float:
        thread = threading.Thread(target=attack)
        thread.start()
        slowest = slowest_probe(url, times=40)
        thread.join()
        return slowest

    assert least(slowest_amid_an_attack, below=bound, tries=5) < bound
    assert set(answers) == {413}


def slowest_probe(url: str, *, times: int) -> float:
    def seconds() -> float:
        began = monotonic()
        assert httpx.get(f"{url}/livez", timeout=60).status_code == 200
        return monotonic() - began

    return max(seconds() for _ in range(times))


@pytest.mark.parametrize("path", ["/livez", "/api/tasks/", "/api/auth/token/", "/nowhere"])
@pytest.mark.parametrize("name", ["up", "sockets", "web"])
def test_what_says_that_it_is_too_large_is_refused_before_it_is_sent(
    servers: Servers, name: str, path: str
) -> None:
    answer = exchange(
        servers.by_name(name).url, request("POST", path, FORM, f"Content-Length: {200 * MEGABYTE}")
    )

    assert answer.status == 413
    assert answer.closes
    assert b"application/problem+json" in answer.head
    assert b'"too_large"' in answer.body


@pytest.mark.parametrize("digits", [19, 400, 5000])
@pytest.mark.parametrize("name", ["up", "web"])
def test_a_length_of_thousands_of_digits_is_refused_like_any_other(
    servers: Servers, name: str, digits: int
) -> None:
    answer = exchange(servers.by_name(name).url, request("POST", "/livez", f"Content-Length: {'9' * digits}"))

    assert answer.status in (400, 413)


def test_who_waits_to_be_asked_for_a_body_is_not_asked_for_one_that_is_too_large(servers: Servers) -> None:
    large = ("Expect: 100-continue", f"Content-Length: {200 * MEGABYTE}")

    assert exchange(servers.up.url, request("POST", "/livez", *large)).status == 413


@pytest.mark.parametrize("name", ["up", "sockets", "web"])
def test_a_body_without_length_or_end_is_refused_unread(servers: Servers, name: str) -> None:
    with wire(servers.by_name(name).url) as connection:
        connection.send(request("POST", "/livez", FORM, "Transfer-Encoding: chunked", body=chunk(10)))
        answer = connection.answer()
        taken = connection.send_all_taken(repeat(chunk(60_000), 5_000))
        stored = servers.stored(name)

    assert (answer.status, answer.closes) == (411, True)
    assert (
        taken < 200 * MEGABYTE
    )  # of 300: the connection was closed, after a while in which the answer arrives
    assert stored == 0


@pytest.mark.parametrize("path", BROWSER_PAGES)
@pytest.mark.parametrize("name", ["up", "web"])
def test_files_of_strangers_are_not_stored(servers: Servers, name: str, path: str) -> None:
    headers = (MULTIPART, INVENTED, f"Content-Length: {150 * MEGABYTE}")
    stored = 0
    with wire(servers.by_name(name).url) as connection:
        connection.send(request("POST", path, *headers, body=FILE_HEAD))
        for _ in range(20):
            connection.send_all_taken([b"\0" * 500_000])
            stored = max(stored, servers.stored(name))
        status = connection.answer().status

    assert stored == 0
    assert status == 413


@pytest.mark.parametrize("name", ["up", "web"])
def test_a_small_file_of_a_stranger_is_not_stored_either(servers: Servers, name: str) -> None:
    body = FILE_HEAD + b"\0" * 900_000 + b"\r\n--b--\r\n"
    headers = (MULTIPART, INVENTED, f"Content-Length: {len(body)}")

    answer = exchange(
        servers.by_name(name).url, request("POST", "/api/auth/session/login/", *headers, body=body)
    )

    assert answer.status == 413
    assert servers.stored(name) == 0


def test_bodies_within_their_bounds_are_not_stored_either(servers: Servers) -> None:
    half = request("POST", "/api/tasks/bulk/", f"Content-Length: {5 * MEBIBYTE}", body=b" " * 5_000_000)
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(wire(servers.up.url)).send(half)
        assert httpx.get(f"{servers.up.url}/livez", timeout=60).status_code == 200
        assert servers.stored("up") == 0


@pytest.mark.parametrize(("token", "status"), [("", 401), ("wrong", 401), (APP_TOKEN, 0)])
def test_only_the_sidecar_may_send_more_and_is_asked_first(servers: Servers, token: str, status: int) -> None:
    headers = (f"dapr-api-token: {token}", f"Content-Length: {32 * MEBIBYTE}")
    with wire(servers.sidecars.url) as connection:
        connection.send(request("POST", "/dapr/events/task-events", *headers))
        if status:
            answer = connection.answer()
            assert (answer.status, answer.closes) == (status, True)
        else:
            connection.send(b'{"entries": []}'.ljust(32 * MEBIBYTE))
            assert connection.answer().status == 200


def test_the_sidecar_is_bounded_too(servers: Servers) -> None:
    headers = (f"dapr-api-token: {APP_TOKEN}", f"Content-Length: {32 * MEBIBYTE + 1}")

    assert exchange(servers.sidecars.url, request("POST", "/dapr/events/task-events", *headers)).status == 413


def test_where_there_is_no_sidecar_nobody_may_send_events(servers: Servers) -> None:
    call = request(
        "POST", "/dapr/events/task-events", "dapr-api-token: x", "Content-Length: 5", body=b"hello"
    )

    assert exchange(servers.up.url, call).status == 401


@pytest.mark.parametrize("name", ["up", "web"])
class TestHonestBodies:
    """What the bounds must not touch."""

    def test_one_mebibyte_is_read(self, servers: Servers, name: str) -> None:
        body = b'{"title": "fits"}'.ljust(MEBIBYTE)

        assert post(servers.people[name], "/api/tasks/", body) == 201
        assert post(servers.people[name], "/api/tasks/", body + b" ") == 413

    @pytest.mark.parametrize(
        "path", ["/api/tasks/bulk/", "/api/tasks/bulk", "/api/todos/bulk/", "/todos/bulk/"]
    )
    def test_five_mebibytes_of_operations_are_read(self, servers: Servers, name: str, path: str) -> None:
        body = b'{"operations": [{"op": "create", "fields": {"title": "fits"}}]}'.ljust(5 * MEBIBYTE)

        assert post(servers.people[name], path, body) == 200
        assert post(servers.people[name], path, body + b" ") == 413

    @pytest.mark.parametrize("length", [(), ("Content-Length: 0",)])
    def test_a_call_without_a_body_needs_no_length(
        self, servers: Servers, name: str, length: tuple[str, ...]
    ) -> None:
        person = servers.people[name]
        task = person.call("POST", "/api/tasks/", {"title": "before"}, expect=201)
        person.call("PATCH", f"/api/tasks/{task['id']}/", {"title": "after"})

        answer = exchange(
            person.url,
            request(
                "POST", f"/api/tasks/{task['id']}/undo/", f"Authorization: Bearer {person.access}", *length
            ),
        )

        assert answer.status == 200
        assert b'"before"' in answer.body

    def test_who_waits_to_be_asked_for_a_body_is_asked(self, servers: Servers, name: str) -> None:
        person, body = servers.people[name], b'{"title": "asked for"}'
        headers = (
            f"Authorization: Bearer {person.access}",
            "Content-Type: application/json",
            "Expect: 100-continue",
            f"Content-Length: {len(body)}",
        )
        with wire(person.url) as connection:
            connection.send(request("POST", "/api/tasks/", *headers))
            assert connection.answer().status == 100
            connection.send(body)
            assert connection.answer().status == 201

    def test_calls_follow_each_other_on_one_connection_with_bodies_or_without(
        self, servers: Servers, name: str
    ) -> None:
        calls = [
            request("GET", "/livez", "Content-Length: 5", body=b"hello"),
            request("GET", "/nowhere"),
            request("POST", "/livez", FORM, "Content-Length: 3", body=b"a=1"),
            request("GET", "/livez"),
        ]
        with wire(servers.by_name(name).url) as connection:
            connection.send(b"".join(calls))
            assert [connection.answer().status for _ in calls] == [200, 404, 405, 200]

    @pytest.mark.parametrize(
        "lengths",
        [
            ("Content-Length: 1", "Content-Length: 2"),
            ("Content-Length: 1", "Transfer-Encoding: chunked"),
            ("Content-Length: +1",),
            ("Content-Length: -1",),
            ("Content-Length: 1, 1",),
            ("Content-Length: 0x1",),
        ],
    )
    def test_lengths_that_contradict_each_other_end_the_connection(
        self, servers: Servers, name: str, lengths: tuple[str, ...]
    ) -> None:
        with wire(servers.by_name(name).url) as connection:
            connection.send(request("POST", "/livez", *lengths, body=b"a" + request("GET", "/livez")))
            assert connection.answer().status == 400
            assert connection.is_closed()


def post(person: Person, path: str, body: bytes) -> int:
    headers = {"Authorization": f"Bearer {person.access}", "Content-Type": "application/json"}
    return httpx.post(person.url + path, content=body, headers=headers, timeout=60).status_code
