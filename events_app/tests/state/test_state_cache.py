"""One contract for every cache of state, in memory and behind a sidecar; and what one costs when it is away."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest

from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from events_app.state.base import StateCache
from events_app.state.dapr import DaprStateCache
from events_app.state.memory import MemoryStateCache
from events_app.transports.options import DaprOptions

TOKEN = "the sidecar's"
HOUR = 3600


class StateServer(ThreadingHTTPServer):
    """Dapr's state API, as the documentation describes it, over a dict."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), StateHandler)
        self.kept: dict[str, tuple[Any, int]] = {}
        self.calls = 0
        self.ttls: list[str] = []
        self.breaks: Callable[[BaseHTTPRequestHandler], bool] = lambda handler: False


class StateHandler(BaseHTTPRequestHandler):
    server: StateServer

    def do_GET(self) -> None:
        kept = self.server.kept.get(self.key)
        self.answer(204 if kept is None else 200, *(kept or ()))

    def do_POST(self) -> None:
        [row] = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert row["options"] == {"concurrency": "first-write"}
        self.server.ttls.append(row["metadata"]["ttlInSeconds"])
        _, mark = self.server.kept.get(row["key"], (None, 0))
        if str(mark or "") != row.get("etag", ""):
            return self.answer(500)
        self.server.kept[row["key"]] = (row["value"], mark + 1)
        return self.answer(204)

    def do_DELETE(self) -> None:
        self.server.kept.pop(self.key, None)
        self.answer(204)

    @property
    def key(self) -> str:
        return unquote(self.path.rpartition("/")[2])

    def answer(self, status: int, value: object = None, mark: int = 0) -> None:
        self.server.calls += 1
        if self.server.breaks(self):
            return
        body = b"" if status != 200 else json.dumps(value).encode()
        assert self.headers["dapr-api-token"] == TOKEN
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("etag", str(mark))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served() -> Iterator[tuple[DaprStateCache, StateServer]]:
    with StateServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        options = DaprOptions(http_port=server.server_port, api_token=TOKEN)
        yield DaprStateCache(options, "state store"), server
        server.shutdown()
        thread.join()


@contextmanager
def over_dapr() -> Iterator[StateCache]:
    with served() as (cache, _):
        yield cache


@pytest.fixture(params=[over_dapr, lambda: nullcontext(MemoryStateCache())], ids=["dapr", "memory"])
def cache(request: pytest.FixtureRequest) -> Iterator[StateCache]:
    make: Callable[[], AbstractContextManager[StateCache]] = request.param
    with make() as made:
        yield made


def test_what_is_put_is_there_until_it_is_forgotten(cache: StateCache) -> None:
    assert cache.get("task-1") is None
    assert cache.put("task-1", {"title": "Milk ✓"}, ttl_seconds=HOUR, instead_of=None)
    kept = cache.get("task-1")
    assert kept is not None
    assert kept.value == {"title": "Milk ✓"}
    assert cache.forget("task-1")
    assert cache.get("task-1") is None
    assert cache.forget("task-1")


def test_a_value_is_replaced_only_by_who_has_seen_it(cache: StateCache) -> None:
    assert cache.put("k", 1, ttl_seconds=HOUR, instead_of=None)
    assert not cache.put("k", 2, ttl_seconds=HOUR, instead_of=None)
    seen = cache.get("k")
    assert cache.put("k", 3, ttl_seconds=HOUR, instead_of=seen)
    assert not cache.put("k", 4, ttl_seconds=HOUR, instead_of=seen)
    now = cache.get("k")
    assert now is not None
    assert now.value == 3


@pytest.mark.parametrize("key", ["task-1", "a/b?c=d#e", "ключ", "..", "%2e"])
def test_a_key_is_only_a_key(cache: StateCache, key: str) -> None:
    assert cache.put(key, [None, 1.5, "x"], ttl_seconds=HOUR, instead_of=None)
    kept = cache.get(key)
    assert kept is not None
    assert kept.value == [None, 1.5, "x"]


def test_memory_keeps_the_values_that_were_used_last() -> None:
    cache = MemoryStateCache(max_keys=2)
    for key in ("a", "b"):
        cache.put(key, key, ttl_seconds=HOUR, instead_of=None)
    cache.get("a")
    cache.put("c", "c", ttl_seconds=HOUR, instead_of=None)
    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]


def test_a_value_ends_by_itself() -> None:
    cache = MemoryStateCache()
    cache.put("k", 1, ttl_seconds=0, instead_of=None)
    assert cache.get("k") is None
    with served() as (dapr, server):
        dapr.put("k", 1, ttl_seconds=90, instead_of=None)
        assert server.ttls == ["90"]


def test_nobody_waits_for_a_store_that_is_away() -> None:
    [port] = pick(1)
    cache = DaprStateCache(DaprOptions(http_port=port), "statestore")
    assert cache.get("k") is None
    assert not cache.put("k", 1, ttl_seconds=HOUR, instead_of=None)
    assert not cache.forget("k")


def hang(handler: BaseHTTPRequestHandler) -> bool:
    handler.connection.settimeout(30)
    handler.connection.recv(1)  # until the caller has gone
    return True


def hang_up(handler: BaseHTTPRequestHandler) -> bool:
    handler.close_connection = True
    return True


def answer_nonsense(handler: BaseHTTPRequestHandler) -> bool:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{,}")
    return True


def answer_503(handler: BaseHTTPRequestHandler) -> bool:
    handler.wfile.write(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")
    return True


@pytest.mark.parametrize("fault", [hang, hang_up, answer_503])
def test_after_a_failure_nobody_asks_for_a_second_and_then_it_is_back(
    fault: Callable[[BaseHTTPRequestHandler], bool],
) -> None:
    with served() as (cache, server):
        cache.put("k", 1, ttl_seconds=HOUR, instead_of=None)
        server.breaks = fault
        assert cache.get("k") is None
        asked = server.calls
        assert [cache.get("k") for _ in range(50)] == [None] * 50
        assert server.calls == asked
        server.breaks = lambda handler: False
        assert wait_until(lambda: cache.get("k") is not None, seconds=30)


def test_nonsense_is_a_miss() -> None:
    with served() as (cache, server):
        server.breaks = answer_nonsense
        assert cache.get("k") is None
