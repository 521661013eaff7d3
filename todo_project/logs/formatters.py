"""Formats of log lines: one line per record, as text or as JSON, with the acting user and without secrets.

Both formatters add the request, user, event and task ids of `foundation.context`, write control characters
as escapes (nobody can forge a second line) and replace credentials, in tracebacks as well.
"""

import logging
import re
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import orjson
from django.http import HttpRequest

from events_app.errors import describe_error
from foundation.context import SYSTEM, provenance
from foundation.http.client_addresses import client_address
from foundation.tracing import kept_ids
from todo_project.logs.redaction import MASK, is_sensitive, redact

PROJECT_DIR = str(Path(__file__).resolve().parents[2]) + "/"
MAX_LINE = 8_192  # characters of one text, so that a line fits the limit of any log collector
MAX_SECRET = (
    1_024  # extra characters while a text is redacted: a secret that crosses the limit is found as a whole
)
# C0 and C1 controls, and the separators that some viewers show as a new line.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_OWN_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def escape_controls(text: str) -> str:
    """Return `text` on one line: each control character as its Python escape."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)


class EventFormatter(logging.Formatter):
    """What both formats share: the fields of a record. `secrets` are literal values that never appear in a line."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if len(secret) >= 6)

    def _message(self, record: logging.LogRecord) -> str:
        return self._clean(_message_of(record))

    def _clean(self, value: object) -> str:
        text = redact(str(value)[: MAX_LINE + MAX_SECRET], self._secrets)
        return escape_controls(text[:MAX_LINE])[:MAX_LINE]

    def _fields(self, record: logging.LogRecord) -> dict[str, object]:
        """Return the ids of the current request or event, then what the caller passed in `extra`."""
        fields = {**_acting_ids(), **_extra(record)}
        return {name: self._clean_field(name, value) for name, value in fields.items()}

    def _clean_field(self, name: str, value: object) -> object:
        if is_sensitive(name):
            return MASK
        return value if isinstance(value, int | float | bool) or value is None else self._clean(value)

    def _failure(self, record: logging.LogRecord) -> str:
        failure = record.exc_info[1] if record.exc_info else None
        return self._clean(describe_failure(failure)) if failure else ""


class TextFormatter(EventFormatter):
    """`12:00:01.250 INFO relay: Sent 3 events. request_id=…` for a terminal, local time."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        clock = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        parts = [clock, record.levelname, f"{record.name}:", self._message(record)]
        parts += [f"{name}={value}" for name, value in self._fields(record).items()]
        if failure := self._failure(record):
            parts.append(f"| {failure}")
        return " ".join(parts)


class JsonFormatter(EventFormatter):
    """One JSON object a line: time (RFC 3339, UTC), level, logger, message, ids, extras, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
            **self._fields(record),
        }
        if failure := self._failure(record):
            line["exception"] = failure
        return orjson.dumps(line, option=orjson.OPT_UTC_Z).decode()


def describe_failure(error: BaseException) -> str:
    """Return an exception as one line: type, message, its innermost frames, then what caused it."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < 5:
        parts.append(f"{describe_error(current)} [{_frames(current)}]")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return " caused by ".join(parts)


def _frames(error: BaseException) -> str:
    frames = reversed(traceback.extract_tb(error.__traceback__)[-12:])
    return " < ".join(f"{at.filename.removeprefix(PROJECT_DIR)}:{at.lineno} {at.name}" for at in frames)


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a wrong format string must not lose the record
        return f"{record.msg} {record.args!r}"


def _acting_ids() -> dict[str, object]:
    now = provenance()
    trace_id, span_id = kept_ids(now.traceparent)
    ids: dict[str, object] = {
        "request_id": now.request_id,
        "client_request_id": now.client_request_id,
        "event_id": now.causation_id,
        "trace_id": trace_id,
        "span_id": span_id,
        "user_id" if now.actor.type == "user" else "actor": now.actor.id if now != SYSTEM else "",
    }
    return {name: value for name, value in ids.items() if value}


def _extra(record: logging.LogRecord) -> dict[str, object]:
    if record.name.startswith("celery."):
        return {}  # Celery repeats the message there, and the whole traceback
    extra = {
        name: value
        for name, value in vars(record).items()
        if name not in _OWN_ATTRIBUTES and not name.startswith("_")
    }
    request = extra.get("request")
    return _of_request(request, extra) if isinstance(request, HttpRequest) else extra


def _of_request(request: HttpRequest, extra: dict[str, object]) -> dict[str, object]:
    """Return the fields of a request for one of Django's log lines: never its query, which may hold a ticket."""
    known = {"method": request.method, "path": request.path, "status": extra.pop("status_code", None)}
    extra.pop("request")
    return {**known, "address": client_address(request), **extra}
