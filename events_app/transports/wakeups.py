"""Decode messages from a broker strictly: a CloudEvents envelope says that stream S has reached number N.

Nothing else in a message is used: the events are read from the database. An invalid envelope is dropped and counted
by its reason; its content is never logged, and it is never retried.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from foundation.counters import count

MAX_ENVELOPE_BYTES = 4 * 1024 * 1024
_MAX_SEQUENCE = 2**63 - 1
_NUMBERS = re.compile(rb"([1-9][0-9]{0,18}) ([1-9][0-9]{0,18})")
_Decimal = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,18}$")]


@dataclass(frozen=True, slots=True)
class Wakeup:
    """A message claims that the stream `stream_key` has reached `sequence`: a hint, not a fact.

    Without an epoch it is not known which numbering it means.
    """

    stream_key: str
    sequence: int
    epoch: str = field(default="", compare=False)


DropReason = Literal["too_large", "not_json", "not_an_envelope", "unknown_topic"]


@dataclass(frozen=True, slots=True)
class DroppedMessage:
    """A message that was dropped, with the reason."""

    reason: DropReason


class _Envelope(BaseModel):
    """The attributes that are used here. Brokers may add others, as Dapr does."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    source: Literal["/todo"]
    id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    type: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]{0,63}$")]
    sequence: _Decimal
    partitionkey: _Decimal
    epoch: Annotated[str, StringConstraints(max_length=64)] = ""


def decode_wakeup(body: bytes) -> Wakeup | DroppedMessage:
    """Return the wake-up in the body of a message, or the dropped message."""
    if len(body) > MAX_ENVELOPE_BYTES:
        return drop("too_large")
    try:
        return _wakeup(_Envelope.model_validate_json(body))
    except ValidationError as error:
        is_json = error.errors(include_url=False, include_input=False)[0]["type"] != "json_invalid"
        return drop("not_an_envelope" if is_json else "not_json")


def decode_headers(key: bytes | None, headers: Mapping[str, bytes | None]) -> Wakeup | None:
    """Return the wake-up in a message's key and headers, or None where they do not have it: read the body then.

    Anybody's producer may leave out a key, or send a header without a value.
    """
    found = _NUMBERS.fullmatch(b"%b %b" % (key or b"", headers.get("sequence") or b""))
    if found is None:
        return None
    user_id, sequence = int(found[1]), int(found[2])
    if max(user_id, sequence) > _MAX_SEQUENCE:
        return None
    epoch = (headers.get("epoch") or b"").decode("ascii", "replace")
    return Wakeup(f"user:{user_id}", sequence, epoch[:64])


def decode_object(envelope: object) -> Wakeup | DroppedMessage:
    """Return the wake-up in parsed JSON, such as an entry of a bulk request, or the dropped message."""
    try:
        return _wakeup(_Envelope.model_validate(envelope))
    except ValidationError:
        return drop("not_an_envelope")


def drop(reason: DropReason) -> DroppedMessage:
    """Count a dropped message by its reason, and return it."""
    count(f"wakeups.dropped.{reason}")
    return DroppedMessage(reason)


def _wakeup(envelope: _Envelope) -> Wakeup | DroppedMessage:
    sequence = int(envelope.sequence)
    if sequence > _MAX_SEQUENCE or int(envelope.partitionkey) > _MAX_SEQUENCE:
        return drop("not_an_envelope")
    return Wakeup(f"user:{envelope.partitionkey}", sequence, envelope.epoch)
