"""One loop that keeps everything moving: relay, embedded consumers in turn, reconcile, sweeps, heartbeat.

`manage.py up` runs it in a thread, `manage.py relay` in a process. Nothing in it may end it: what goes wrong
is logged, counted, and tried again after a pause.
"""

import logging
import random
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from django.db import close_old_connections
from pydantic import JsonValue

from events_app import heartbeats, registry, wake
from events_app.counters import count
from events_app.kernel import advance
from events_app.reconcile import Reconciler
from events_app.registration import register_consumers
from events_app.relay import Relay
from events_app.transports import transport as configured_transport
from events_app.transports.base import Transport, TransportUnavailable
from events_app.transports.embedded import EmbeddedTransport

POLL_SECONDS = 0.02
# In one process a write wakes the engine, so it looks less often for what other processes wrote.
EMBEDDED_POLL_SECONDS = 0.1
RECONCILE_SECONDS = 1.0
RECONCILE_BUDGET_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Stoppable(Protocol):
    """What tells a loop to end: a `threading.Event`, a StopFlag."""

    def is_set(self) -> bool:
        """Whether to stop."""


class Chore:
    """Something to be done at least every so many seconds; after a failure it waits up to five seconds more."""

    def __init__(self, name: str, run: Callable[[], object], *, every_seconds: float) -> None:
        self.name = name
        self.every_seconds = every_seconds
        self.last_error = ""
        self._run = run
        self._failures = 0
        self._due_at = float("-inf")

    def run_if_due(self, now: float) -> bool:
        """Run when it is time; return whether it did something and should be called again at once."""
        if now < self._due_at:
            return False
        try:
            worked = bool(self._run())
        except Exception as error:  # the loop must outlive whatever a chore raises
            self._note(error)
            worked = False
        else:
            self._failures, self.last_error = 0, ""
        # Earlier by up to a third: of two processes in step the same one would come first each time.
        self._due_at = monotonic() + self.every_seconds * random.uniform(0.67, 1) + self._pause()  # noqa: S311
        return worked

    def _note(self, error: Exception) -> None:
        self._failures += 1
        self.last_error = f"{type(error).__name__}: {error}"[:500]
        count(f"engine.failed.{self.name}")
        known = isinstance(error, TransportUnavailable)
        logger.warning("%s failed: %s", self.name, self.last_error, exc_info=not known)
        close_old_connections()

    def _pause(self) -> float:
        return min(LONGEST_PAUSE_SECONDS, 0.05 * 2**self._failures) if self._failures else 0.0


class Engine:
    """The loop. `role` names its heartbeat; `sweeps` are those of settings."""

    def __init__(self, transport: Transport | None = None, *, role: str = "relay") -> None:
        self.transport = transport or configured_transport()
        self.role = role
        self.idle_seconds = (
            EMBEDDED_POLL_SECONDS if isinstance(self.transport, EmbeddedTransport) else POLL_SECONDS
        )
        self.relay = Relay(self.transport)
        self.reconciler = Reconciler()
        self.publishing = Chore("relay", self._publish, every_seconds=0.0)
        self.chores = [
            self.publishing,
            Chore("register", register_consumers, every_seconds=30.0),
            Chore("reconcile", self._reconcile, every_seconds=RECONCILE_SECONDS),
            *(
                Chore(f"sweep:{name}", function, every_seconds=spec.every_seconds)
                for name, (spec, function) in registry.sweeps().items()
            ),
            Chore("heartbeat", self._beat, every_seconds=heartbeats.BEAT_SECONDS),
        ]

    def run(self, stop: Stoppable) -> None:
        """Work until `stop` is set; then give the lanes back."""
        try:
            while not stop.is_set():
                if not self.step():
                    wake.wait(self.idle_seconds)
        finally:
            self.relay.close()
            heartbeats.retire(self.role)

    def step(self) -> bool:
        """Run each chore that is due, once; return whether any had something to do."""
        now = monotonic()
        worked = [chore.run_if_due(now) for chore in self.chores]
        return any(worked)

    def _publish(self) -> bool:
        moved = self.relay.poll()
        if isinstance(self.transport, EmbeddedTransport):
            deliver(self.transport)
        return moved > 0

    def _reconcile(self) -> bool:
        """Take turns with publishing: neither holds up the other, nor the heartbeat, however long the backlog."""
        self.reconciler.run(budget_seconds=RECONCILE_BUDGET_SECONDS)
        return False

    def _beat(self) -> bool:
        errors: dict[str, JsonValue] = {c.name: c.last_error for c in self.chores if c.last_error}
        heartbeats.beat(self.role, {"errors": errors, "lanes": [*sorted(self.relay.lanes.held)]})
        return False


def deliver(transport: EmbeddedTransport) -> None:
    """Hand what the embedded transport holds to the consumers that its topics wake, one after the other."""
    hints: dict[str, dict[str, int]] = {}
    for topic, streams in transport.drain().items():
        for consumer in registry.woken_by(topic):
            wanted = hints.setdefault(consumer, {})
            for key, seq in streams.items():
                wanted[key] = max(seq, wanted.get(key, 0))
    for consumer, wanted in hints.items():
        advance(consumer, wanted)
