"""A link of the hash chain of one user's trail. Pure: no database."""

from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from typing import NamedTuple
from uuid import UUID

import orjson

from events_app.contracts import RecordedEvent


class Link(NamedTuple):
    """The columns of an entry that its hash covers."""

    user_id: int
    seq: int
    position: int
    event_id: UUID
    type: str
    v: int
    task_id: int | None
    actor_type: str
    actor_id: str
    occurred_at: datetime
    request_id: str
    causation_id: UUID | None
    data: str
    prev_hash: str
    key_version: int

    def compute_hash(self, secret: bytes | None) -> str:
        """Return the HMAC-SHA-256 (RFC 2104), in hex, of the link's canonical JSON under the key of its version.

        Canonical: keys sorted, no spaces, UTC with Z, UTF-8. The hash of the previous entry is one of the members: that
        makes it a chain. Without a key, as earlier releases made entries, it is the SHA-256 without the version.
        """
        body: dict[str, object] = {
            "actor_id": self.actor_id,
            "actor_type": self.actor_type,
            "causation_id": self.causation_id,
            "data": self.data,
            "event_id": self.event_id,
            "occurred_at": self.occurred_at.astimezone(UTC),
            "position": self.position,
            "prev_hash": self.prev_hash,
            "request_id": self.request_id,
            "seq": self.seq,
            "task_id": self.task_id,
            "type": self.type,
            "user_id": self.user_id,
            "v": self.v,
        }
        if secret is None:
            return sha256(_canonical(body)).hexdigest()
        return digest(secret, _canonical(body | {"key_version": self.key_version}), "sha256").hex()


def link_event(event: RecordedEvent, *, position: int, prev_hash: str, key_version: int) -> Link:
    """Return the link of an event at this position of its user's chain."""
    return Link(
        user_id=event.user_id,
        seq=event.seq,
        position=position,
        event_id=event.event_id,
        type=event.type,
        v=event.v,
        task_id=event.task_id,
        actor_type=event.actor.type,
        actor_id=event.actor.id,
        occurred_at=event.occurred_at,
        request_id=event.request_id,
        causation_id=event.causation_id,
        data=event.raw,
        prev_hash=prev_hash,
        key_version=key_version,
    )


def _canonical(body: dict[str, object]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
