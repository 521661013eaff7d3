"""Log lines: one per event, with ids, without secrets."""

import json
import logging
import sys
import time
from types import TracebackType
from uuid import UUID

import pytest

from foundation.context import Actor, Provenance, use_provenance
from todo_project.logs.formatters import JsonFormatter, TextFormatter
from todo_project.logs.redaction import MASK

EVENT = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl"
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def record(
    message: str, *args: object, exc_info: ExcInfo | None = None, **extra: object
) -> logging.LogRecord:
    return logging.getLogger("todo").makeRecord(
        "todo", logging.INFO, __file__, 1, message, args, exc_info, extra=extra or None
    )


def failure(message: str) -> ExcInfo:
    try:
        raise ValueError(message)
    except ValueError:
        kind, error, trace = sys.exc_info()
        assert kind is not None
        assert error is not None
        return kind, error, trace


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
@pytest.mark.parametrize(
    "secret_text",
    [
        f"Authorization: Bearer {JWT}",
        "{'Authorization': 'Bearer hunter2hunter2'}",
        "authorization=Basic aHVudGVyMjpodW50ZXIy",
        '{"password": "hunter2 with spaces"}',
        "password=hunter2",
        "GET /ws/tasks/?ticket=hunter2&a=1",
        '{"type":"hello","ticket":"hunter2"}',
        "dapr-api-token: hunter2",
        "connecting to postgresql://todo:hunter2@db:5432/todo",
        f"refresh {JWT}",
        "Cookie: sessionid=hunter2",
    ],
)
def test_no_credential_reaches_a_line(formatter: logging.Formatter, secret_text: str) -> None:
    in_message = formatter.format(record(secret_text))
    in_traceback = formatter.format(record("failed", exc_info=failure(secret_text)))
    for line in (in_message, in_traceback):
        assert MASK in line
        assert "hunter2" not in line
        assert JWT not in line
        assert "aHVudGVy" not in line


@pytest.mark.parametrize("formatter_class", [TextFormatter, JsonFormatter])
def test_configured_secrets_are_blacked_out_wherever_they_stand(formatter_class: type) -> None:
    line = formatter_class(secrets=["s3cr3t-k3y", ""]).format(record("it was s3cr3t-k3y, plainly"))
    assert "s3cr3t" not in line
    assert "plainly" in line


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_nobody_forges_a_second_line(formatter: logging.Formatter) -> None:
    forged = "bob\r\n12:00:00 INFO admin: signed in\x1b[2K\u2028\x00\x85"
    line = formatter.format(record("unknown user %s", forged, title=forged))
    assert len(line.splitlines()) == 1
    assert not set(line) & set("\r\n\x1b\x00\x85\u2028")


def test_a_json_line_carries_the_ids_of_who_acts() -> None:
    source = Provenance(actor=Actor("user", "42"), causation_id=EVENT, request_id="req-1")
    with use_provenance(source):
        line = json.loads(JsonFormatter().format(record("done", task_id=5)))
    assert line["user_id"] == "42"
    assert line["event_id"] == str(EVENT)
    assert line["request_id"] == "req-1"
    assert line["task_id"] == 5
    assert line["level"] == "info"
    assert line["time"].endswith("Z")


@pytest.mark.parametrize(("flag", "is_kept"), [("01", True), ("00", False)])
def test_a_line_names_its_span_where_that_is_kept(flag: str, is_kept: bool) -> None:
    traceparent = f"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flag}"
    with use_provenance(Provenance(actor=Actor("user", "42"), traceparent=traceparent)):
        line = json.loads(JsonFormatter().format(record("done")))
    expected = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331") if is_kept else (None, None)
    assert (line.get("trace_id"), line.get("span_id")) == expected


def test_a_consumer_is_named_as_actor_and_not_as_user() -> None:
    with use_provenance(Provenance(actor=Actor("consumer", "audit"))):
        line = json.loads(JsonFormatter().format(record("done")))
    assert line["actor"] == "audit"
    assert "user_id" not in line


def test_an_exception_is_one_line_with_its_place() -> None:
    line = TextFormatter().format(record("failed", exc_info=failure("boom")))
    assert "ValueError: boom [todo_project/tests/logs/test_formatters.py:" in line
    assert "\n" not in line


def test_a_wrong_format_string_loses_no_event() -> None:
    assert "%d of 1" in TextFormatter().format(record("%d of 1", "nothing"))


def test_redaction_of_hostile_text_is_fast() -> None:
    for word in ("a-", "token", "token-", "x=", "://", "://a:", "eyJ", "eyJ-", "eyJaaaaa.", "bearer "):
        began = time.process_time()
        TextFormatter().format(record("%s", word * 20_000))
        assert time.process_time() - began < 0.5, word
