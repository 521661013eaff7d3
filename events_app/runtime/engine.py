"""What keeps everything moving: relay, embedded consumers in turn, reconcile, sweeps, heartbeat.

`manage.py up` runs it in a thread, `manage.py relay` in a process. Two loops: one publishes and runs handlers (of
embedded consumers and, in short slices, of reconcile), in the thread that called. The other does the chores, so that
none, however long, holds up an event. Nothing may end either: what goes wrong is logged, counted, and tried again after
a pause. One that does not turn any more is a matter of the watchdog's.
"""

import logging
import random
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import Protocol

from django.db import connections
from pydantic import JsonValue

from events_app.consumers import registry
from events_app.consumers.kernel import advance
from events_app.consumers.reconcile import QUIET_SECONDS, Reconciler
from events_app.consumers.registration import register_consumers, register_when_possible
from events_app.errors import FAILURES, ErrorCollector, describe_error
from events_app.relay import Relay
from events_app.runtime import heartbeats, wake
from events_app.runtime.time_slices import time_slice
from events_app.runtime.watchdog import WatchedWork, name_work, report_turn, watch_loop
from events_app.transports import transport as configured_transport
from events_app.transports.base import Transport, TransportUnavailable
from events_app.transports.embedded import EmbeddedTransport
from foundation.backoff import retry_seconds
from foundation.counters import count
from foundation.database.transactions import drop_broken_connection, drop_replaced_connection

_POLL_SECONDS = 0.02
# In one process a write wakes the engine, so it looks less often for what other processes wrote.
EMBEDDED_POLL_SECONDS = 0.1
RECONCILE_BUDGET_SECONDS = 0.05
SLICE_SECONDS = 1.0
CHORES_LOOK_SECONDS = 0.05
LEAVE_SECONDS = 8.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0  # below the project's cap: what comes back is noticed soon

logger = logging.getLogger(__name__)


class Stoppable(Protocol):
    """What tells a loop to end: a `threading.Event`, a StopFlag."""

    def is_set(self) -> bool:
        """Whether to stop."""


class Chore:
    """Something to be done at least every so many seconds; after a failure it waits up to five seconds more.

    `run` returns whether it did something; with `again_at_once` it is then run again without waiting, as is a
    sweep that its time slice cut short.
    """

    def __init__(
        self, name: str, run: Callable[[], object], *, every_seconds: float, again_at_once: bool = False
    ) -> None:
        self.name = name
        self.every_seconds = every_seconds
        self.again_at_once = again_at_once
        self.last_error = ""
        self._run = run
        self._failures = 0
        self._due_at = float("-inf")

    def run_if_due(self, now: float) -> bool:
        """Run when it is time; return whether it did something, so that whoever loops should not rest."""
        if now < self._due_at:
            return False
        worked = again = False
        try:
            with name_work(WatchedWork(self.name)), time_slice(SLICE_SECONDS) as part:
                worked = bool(self._run())
            again = part.was_cut or (worked and self.again_at_once)
        except FAILURES as error:  # the loop must outlive whatever a chore raises
            self._note(error)
        else:
            self._failures, self.last_error = 0, ""
        self._due_at = monotonic() + (0.0 if again else self._wait_seconds())
        return worked or again

    def _note(self, error: BaseException) -> None:
        self._failures += 1
        self.last_error = describe_error(error, characters=500)
        count(f"engine.failed.{self.name}")
        known = isinstance(error, TransportUnavailable)
        logger.warning("%s failed: %s", self.name, self.last_error, exc_info=not known)
        drop_broken_connection()

    def _wait_seconds(self) -> float:
        # Earlier by up to a third: of two processes in step the same one would come first each time.
        regular = self.every_seconds * random.uniform(0.67, 1)  # noqa: S311
        return regular + retry_seconds(self._failures, first=_FIRST_PAUSE_SECONDS, cap=_LONGEST_PAUSE_SECONDS)


