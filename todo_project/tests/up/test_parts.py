"""The parts of `up`: ports, and the supervisor of roles."""

import socket
import threading
from asyncio import CancelledError
from collections.abc import Iterator

import pytest
from django.db import OperationalError

from devstack.waiting import wait_until
from events_app.models import Heartbeat
from foundation import counters
from todo_project.health import role_heartbeats
from todo_project.up import ports
from todo_project.up.errors import AddressRefused, NoFreePort, PortTaken
from todo_project.up.supervisor import Role, Supervisor

HOST = "127.0.0.1"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_that_nobody_asked_for_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    monkeypatch.setattr(ports, "DEFAULT_PORT", taken)
    assert ports.choose_port(HOST, None) > taken


def test_a_taken_port_that_was_asked_for_is_refused(taken: int) -> None:
    with pytest.raises(PortTaken, match=f"TODO_PORT={taken} is taken"):
        ports.choose_port(HOST, taken)


def test_no_free_port_is_said(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    monkeypatch.setattr(ports, "DEFAULT_PORT", taken)
    monkeypatch.setattr(ports, "PORTS_TRIED", 1)
    with pytest.raises(NoFreePort, match="all taken"):
        ports.choose_port(HOST, None)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressRefused, match=r"192\.0\.2\.1"):
        ports.choose_port("192.0.2.1", None)


@pytest.mark.django_db(transaction=True)
class TestSupervisor:
    def test_a_role_that_fails_starts_again_and_is_counted(self) -> None:
        runs: list[int] = []
        running = threading.Event()

        def fail_twice(stop: threading.Event) -> None:
            runs.append(1)
            role_heartbeats.report_role("flaky")
            if len(runs) == 1:
                raise RuntimeError("broken on purpose")
            if len(runs) == 2:
                return  # to end by itself is a failure as well
            running.set()
            stop.wait()

        before = counters.snapshot().get("roles.restarted.flaky", 0)
        supervisor = Supervisor([Role("flaky", fail_twice)], first_pause_seconds=0.01)
        supervisor.start()
        assert running.wait(20)
        assert counters.snapshot()["roles.restarted.flaky"] == before + 2
        assert supervisor.stop(within_seconds=20) == []

    @pytest.mark.parametrize("error", [SystemExit(3), CancelledError()])
    def test_a_role_that_means_to_end_the_process_starts_again(
        self, error: BaseException, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In a thread a library's `sys.exit()` ends nothing but the role."""
        runs: list[int] = []
        running = threading.Event()

        def leave_once(stop: threading.Event) -> None:
            runs.append(1)
            if len(runs) == 1:
                raise error
            running.set()
            stop.wait()

        supervisor = Supervisor([Role("leaves", leave_once)], first_pause_seconds=0.01)
        supervisor.start()
        assert running.wait(20)
        assert supervisor.stop(within_seconds=20) == []

    def test_connections_that_cannot_be_closed_end_no_role(self, monkeypatch: pytest.MonkeyPatch) -> None:
        running = threading.Event()
        refusals = iter([True])

        def refuse_once() -> None:
            if next(refusals, False):
                raise OperationalError("server closed the connection unexpectedly")

        def end_once(stop: threading.Event) -> None:
            if ended:
                running.set()
                stop.wait()
            ended.append(1)

        ended: list[int] = []
        monkeypatch.setattr("todo_project.up.supervisor.connections.close_all", refuse_once)
        supervisor = Supervisor([Role("ends", end_once)], first_pause_seconds=0.01)
        supervisor.start()
        assert running.wait(20)
        assert supervisor.stop(within_seconds=20) == []

    def test_a_failed_role_is_not_said_to_live(self) -> None:
        fallen = threading.Event()

        def fall(stop: threading.Event) -> None:
            role_heartbeats.report_role("fallen")
            fallen.set()
            raise RuntimeError("broken on purpose")

        supervisor = Supervisor([Role("fallen", fall)], first_pause_seconds=60)
        supervisor.start()
        assert fallen.wait(20)
        assert wait_until(lambda: not Heartbeat.objects.filter(role="fallen").exists(), seconds=20)
        assert supervisor.stop(within_seconds=20) == []

    def test_a_role_that_does_not_end_is_named(self) -> None:
        release = threading.Event()

        def ignore(stop: threading.Event) -> None:
            release.wait()

        supervisor = Supervisor([Role("deaf", ignore)])
        supervisor.start()
        assert supervisor.stop(within_seconds=0.05) == ["deaf"]
        release.set()
        assert supervisor.stop(within_seconds=20) == []
