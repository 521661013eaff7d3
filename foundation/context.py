"""Who is acting, for the metadata of events. Nothing is authorized by it.

Entry points (HTTP middleware, the kernel, sweeps, commands) set it; `Log.record` reads it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

ActorType = Literal["user", "consumer", "agent", "system"]


@dataclass(frozen=True)
class Actor:
    """Who made a change: a person, a consumer of the log, an agent acting for a person, or the system."""

    type: ActorType
    id: str


@dataclass(frozen=True)
class Origin:
    """Where a call comes from: the client's network address and the beginning of its User-Agent; "" for neither."""

    address: str = ""
    client: str = ""


NOWHERE = Origin()


@dataclass(frozen=True)
class Provenance:
    """Where a change comes from: its actor, the event that caused it, the request, the W3C trace context.

    The server makes a `request_id` for each call. `client_request_id` is the client's own name for the call, by which
    it recognizes its own changes. Events that consumers record later carry the first, not the second.
    `origin` is the client of a call.
    """

    actor: Actor
    causation_id: UUID | None = None
    request_id: str = ""
    traceparent: str = ""
    client_request_id: str | None = None
    origin: Origin = NOWHERE


SYSTEM = Provenance(actor=Actor(type="system", id="todo"))
_current: ContextVar[Provenance] = ContextVar("provenance", default=SYSTEM)


def provenance() -> Provenance:
    """Return the provenance of the running entry point; outside any, that of the system."""
    return _current.get()


@contextmanager
def use_provenance(source: Provenance) -> Iterator[None]:
    """Make `source` the provenance of what the block does."""
    token = _current.set(source)
    try:
        yield
    finally:
        _current.reset(token)


def set_actor(actor: Actor) -> None:
    """Set the actor of the running entry point, once it is known. The end of `use_provenance` resets it."""
    _current.set(replace(_current.get(), actor=actor))
