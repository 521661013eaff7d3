from collections.abc import Callable
from typing import Any

import orjson
import pytest

from events_app.tests.transports.harness import message
from events_app.transports.news import News
from events_app.transports.wakeups import (
    MAX_ENVELOPE_BYTES,
    DroppedMessage,
    Wakeup,
    decode_headers,
    decode_object,
    decode_wakeup,
)
from foundation import counters

GOOD: dict[str, Any] = orjson.loads(message("42", 17).body)


def changed_envelope(**attributes: object) -> dict[str, object]:
    return {**GOOD, **attributes}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in GOOD.items() if key != name}


def drop_count(reason: str) -> int:
    return counters.snapshot().get(f"wakeups.dropped.{reason}", 0)


@pytest.fixture(params=[lambda e: decode_wakeup(orjson.dumps(e)), decode_object], ids=["bytes", "object"])
def read(request: pytest.FixtureRequest) -> Callable[[object], Wakeup | DroppedMessage]:
    reader: Callable[[object], Wakeup | DroppedMessage] = request.param
    return reader


def test_an_envelope_says_how_far_its_stream_has_come(
    read: Callable[[object], Wakeup | DroppedMessage],
) -> None:
    assert read(GOOD) == Wakeup("user:42", 17)


@pytest.mark.parametrize(
    ("key", "sequence", "epoch", "found"),
    [
        (b"42", b"17", b"e", Wakeup("user:42", 17)),
        (b"42", b"17", None, Wakeup("user:42", 17)),
        (b"42", None, b"e", None),
        (None, b"17", b"e", None),
        (b"42", b"17 1", None, None),
        (b"42", b"9" * 19, None, None),
        (b"\xff", b"\xff", b"\xff", None),
    ],
)
def test_headers_say_it_too_and_may_lack_values(
    key: bytes | None, sequence: bytes | None, epoch: bytes | None, found: Wakeup | None
) -> None:
    assert decode_headers(key, {"sequence": sequence, "epoch": epoch}) == found


def test_attributes_that_brokers_add_do_not_matter(read: Callable[[object], Wakeup | DroppedMessage]) -> None:
    assert read(
        changed_envelope(topic="task-events", pubsubname="pubsub", traceid="00-1", x={"y": []})
    ) == read(GOOD)


@pytest.mark.parametrize(
    "envelope",
    [
        None,
        [],
        "text",
        17,
        {},
        [GOOD],
        *(without(name) for name in ("specversion", "id", "source", "type", "sequence", "partitionkey")),
        changed_envelope(specversion="0.3"),
        changed_envelope(source="/elsewhere"),
        changed_envelope(type="task.created"),
        changed_envelope(type="T" * 65),
        changed_envelope(id=""),
        changed_envelope(id="i" * 65),
        changed_envelope(id=7),
        *(
            changed_envelope(sequence=n)
            for n in (17, True, "0", "-1", "017", "1.5", "1e3", " 1", "1\n", "٣", "9" * 19, "1" * 5000)
        ),
        *(
            changed_envelope(partitionkey=k)
            for k in (42, None, "", "0", "x", "42 ", "9" * 19, ["42"], "user:42")
        ),
    ],
)
def test_what_is_no_envelope_is_dropped_and_counted(
    envelope: object, read: Callable[[object], Wakeup | DroppedMessage]
) -> None:
    before = drop_count("not_an_envelope")

    assert read(envelope) == DroppedMessage("not_an_envelope")

    assert drop_count("not_an_envelope") == before + 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"\x00",
        b"[" * 100_000,
        b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"id": "\\ud800"}',
    ],
)
def test_what_is_no_json_is_dropped_and_counted(body: bytes) -> None:
    before = drop_count("not_json") + drop_count("not_an_envelope")

    assert isinstance(decode_wakeup(body), DroppedMessage)

    assert drop_count("not_json") + drop_count("not_an_envelope") == before + 1


def test_what_is_too_large_is_not_even_parsed() -> None:
    assert decode_wakeup(b" " * (MAX_ENVELOPE_BYTES + 1)) == DroppedMessage("too_large")


def test_hints_of_one_stream_are_merged_to_the_highest() -> None:
    wakeups = [Wakeup("user:1", 5), Wakeup("user:2", 1), Wakeup("user:1", 9), Wakeup("user:1", 3)]

    assert News().fresh(wakeups) == {"user:1": 9, "user:2": 1}