class Engine:
    """The two loops. `role` names its heartbeat, `holder` its leases; the sweeps are those of settings."""

    def __init__(
        self, transport: Transport | None = None, *, role: str = "relay", holder: str | None = None
    ) -> None:
        self.transport = transport or configured_transport()
        self.role = role
        self.idle_seconds = (
            EMBEDDED_POLL_SECONDS if isinstance(self.transport, EmbeddedTransport) else _POLL_SECONDS
        )
        self.relay = Relay(self.transport, holder=holder)
        self.reconciler = Reconciler()
        self.publishing = Chore("relay", self._publish, every_seconds=0.0)
        self.reconciling = Chore(
            "reconcile", self._reconcile, every_seconds=registry.loop_seconds("reconcile"), again_at_once=True
        )
        self._ended = Event()
        self._has_reconciled = False
        self.chores = [
            Chore("register", register_consumers, every_seconds=30.0),
            *(
                Chore(f"sweep:{name}", function, every_seconds=spec.loop_seconds)
                for name, (spec, function) in registry.sweeps_of_loop("chores").items()
            ),
            Chore("heartbeat", self._beat, every_seconds=heartbeats.BEAT_SECONDS),
        ]

    def run(self, stop: Stoppable) -> None:
        """Register, then publish until `stop` is set, with the chores in a thread beside; then give the lanes back.

        Before anything is published, reconcile takes up what former processes hung at.
        """
        register_when_possible(stop.is_set)
        beside = Thread(target=self._run_chores, args=[stop], name="chores", daemon=True)
        beside.start()
        try:
            with watch_loop(f"the loop of {self.role} that publishes"):
                self.reconciling.run_if_due(monotonic())
                while not stop.is_set():
                    report_turn()
                    if not self._turn():
                        wake.wait(self.idle_seconds)
        finally:
            self._ended.set()
            beside.join(LEAVE_SECONDS)
            self._close()

    def _run_chores(self, stop: Stoppable) -> None:
        try:
            with watch_loop(f"the loop of {self.role} that does the chores"):
                while not (stop.is_set() or self._ended.is_set()):
                    report_turn()
                    if not self._do_chores():
                        self._ended.wait(CHORES_LOOK_SECONDS)
        finally:
            connections.close_all()

    def _close(self) -> None:
        """Give back what would else be waited for; a database that is away keeps nobody from ending."""
        for leave in (self.relay.close, partial(heartbeats.retire, self.role)):
            try:
                leave()
            except FAILURES as error:
                logger.warning("leaving in good order failed: %s", describe_error(error))

    def step(self) -> bool:
        """Run each chore that is due and publish, once, in this thread; return whether any had something to do."""
        worked = self._do_chores()
        return self._turn() or worked

    def _turn(self) -> bool:
        """Publish, then reconcile for a short slice."""
        published = self.publishing.run_if_due(monotonic())
        return self.reconciling.run_if_due(monotonic()) or published

    def _do_chores(self) -> bool:
        drop_replaced_connection()
        now = monotonic()
        worked = [chore.run_if_due(now) for chore in self.chores]
        return any(worked)

    def _publish(self) -> bool:
        drop_replaced_connection()
        moved = self.relay.poll()
        if isinstance(self.transport, EmbeddedTransport):
            deliver(self.transport)
        return moved > 0

    def _reconcile(self) -> bool:
        """Take turns with publishing, however long the backlog; return whether there is more of it.

        Without a broker, messages from a former process to its consumers are lost with it: the first pass waits for
        no stream to become quiet.
        """
        is_first, self._has_reconciled = not self._has_reconciled, True
        quiet_seconds = 0.0 if is_first and isinstance(self.transport, EmbeddedTransport) else QUIET_SECONDS
        begun = monotonic()
        done = self.reconciler.run(quiet_seconds=quiet_seconds, budget_seconds=RECONCILE_BUDGET_SECONDS)
        # A handler that took far longer has kept SQLite's only writer from everybody: now others have a turn.
        return not done.is_complete and monotonic() - begun < self.reconciling.every_seconds

    def _beat(self) -> bool:
        chores = [self.publishing, self.reconciling, *self.chores]
        errors: dict[str, JsonValue] = {c.name: c.last_error for c in chores if c.last_error}
        heartbeats.beat(self.role, {"errors": errors, "lanes": [*sorted(self.relay.lanes.held)]})
        return False


def deliver(transport: EmbeddedTransport) -> None:
    """Hand what the embedded transport holds to the consumers that its topics wake, one after the other.

    What the database refuses one of them is raised after the others had their turn; reconcile finds the rest.
    """
    hints: dict[str, dict[str, int]] = {}
    for topic, streams in transport.drain().items():
        for consumer in registry.consumers_of_topic(topic):
            wanted = hints.setdefault(consumer, {})
            for key, seq in streams.items():
                wanted[key] = max(seq, wanted.get(key, 0))
    errors = ErrorCollector()
    for consumer, wanted in hints.items():
        with errors.collect():
            advance(consumer, wanted)
    errors.raise_first()
