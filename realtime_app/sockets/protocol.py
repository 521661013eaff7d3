"""The socket protocol: frames in both directions, close codes, limits. See `docs/reference/realtime.md`.

FrameError    a client's frame is invalid; its `code` and `detail` are sent to the client
"""

from enum import IntEnum
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from events_app.contracts import RecordedEvent
from events_app.contracts.public import INCLUDED, included_data, task_update_data
from foundation.http.error_bounds import MAX_FIELD_CHARACTERS, truncate
from foundation.tracing import kept_trace_id

SUBPROTOCOL: Final = "todo.v1"

MAX_FRAME_BYTES: Final = 64 * 1024
WINDOW_EVENTS: Final = 64
MAX_BEHIND_EVENTS: Final = 10_000
SOCKETS_PER_USER: Final = 20

HELLO_SECONDS: Final = 5.0
JOIN_SECONDS: Final = 30.0
STALL_SECONDS: Final = 30.0
RESYNC_SECONDS: Final = 30.0
HEAD_SECONDS: Final = 20.0
READ_RETRY_SECONDS: Final = 1.0
RECONNECT_SECONDS: Final = (0.5, 10.0)
RECONNECT_SECONDS_PER_SOCKET: Final = 0.02
MESSAGES_BURST: Final = 100
MESSAGES_PER_SECOND: Final = 10

_MAX_SEQUENCE = 2**63 - 1
MAX_EPOCH_CHARACTERS: Final = 64
_TYPE_BEGINS = len('{"type":"')

Includable = Literal["account", "views", "tags", "reads"]
INCLUDABLE: Final[tuple[str, ...]] = tuple(dict.fromkeys(word for word, _ in INCLUDED.values()))
ResyncReason = Literal["too_old", "reset", "overflow"]


class CloseCode(IntEnum):
    """The close codes of the server."""

    TOO_BIG = 1009
    RESTART = 1012
    TRY_LATER = 1013
    CREDENTIALS = 4401
    TOO_SLOW = 4408
    RESYNC_NEEDED = 4409
    TOO_MANY = 4429


class _ClientFrame(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Hello(_ClientFrame):
    """The first frame, and the answer to `resync`. `after` is the last processed sequence; None: new events only.

    `epoch` is the epoch of `after`. Without it, the server recognizes another history only by a lower head. `include`
    names what is sent besides tasks and notifications.
    """

    type: Literal["hello"]
    ticket: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    after: Annotated[int, Field(ge=0, le=_MAX_SEQUENCE)] | None = None
    epoch: Annotated[str, Field(min_length=1, max_length=MAX_EPOCH_CHARACTERS)] | None = None
    include: Annotated[tuple[Includable, ...], Field(max_length=16, strict=False)] = ()


class Ack(_ClientFrame):
    """The client has processed all events up to `sequence`."""

    type: Literal["ack"]
    sequence: Annotated[int, Field(ge=0, le=_MAX_SEQUENCE)]


class Ping(_ClientFrame):
    """The client wants the answer `pong`."""

    type: Literal["ping"]


ClientFrame = Hello | Ack | Ping
_BY_TYPE: Any = Annotated[ClientFrame, Field(discriminator="type")]  # Any: mypy does not take it for a type
_CLIENT_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(_BY_TYPE)


class FrameError(Exception):
    """A client's frame is invalid; the connection stays open."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def parse(frame: str | bytes) -> ClientFrame:
    """Return the parsed frame. Raises FrameError: `not_text`, `not_json`, `unknown_type` or `invalid_frame`."""
    if isinstance(frame, bytes):
        raise FrameError("not_text", "A frame is text.")
    try:
        return _CLIENT_FRAME.validate_json(frame.encode("utf-8", "surrogatepass"))
    except ValidationError as error:
        raise _frame_error(error) from None


def _frame_error(error: ValidationError) -> FrameError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return FrameError("not_json", "A frame is one JSON object.")
    if first["type"].startswith("union_tag"):
        return FrameError("unknown_type", "The type is one of hello, ack, ping.")
    field = truncate(".".join(str(part) for part in first["loc"][1:]), MAX_FIELD_CHARACTERS)
    return FrameError("invalid_frame", f"{field}: {first['msg']}" if field else first["msg"])


def is_too_big(frame: str | bytes) -> bool:
    """Return whether a frame exceeds MAX_FRAME_BYTES."""
    if isinstance(frame, str) and len(frame) <= MAX_FRAME_BYTES:
        frame = frame.encode("utf-8", "surrogatepass")
    return len(frame) > MAX_FRAME_BYTES


def ready(user_id: int, sequence: int, epoch: str) -> str:
    """Return the frame that answers a valid hello; `sequence` is the current head in this epoch."""
    return _encode({"type": "ready", "user_id": str(user_id), "sequence": sequence, "epoch": epoch})


def event_frame(event: RecordedEvent) -> dict[str, JsonValue]:
    """Return the frame of one event; `/api/changes/` lists the same object.

    It has `trace_id` where spans of what caused the event are kept.
    """
    shape = included_data if event.type in INCLUDED else task_update_data
    trace_id = kept_trace_id(event.traceparent)
    return {"type": "event", **shape(event), **({"trace_id": trace_id} if trace_id else {})}


def kind_of(event: RecordedEvent) -> str:
    """Return the word with which readers ask for an event; "" for what all of them get."""
    return INCLUDED[event.type][0] if event.type in INCLUDED else ""


def event_text(event: RecordedEvent) -> str:
    """Return the text of the frame of one event."""
    return _encode(event_frame(event))


def head(sequence: int, epoch: str) -> str:
    """Return the frame that says that all events up to `sequence` of this epoch have been sent."""
    return _encode({"type": "head", "sequence": sequence, "epoch": epoch})


def resync(reason: ResyncReason) -> str:
    """Return the frame that asks the client to reload and then to send a hello again."""
    return _encode({"type": "resync", "reason": reason})


def error(code: str, detail: str) -> str:
    """Return the frame that says that a client's frame was refused."""
    return _encode({"type": "error", "code": code, "detail": detail})


def type_of_frame(text: str) -> str:
    """Return the type of one of our frames, which is its first field."""
    return text[_TYPE_BEGINS : text.index('"', _TYPE_BEGINS)]


PONG: Final = '{"type":"pong"}'


def restart_reason(delay_seconds: float) -> str:
    """Return the reason of close code 1012, with the delay before the client should connect again."""
    return _encode({"reconnect_after_seconds": round(delay_seconds, 1)})


def _encode(frame: dict[str, JsonValue]) -> str:
    return orjson.dumps(frame).decode()
