"""Who is acting, for the log's metadata: never for authorization.

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
class Provenance:
    """Where a change comes from: its actor, the event that caused it, the request, the W3C trace context.

    `request_id` is made by the server, one for each call. `client_request_id` is what the client itself named the call,
    for it to know its own changes again: what consumers do later carries the first, not the second.
    """

    actor: Actor
    causation_id: UUID | None = None
    request_id: str = ""
    traceparent: str = ""
    client_request_id: str | None = None


SYSTEM = Provenance(actor=Actor(type="system", id="todo"))
_current: ContextVar[Provenance] = ContextVar("provenance", default=SYSTEM)


def provenance() -> Provenance:
    """Return the provenance of whatever is being done now; outside any entry point, the system's."""
    return _current.get()


@contextmanager
def use_provenance(source: Provenance) -> Iterator[None]:
    """Record changes inside the block as coming from `source`."""
    token = _current.set(source)
    try:
        yield
    finally:
        _current.reset(token)


def set_actor(actor: Actor) -> None:
    """Name the actor of the entry point that is running, once it is known; the end of `use_provenance` undoes it."""
    _current.set(replace(_current.get(), actor=actor))
