"""Malformed handshakes and headers are refused in a sentence: no failure of ours, no traceback, no neighbour lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from todo_project.tests.hostile.wire import Answer, exchange, request
from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.fixtures import templates
from todo_project.tests.platform.platforms import Web, platform

__all__ = ["templates"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
NO_TEXT = "\xff"


@pytest.fixture(scope="module")
def sockets(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("handshakes")
    with platform(folder, new_sqlite(folder, templates)) as made:
        web = made.sockets().answers()
        yield web
        assert "Traceback" not in web.role.output
        assert "Error" not in web.role.output


def shake(
    web: Web, *more: str, method: str = "GET", body: bytes = b"", but: dict[str, str | None] | None = None
) -> Answer:
    """Send a handshake in which some headers differ or are absent."""
    wanted = {**HANDSHAKE, **(but or {})}
    lines = [f"{name}: {value}" for name, value in wanted.items() if value is not None]
    return exchange(web.url, request(method, "/ws/tasks/", *lines, *more, body=body))


@pytest.mark.parametrize("offered", ["", "todo.v1", "todo.v1, other.v2", "other.v2,todo.v1"])
def test_a_good_handshake_is_accepted(sockets: Web, offered: str) -> None:
    more = (f"Sec-WebSocket-Protocol: {offered}",) if offered else ()

    answer = shake(sockets, *more)

    assert answer.status == 101
    assert (b"sec-websocket-protocol: todo.v1" in answer.head) == bool(offered)


@pytest.mark.parametrize(
    "offered",
    [
        NO_TEXT,
        "todo.v1, \xe9",
        "todo%2Ev1",
        "%ff",
        "a b",
        "todo.v1,",
        ",",
        "(",
        '"todo.v1"',
        "todo.v1\ttodo.v2",
        "todo.v1, todo.v1",
    ],
)
def test_a_malformed_subprotocol_is_a_clean_refusal(sockets: Web, offered: str) -> None:
    answer = shake(sockets, f"Sec-WebSocket-Protocol: {offered}")

    assert answer.status == 400
    assert b'"code":"malformed"' in answer.body


@pytest.mark.parametrize("offered", ["", "other.v2", "TODO.V1"])
def test_another_subprotocol_is_refused(sockets: Web, offered: str) -> None:
    assert shake(sockets, f"Sec-WebSocket-Protocol: {offered}").status == 403


@pytest.mark.parametrize("name", ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Connection"])
@pytest.mark.parametrize("value", [NO_TEXT, "\xb2", "", None])
def test_a_header_of_the_handshake_that_is_malformed_or_absent_is_a_clean_refusal(
    sockets: Web, name: str, value: str | None
) -> None:
    assert shake(sockets, but={name: value}).status == 400


@pytest.mark.parametrize("version", ["9" * 5000, "-13", "13, 13", "1e3"])
def test_a_version_that_is_none_is_a_clean_refusal(sockets: Web, version: str) -> None:
    assert shake(sockets, but={"Sec-WebSocket-Version": version}).status == 400


@pytest.mark.parametrize(
    "origin", [NO_TEXT, "http://[", "http://localhost:99999999", "null", "http://\xe9.example"]
)
def test_an_origin_that_is_none_is_a_clean_refusal(sockets: Web, origin: str) -> None:
    assert shake(sockets, f"Origin: {origin}").status in (400, 403)


@pytest.mark.parametrize(
    "extensions", [NO_TEXT, "permessage-deflate; client_max_window_bits=99", "permessage-deflate; x=\xff"]
)
def test_extensions_that_are_malformed_are_a_clean_refusal(sockets: Web, extensions: str) -> None:
    assert shake(sockets, f"Sec-WebSocket-Extensions: {extensions}").status == 400


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS"])
def test_only_get_begins_a_socket(sockets: Web, method: str) -> None:
    assert shake(sockets, method=method).status == 400


def test_a_handshake_with_a_body_is_refused(sockets: Web) -> None:
    assert shake(sockets, "Content-Length: 4", body=b"\x81\x80\0\0").status == 400


@pytest.mark.parametrize("root", [NO_TEXT, "/ws", "%ff"])
def test_a_client_does_not_say_where_the_platform_is_mounted(sockets: Web, root: str) -> None:
    header = f"Daphne-Root-Path: {root}"

    assert exchange(sockets.url, request("GET", "/livez", header)).status == 200
    assert exchange(sockets.url, request("GET", "/ws/livez", header)).status == 404
    assert shake(sockets, header).status == 101


@pytest.mark.parametrize("path", ["/ws/\xa1", "/livez?\xa1", "/ws/tasks/#x"])
def test_a_path_that_is_no_text_is_a_clean_refusal(sockets: Web, path: str) -> None:
    lines = [f"{name}: {value}" for name, value in HANDSHAKE.items()]

    assert exchange(sockets.url, request("GET", path, *lines)).status == 400


@pytest.mark.parametrize(
    "header", [f"X: {NO_TEXT}", f"Authorization: Bearer {NO_TEXT}", f"Cookie: a={NO_TEXT}"]
)
def test_other_headers_that_are_no_text_do_no_harm(sockets: Web, header: str) -> None:
    assert exchange(sockets.url, request("GET", "/livez", header)).status == 200


@pytest.mark.parametrize("header", ["X\xff: a", "X: a\x0bb", "X: a\x00b", "no colon"])
def test_headers_that_are_none_are_a_clean_refusal(sockets: Web, header: str) -> None:
    assert exchange(sockets.url, request("GET", "/livez", header)).status == 400


@pytest.mark.parametrize("path", ["/livez", "/livez/", "/readyz", "/startupz"])
def test_the_sockets_role_answers_probes(sockets: Web, path: str) -> None:
    assert exchange(sockets.url, request("GET", path)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/api/", "/api/tasks/", "/api/auth/token/", "/api/schema/", "/api/changes/", "/admin/"),
        *("/admin/login/", "/static/admin/css/base.css", "/dapr/subscribe", "/job/reminders", "/ws/tasks/"),
        *("/livez/x", "//livez", "/x/livez", "/LIVEZ", "/livez%2f", "/livez%0a", "/livez/../api/tasks/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_the_sockets_role_has_nothing_else(sockets: Web, method: str, path: str) -> None:
    answer = exchange(sockets.url, request(method, path, "Connection: close"))

    allowed = (200, 405) if path == "/livez%2f" else (404,)  # which is a probe's path, written in another way
    assert answer.status in allowed
    assert method == "HEAD" or path == "/livez%2f" or b'"not_found"' in answer.body
