"""Answers that nobody reads wait in the memory of daphne's roles: one for each connection, and bounded."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devstack.waiting import wait_until
from todo_project.tests.hostile.wire import exchange, request, wire
from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.fixtures import templates
from todo_project.tests.platform.platforms import Web, platform

__all__ = ["templates"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MEGABYTE = 1_000_000
LONG = request("GET", "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js")
"""What anybody may ask for: its answer has more than a megabyte."""
SHORT = request("GET", "/livez")
TOGETHER = 80
REQUESTS = 6


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("unread")
    with platform(
        folder, new_sqlite(folder, templates), {"TODO_REQUESTS_PER_ADDRESS": str(REQUESTS)}
    ) as made:
        yield made.up().answers()


def memory(up: Web) -> int:
    """How many bytes of memory a server takes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{up.role.pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def test_requests_that_are_sent_together_are_answered_as_they_are_read(up: Web) -> None:
    assert len(exchange(up.url, LONG).body) > MEGABYTE
    before = memory(up)
    with wire(up.url) as connection:
        connection.send(LONG * TOGETHER)
        # Others are served meanwhile; it was 110 MB by then.
        assert not wait_until(lambda: memory(up) - before > 40 * MEGABYTE, seconds=5)
        assert exchange(up.url, SHORT).status == 200
        for _ in range(TOGETHER):
            answer = connection.answer()
            assert (answer.status, len(answer.body) > MEGABYTE) == (200, True)
        connection.send(SHORT)
        assert connection.answer().status == 200


def test_an_answer_that_is_not_read_counts_as_a_request_under_way(up: Web) -> None:
    with ExitStack() as stack:
        for _ in range(REQUESTS):
            # More than the system keeps for a connection: what is left waits in the server.
            stack.enter_context(wire(up.url)).send(LONG * 20)
        assert wait_until(lambda: exchange(up.url, SHORT).status == 429, seconds=60)
        assert not wait_until(lambda: exchange(up.url, SHORT).status == 200, seconds=8)
    assert wait_until(lambda: exchange(up.url, SHORT).status == 200, seconds=60)
    for _ in range(3 * REQUESTS):  # each that ended makes room
        assert exchange(up.url, SHORT).status == 200


def test_whoever_reads_in_the_end_makes_room(up: Web) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(wire(up.url)) for _ in range(REQUESTS // 2)]
        for connection in held:
            connection.send(LONG * 5)
        for connection in held:
            assert [connection.answer().status for _ in range(5)] == [200] * 5
        assert wait_until(lambda: exchange(up.url, SHORT).status == 200, seconds=60)
