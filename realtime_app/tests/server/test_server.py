"""The sockets role as a process: start, errors, stop."""

import json
import signal
import socket
from pathlib import Path

import httpx
import pytest

from realtime_app.tests.live import Server, environ_for, open_socket, sockets_command, sockets_role

pytestmark = pytest.mark.timeout(300)  # processes of our own have to start first


def test_stopping_closes_sockets_with_1012_and_a_delay_and_gives_slots_back(own_server: Server) -> None:
    person = own_server.user()
    with person.socket() as first, person.socket() as second, open_socket(own_server) as third:
        first.expect("ready")
        second.expect("ready")
        own_server.do("stop")
        closed = [client.until_closed() for client in (first, second, third)]
    assert [code for code, _ in closed] == [1012] * 3
    delays = [json.loads(reason)["reconnect_after_seconds"] for _, reason in closed]
    assert all(0.5 <= delay <= 10 for delay in delays)
    assert own_server.process.wait(10) == 0


def test_sigterm_twice_ends_the_role_in_order(own_server: Server) -> None:
    person = own_server.user()
    with sockets_role(own_server.environ) as role, person.socket(role) as client:
        client.expect("ready")
        assert own_server.do("slots", person.id) == 1
        role.process.send_signal(signal.SIGTERM)
        role.process.send_signal(signal.SIGTERM)
        assert client.until_closed()[0] == 1012
        assert role.process.wait(15) == 0
    assert own_server.do("slots", person.id) == 0


def test_a_taken_port_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with sockets_command(environ_for(tmp_path), "--port", port) as process:
            _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in errors
    assert "Traceback" not in errors


def test_http_is_served_beside_sockets(server: Server) -> None:
    assert httpx.get(f"{server.base_url}/api/changes/").status_code == 401
