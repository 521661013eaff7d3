"""An event as readers get it: the values of one row of the log."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final
from uuid import UUID

import orjson
from pydantic import JsonValue

from events_app.contracts.base import Payload
from events_app.contracts.registry import decode_payload
from foundation.context import Actor

CLOSED: Final = "deleted:"


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """The values of one row of the log.

    `raw` is the stored JSON text. `data` (parsed) and `payload` (decoded, upcast and validated) are computed on first
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
        """The id of the user whose history the event belongs to."""
        return user_of(self.stream_key)

    @cached_property
    def id_text(self) -> str:
        """`event_id` as the text in messages and frames."""
        return str(self.event_id)

    @cached_property
    def time_text(self) -> str:
        """`occurred_at` in RFC 3339, UTC with `Z`."""
        return self.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")

    @cached_property
    def data(self) -> dict[str, JsonValue]:
        """The stored content, in the form of version `v`."""
        parsed: dict[str, JsonValue] = orjson.loads(self.raw)
        return parsed

    @cached_property
    def payload(self) -> Payload:
        """The typed content. Raises UnknownVersion or InvalidEvent."""
        return decode_payload(self.type, self.v, self.data)


def stream_key(user_id: int) -> str:
    """Return the key of a user's stream."""
    return f"user:{user_id}"


def closed_key(user_id: int) -> str:
    """Return the key that the stream of a deleted user has until it is removed: nobody looks for it."""
    return f"{CLOSED}{user_id}"


def user_of(key: str) -> int:
    """Return the id of the user of the stream `key`, also of one that is closed."""
    return int(key.rpartition(":")[2])
