"""The comparison of two servers: what it asks is described in JSON, and it reads answers as HTTP/1.1 frames them."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from todo_project.benchmarks.described_server import (
    OURS,
    DescriptionError,
    fill_in,
    read_description,
    value_at,
)
from todo_project.benchmarks.side_by_side import Connection

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2;x=y\r\ndy\r\n0\r\n\r\n"
LAST = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"


def test_this_platform_is_described_without_a_file() -> None:
    described = read_description(None)
    assert list(described.steps) == list(OURS["calls"])
    assert described.steps["complete recurring"].before[0].keep == {"id": "id", "series": "series_id"}


def test_another_server_is_described_by_a_file(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps({**OURS, "setup": [], "calls": {"list": {"method": "GET", "path": "/"}}}))
    assert list(read_description(path).steps) == ["list"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"setup": [], "headers": {}, "fill": {}, "calls": {}}'])
def test_a_description_that_lacks_something_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(DescriptionError, match=r"other\.json"):
        read_description(path)


def test_values_that_were_kept_fill_texts_at_any_depth() -> None:
    wanted = {"title": "Call {n}", "tags": ["{word}"], "count": 3}
    assert fill_in(wanted, {"n": 7, "word": "home"}) == {"title": "Call 7", "tags": ["home"], "count": 3}


def test_a_value_that_nobody_kept_is_named() -> None:
    with pytest.raises(DescriptionError, match="series"):
        fill_in("/api/series/{series}/", {"id": 1})


@pytest.mark.parametrize(
    ("pointer", "value"), [("a.1.b", 2), ("a.0", {"b": 1}), ("a.7.b", None), ("c.b", None), ("a.b", None)]
)
def test_a_pointer_leads_into_objects_and_arrays(pointer: str, value: object) -> None:
    assert value_at({"a": [{"b": 1}, {"b": 2}]}, pointer) == value


def test_answers_are_read_whole_and_a_closed_connection_is_opened_anew() -> None:
    answers = iter([LENGTH, CHUNKED, LAST, LENGTH])
    opened: list[Any] = []
    closed = asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        with suppress(asyncio.IncompleteReadError):  # the client has closed its end
            while await reader.readuntil(b"\r\n\r\n"):
                answer = next(answers)
                writer.write(answer)
                if answer is LAST:
                    break
        writer.close()
        await writer.wait_closed()
        closed.release()

    async def run() -> list[tuple[int, bytes]]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            connection = Connection(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            read = [await connection.ask("GET", "/", "", b"") for _ in range(4)]
            connection.close()
            for _ in opened:
                await asyncio.wait_for(closed.acquire(), 60)
            return read

    assert asyncio.run(run()) == [(200, b"body"), (200, b"body"), (201, b"body"), (200, b"body")]
    assert len(opened) == 2
