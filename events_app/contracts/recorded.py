"""An event as readers get it: one row of the log."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

import orjson
from pydantic import JsonValue

from events_app.contracts.base import Payload
from events_app.contracts.registry import decode_payload
from foundation.context import Actor


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """One row of the log.

    `raw` is the JSON text as stored; `data` is parsed and `payload` is decoded, upcast and checked on first
    use, since most readers need only one of them.
    """

    event_id: UUID
    stream_key: str
    seq: int
    type: str
    v: int
    task_id: int | None
    raw: str
    actor: Actor
    occurred_at: datetime
    causation_id: UUID | None = None
    request_id: str = ""
    traceparent: str = ""
    client_request_id: str | None = None

    @cached_property
    def user_id(self) -> int:
        """Whose history this is part of."""
        return user_of(self.stream_key)

    @cached_property
    def id_text(self) -> str:
        """`event_id` as messages and frames show it."""
        return str(self.event_id)

    @cached_property
    def time_text(self) -> str:
        """`occurred_at` in RFC 3339, UTC with `Z`."""
        return self.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")

    @cached_property
    def data(self) -> dict[str, JsonValue]:
        """The content as stored, in the form of version `v`."""
        parsed: dict[str, JsonValue] = orjson.loads(self.raw)
        return parsed

    @cached_property
    def payload(self) -> Payload:
        """The typed content. Raises UnknownVersion or InvalidEvent."""
        return decode_payload(self.type, self.v, self.data)


def stream_key(user_id: int) -> str:
    """Name of a user's stream."""
    return f"user:{user_id}"


def user_of(key: str) -> int:
    """The user whose stream `key` is."""
    return int(key.removeprefix("user:"))
