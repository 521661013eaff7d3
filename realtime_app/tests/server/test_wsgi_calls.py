"""What the WSGI application is given for a request that daphne's server has read, and what it answers."""

import asyncio
import threading
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from realtime_app.server.refusals import StartResponse, WsgiApplication
from realtime_app.server.wsgi_calls import WsgiCalls, environ_of, read_answer

PATIENCE = 60.0
SCOPE: dict[str, Any] = {
    "method": "PUT", "path": "/api/täsks/", "raw_path": b"/api/t%C3%A4sks/%ff", "query_string": b"a=%20b",
    "http_version": "1.1", "scheme": "http", "server": ["127.0.0.1", 8000], "client": ["192.0.2.7", 4711],
    "headers": [
        (b"host", b"example.com"), (b"content-type", b"application/json"), (b"content-length", b"2"),
        (b"x-several", b"one"), (b"x-several", b"two"),
    ],
}  # fmt: skip


class Asked:
    """A request as far as calls are concerned; it notes what is sent to the client."""

    def __init__(self) -> None:
        self.channel: object | None = object()
        self.content = SimpleNamespace(getvalue=lambda: b"{}")
        self.sent: list[Any] = []

    def handle_reply(self, message: dict[str, Any]) -> None:
        self.sent.append(message.get("status") or message.get("body"))

    def handle_exception(self, exception: object) -> None:
        self.sent.append("failed")

    def stop_counting(self) -> None:
        self.sent.append("not counted")


def answer_ok(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one, ", b"two"]


def call(application: WsgiApplication, request: Asked, path: str = "/api/tasks/") -> list[Any]:
    """Make one call, and return what was sent once it has ended."""

    async def run() -> None:
        calls = WsgiCalls(application)
        await asyncio.wait_for(calls.begin(request, {**SCOPE, "path": path}), PATIENCE)
        calls.close()

    asyncio.run(run())
    return request.sent


def test_the_environment_is_that_of_pep_3333() -> None:
    environ = environ_of(SCOPE, b"{}")
    assert environ["PATH_INFO"] == "/api/tÃ¤sks/ÿ"  # each byte is a character
    assert environ["QUERY_STRING"] == "a=%20b"
    assert environ["CONTENT_TYPE"] == "application/json"
    assert environ["CONTENT_LENGTH"] == "2"
    assert environ["HTTP_HOST"] == "example.com"
    assert environ["HTTP_X_SEVERAL"] == "one,two"
    assert environ["REMOTE_ADDR"] == "192.0.2.7"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["wsgi.input"].read() == b"{}"


def test_an_answer_is_read_whole_and_closed() -> None:
    closed = []

    class Parts(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        return Parts(answer_ok(environ, start_response))

    answer = read_answer(application, environ_of(SCOPE, b""))
    assert (answer.status, answer.headers, answer.body) == (
        200,
        [(b"Content-Type", b"text/plain")],
        b"one, two",
    )
    assert closed == [True]


def test_an_answer_is_sent_and_the_call_then_ends() -> None:
    assert call(answer_ok, Asked()) == [200, b"one, two", "not counted"]


def test_an_application_that_raises_is_answered_500(caplog: pytest.LogCaptureFixture) -> None:
    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        raise RuntimeError("on purpose")

    assert call(application, Asked()) == ["failed", "not counted"]


def test_a_client_that_has_gone_is_called_for_no_more() -> None:
    called = []

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        called.append(environ)
        return answer_ok(environ, start_response)

    async def run() -> None:
        calls, request = WsgiCalls(application), Asked()
        request.channel = None
        await asyncio.wait_for(calls.begin(request, SCOPE), PATIENCE)
        calls.close()

    asyncio.run(run())
    assert called == []


def test_probes_are_answered_while_all_threads_are_busy(settings: Any) -> None:
    settings.REQUEST_THREADS = 1
    busy, let_go = threading.Event(), threading.Event()

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if "livez" not in environ["PATH_INFO"]:
            busy.set()
            assert let_go.wait(PATIENCE)
        return answer_ok(environ, start_response)

    async def run() -> None:
        calls = WsgiCalls(application)
        held = calls.begin(Asked(), SCOPE)
        await asyncio.to_thread(busy.wait, PATIENCE)
        probe = {**SCOPE, "path": "/livez", "raw_path": b"/livez"}
        await asyncio.wait_for(calls.begin(Asked(), probe), PATIENCE)
        assert not held.done()
        let_go.set()
        await asyncio.wait_for(held, PATIENCE)
        calls.close()

    asyncio.run(run())
