"""What an orchestrator is answered, by a port that nobody can occupy for long."""

import os
import socket
import threading
from collections.abc import Iterator
from time import monotonic

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from pytest_django import Settings

from devstack.ports import LOOPBACK
from devstack.waiting import wait_until
from events_app.runtime import role_frame, side_port
from events_app.runtime.pulse import Pulse
from events_app.runtime.role_frame import prepared_role, role_answers
from events_app.runtime.side_port import MOST_CONNECTIONS, SidePort
from foundation.counters import count

PATIENCE = 60.0
POD = {"Host": "10.244.1.17:8081"}


@pytest.fixture
def pulse() -> Pulse:
    return Pulse("a loop")


@pytest.fixture
def url(pulse: Pulse, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A side port as a role opens it; the database has everything."""
    monkeypatch.setattr(role_frame, "missing_essentials", list)
    side = SidePort(LOOPBACK, 0, role_answers([pulse]))
    side.start()
    yield f"http://{LOOPBACK}:{side.server_port}"
    side.stop()


def status(url: str) -> int:
    return httpx.get(url, headers=POD, timeout=PATIENCE).status_code


@pytest.mark.parametrize("path", ["/livez", "/startupz", "/readyz", "/livez/", "/readyz?verbose=1"])
def test_a_role_that_is_well_answers_200(url: str, path: str) -> None:
    answer = httpx.get(url + path, headers=POD, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.headers["cache-control"] == "no-store"
    assert "Python" not in answer.headers["server"]


def test_each_role_shows_what_it_has_counted(url: str) -> None:
    count("side_port.test")
    answer = httpx.get(f"{url}/metrics", headers=POD, timeout=PATIENCE)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE todo_counts_total counter" in answer.text


@pytest.mark.parametrize("path", ["/", "/lag.json", "/livez/x", "/dapr/subscribe", "/..%2flivez"])
def test_there_is_nothing_else(url: str, path: str) -> None:
    assert status(url + path) == 404


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_only_answers_get(url: str, method: str) -> None:
    answer = httpx.request(method, f"{url}/livez", timeout=PATIENCE)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_a_loop_that_does_not_turn_is_503_until_it_turns(url: str, pulse: Pulse, settings: Settings) -> None:
    settings.HANG_IS_UNHEALTHY_SECONDS = -1.0
    answer = httpx.get(f"{url}/livez", timeout=PATIENCE)
    assert (answer.status_code, answer.json()) == (503, {"status": "hanging", "hanging": ["a loop"]})
    with pulse.waiting():
        assert status(f"{url}/livez") == 200, "another start would wait as long for the service"
    assert status(f"{url}/livez") == 503
    settings.HANG_IS_UNHEALTHY_SECONDS = PATIENCE
    assert status(f"{url}/livez") == 200


def test_readiness_says_what_is_missing_and_liveness_does_not_depend_on_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(role_frame, "missing_essentials", lambda: ["migrations"])
    for path in ("/startupz", "/readyz"):
        answer = httpx.get(url + path, timeout=PATIENCE)
        assert (answer.status_code, answer.json()["missing"]) == (503, ["migrations"])
    assert status(f"{url}/livez") == 200


def test_a_database_that_hangs_or_breaks_is_missing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    until, asked = threading.Event(), []

    def hang() -> list[str]:
        asked.append(1)
        until.wait(PATIENCE)
        return []

    monkeypatch.setattr(role_frame, "missing_essentials", hang)
    try:
        for _ in range(2):
            assert httpx.get(f"{url}/readyz", timeout=PATIENCE).json()["missing"] == ["database"]
    finally:
        until.set()
    assert asked == [1], "those who ask meanwhile wait for the same answer"

    def break_down() -> list[str]:
        raise OperationalError("no")

    monkeypatch.setattr(role_frame, "missing_essentials", break_down)
    assert wait_until(lambda: status(f"{url}/readyz") == 503, seconds=PATIENCE)


def test_who_sends_slowly_or_too_often_is_cut_off_and_others_are_answered(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_port, "CONNECTION_SECONDS", 0.5)
    address = (LOOPBACK, int(url.rpartition(":")[2]))
    slow = [socket.create_connection(address, PATIENCE) for _ in range(3 * MOST_CONNECTIONS)]
    for connection in slow:
        connection.sendall(b"GET /livez HTTP/1.0\r\nHost: ")
    ended = [connection.recv(1) for connection in slow if not _is_reset(connection)]
    assert set(ended) <= {b""}
    assert wait_until(lambda: _answers(f"{url}/livez"), seconds=PATIENCE)
    for connection in slow:
        connection.close()


def _is_reset(connection: socket.socket) -> bool:
    try:
        connection.recv(1, socket.MSG_PEEK)
    except ConnectionResetError:
        return True
    return False


def _answers(url: str) -> bool:
    try:
        return status(url) == 200
    except httpx.TransportError:
        return False


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ImproperlyConfigured, match=rf"^TODO_SIDE_PORT: cannot listen on {LOOPBACK}:{port}: .*\.$"
        ):
            SidePort(LOOPBACK, port, {})


def test_a_forked_process_neither_keeps_the_port_nor_waits_for_it(url: str) -> None:
    """As gunicorn's workers, which leave the block that opened it when they end."""
    side = SidePort(LOOPBACK, 0, {})
    side.start()
    if not (child := os.fork()):
        side.stop()
        os._exit(0 if side.socket.fileno() == -1 else 1)
    deadline = monotonic() + PATIENCE
    ended = 0
    while not ended and monotonic() < deadline:
        ended, code = os.waitpid(child, os.WNOHANG)
    assert (ended, code) == (child, 0)
    side.stop()


@pytest.mark.django_db(transaction=True)
def test_a_role_without_the_setting_opens_no_port_and_a_stopped_one_does_not_begin(
    settings: Settings,
) -> None:
    settings.SIDE_PORT = None
    with prepared_role(lambda: True) as is_prepared:
        assert is_prepared is False
    with prepared_role(lambda: False) as is_prepared:
        assert is_prepared is True
