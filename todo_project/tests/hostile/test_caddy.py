"""Caddy with our Caddyfile is an edge as good as nginx: what it passes on, when, and what it replaces."""

from collections.abc import Iterator

import pytest

from devstack.ports import LOOPBACK
from todo_project.tests.platform.edge import Edge, half_body, recorder
from todo_project.tests.platform.proxy import caddy

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with (
        recorder("web") as web,
        recorder("sockets") as sockets,
        caddy(tmp_path_factory.mktemp("edge"), web=web.server_port, sockets=sockets.server_port) as url,
    ):
        yield Edge(url, web)


@pytest.mark.parametrize(
    "path",
    [
        "/livez",
        "/readyz/",
        "/dapr/subscribe",
        "//dapr/subscribe",
        "/%64apr/x",
        "/job/x",
        "/api/../dapr/subscribe",
    ],
)
def test_what_is_for_sidecars_and_orchestrators_is_not_there(front: Edge, path: str) -> None:
    assert front.status(f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n") == 404


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/api/tasks/", MIB, 200),
        ("/api/tasks/", MIB + 1, 413),
        ("/api/tasks/bulk/", 5 * MIB, 200),
        ("/api/tasks/bulk/", 5 * MIB + 1, 413),
        ("/api/tasks/bulk/", 8 * MIB, 413),
    ],
)
def test_a_body_is_bounded_by_path(front: Edge, path: str, size: int, status: int) -> None:
    assert front.call("POST", path, content=b"x" * size).status_code == status


def test_a_request_is_passed_on_when_it_is_whole(front: Edge) -> None:
    before = len(front.web.paths)
    with front.raw(half_body(LOOPBACK)) as slow:
        assert front.call("GET", "/api/tasks/?first").status_code == 200
        assert front.web.paths[before:] == ["/api/tasks/?first"]
        slow.sendall(b"x" * 96)
        assert b"200" in slow.makefile("rb").readline()


def test_what_strangers_say_about_themselves_is_replaced(front: Edge) -> None:
    spoofed = {
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    spoofed |= {"Forwarded": "for=10.0.0.1", "X-Real-IP": "10.0.0.1", "Dapr-Api-Token": "guess"}
    told = front.call("GET", "/api/tasks/", headers=spoofed).json()
    names = {name.lower() for name in spoofed}
    assert {name: value for name, value in told["headers"] if name in names} == {
        "x-forwarded-for": LOOPBACK,
        "x-forwarded-proto": "http",
        "x-forwarded-host": front.address[0] + f":{front.address[1]}",
    }


def test_sockets_have_a_server_of_their_own(front: Edge) -> None:
    assert front.call("GET", "/ws/tasks/").json()["by"] == "sockets"
