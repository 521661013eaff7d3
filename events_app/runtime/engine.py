"""The engine: relay, embedded consumers, reconcile, sweeps and heartbeat, in two or three loops.

`manage.py up` runs it in a thread, `manage.py relay` in a process. The first loop, in the caller's thread, publishes.
The second one runs the chores. Reconcile runs handlers: where the engine hosts the consumers, in the first loop after
theirs, in short slices, since SQLite has one writer; where a broker carries the events, in a loop of its own, so that
it delays none. No error ends a loop: errors are logged, counted, and retried after a pause. The watchdog handles a loop
that hangs.
"""

import logging
import random
from collections.abc import Callable
from functools import partial
from threading import Event, Thread, current_thread
from time import monotonic, sleep
from typing import Protocol

from django.db import connections
from pydantic import JsonValue

from events_app.consumers import registry
from events_app.consumers.kernel import advance_together
from events_app.consumers.reconcile import QUIET_SECONDS, Reconciler
from events_app.consumers.registration import register_consumers, register_when_possible
from events_app.errors import FAILURES, ErrorCollector, describe_error
from events_app.relay import Relay
from events_app.runtime import heartbeats, wake
from events_app.runtime.courtesy import STEP_WAIT_SECONDS, wait_for_pause
from events_app.runtime.time_slices import time_slice
from events_app.runtime.watchdog import WatchedWork, name_work, report_turn, watch_loop
from events_app.transports import transport as configured_transport
from events_app.transports.base import Transport, TransportUnavailable
from events_app.transports.embedded import EmbeddedTransport
from foundation.backoff import retry_seconds
from foundation.counters import count
from foundation.database.transactions import drop_broken_connection, drop_replaced_connection

_POLL_SECONDS = 0.02
# Writes of this process wake the engine, so it polls less often for writes of other processes.
EMBEDDED_POLL_SECONDS = 0.1
# A round costs about the same whatever it finds. So under load the next one waits, until several events have come.
ROUND_SECONDS_PER_STREAM = 0.002
LONGEST_ROUND_SECONDS = 0.02
_FEW_STREAMS = 4
RECONCILE_BUDGET_SECONDS = 0.05
SLICE_SECONDS = 1.0
LOOP_WAKER = "loop"
CHORES_LOOK_SECONDS = 0.05
LEAVE_SECONDS = 8.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0  # below the project's cap, to notice soon that a service is back

logger = logging.getLogger(__name__)


class Stoppable(Protocol):
    """The signal for a loop to end: a `threading.Event` or a StopFlag."""

    def is_set(self) -> bool:
        """Return whether to stop."""


class Chore:
    """A function to run at least every `every_seconds`; after a failure it waits up to five seconds more.

    `run` returns whether it did something. If so and `again_at_once`, it runs again without a wait. So does a sweep
    that used up its time slice.
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
        """Run if it is due; return whether it did something, so that the loop should continue without a wait."""
        if now < self._due_at:
            return False
        worked = again = False
        try:
            with name_work(WatchedWork(self.name)), time_slice(SLICE_SECONDS) as part:
                worked = bool(self._run())
            again = part.was_cut or (worked and self.again_at_once)
        except FAILURES as error:  # the loop must survive any error of a chore
            self._log_failure(error)
        else:
            self._failures, self.last_error = 0, ""
        self._due_at = monotonic() + (0.0 if again else self._wait_seconds())
        return worked or again

    def _log_failure(self, error: BaseException) -> None:
        self._failures += 1
        self.last_error = describe_error(error, characters=500)
        count(f"engine.failed.{self.name}")
        known = isinstance(error, TransportUnavailable)
        logger.warning("%s failed: %s", self.name, self.last_error, exc_info=not known)
        drop_broken_connection()

    def _wait_seconds(self) -> float:
        # Shorter by up to a third, at random: of two processes in step the same one would always be first.
        regular = self.every_seconds * random.uniform(0.67, 1)  # noqa: S311
        return regular + retry_seconds(self._failures, first=_FIRST_PAUSE_SECONDS, cap=_LONGEST_PAUSE_SECONDS)


class Engine:
    """The two loops. `role` names its heartbeat and `holder` its leases; the sweeps come from the settings."""

    def __init__(
        self, transport: Transport | None = None, *, role: str = "relay", holder: str | None = None
    ) -> None:
        self.transport = transport or configured_transport()
        self.role = role
        self._hosts_consumers = isinstance(self.transport, EmbeddedTransport)
        self.idle_seconds = EMBEDDED_POLL_SECONDS if self._hosts_consumers else _POLL_SECONDS
        self.relay = Relay(self.transport, holder=holder)
        self.reconciler = Reconciler()
        self.publishing = Chore("relay", self._publish, every_seconds=0.0)
        self.reconciling = Chore(
            "reconcile",
            partial(registry.measure_sweep, "reconcile", self._reconcile, waker=LOOP_WAKER),
            every_seconds=registry.loop_seconds("reconcile"),
            again_at_once=True,
        )
        self._ended = Event()
        self._has_reconciled = False
        self._found = 0
        self.chores = [
            Chore("register", register_consumers, every_seconds=30.0),
            *(
                Chore(
                    f"sweep:{name}",
                    partial(registry.measure_sweep, name, sweep.function, waker=LOOP_WAKER),
                    every_seconds=sweep.spec.loop_seconds,
                )
                for name, sweep in registry.sweeps_of_loop("chores").items()
            ),
            Chore("heartbeat", self._beat, every_seconds=heartbeats.BEAT_SECONDS),
        ]

    def run(self, stop: Stoppable) -> None:
        """Register consumers, publish until `stop` is set, with the other loops beside it, then release the lanes.

        Reconcile runs before anything is published, to store the attempts of handlers that hung in earlier processes.
        """
        register_when_possible(stop.is_set)
        beside = [Thread(target=self._run_beside, args=[stop, self._do_chores], name="chores", daemon=True)]
        if not self._hosts_consumers:
            beside.append(
                Thread(
                    target=self._run_beside,
                    args=[stop, self._reconcile_if_due],
                    name="reconcile",
                    daemon=True,
                )
            )
        try:
            with watch_loop(f"the loop of {self.role} that publishes"):
                self._reconcile_if_due()
                for thread in beside:
                    thread.start()
                self._prepare()
                while not stop.is_set():
                    report_turn()
                    wait_for_pause(unless=wake.is_hurried)
                    self._wait_for_round(worked=self._turn())
        finally:
            self._ended.set()
            for thread in beside:
                if thread.ident is not None:
                    thread.join(LEAVE_SECONDS)
            self._close()

    def _prepare(self) -> None:
        """Connect to the broker, so that no event waits for it; without a broker, publishing tries again."""
        try:
            self.transport.prepare()
        except FAILURES as error:
            logger.info("the transport is not connected yet: %s", describe_error(error))

    def _run_beside(self, stop: Stoppable, turn: Callable[[], bool]) -> None:
        try:
            with watch_loop(f"the loop of {self.role} for {current_thread().name}"):
                while not (stop.is_set() or self._ended.is_set()):
                    report_turn()
                    wait_for_pause()
                    if not turn():
                        self._ended.wait(CHORES_LOOK_SECONDS)
        finally:
            connections.close_all()

    def _wait_for_round(self, *, worked: bool) -> None:
        """Wait until the next turn of the first loop: not at all after a round that found little."""
        if not worked:
            wake.wait(self.idle_seconds)
        elif self._found >= _FEW_STREAMS and not self._hosts_consumers:
            sleep(min(self._found * ROUND_SECONDS_PER_STREAM, LONGEST_ROUND_SECONDS))

    def _close(self) -> None:
        """Release the lanes, close the transport and delete the heartbeat; errors are only logged."""
        for close in (self.relay.close, partial(heartbeats.retire, self.role)):
            try:
                close()
            except FAILURES as error:
                logger.warning("leaving in good order failed: %s", describe_error(error))

    def step(self) -> bool:
        """Run each due chore and publish, once, in this thread; return whether anything was done."""
        turns = [self._do_chores(), self._turn(), not self._hosts_consumers and self._reconcile_if_due()]
        return any(turns)

    def _turn(self) -> bool:
        """Publish and, with consumers here, reconcile for a short slice; return whether anything was done."""
        published = self.publishing.run_if_due(monotonic())
        return (self._hosts_consumers and self._reconcile_if_due()) or published

    def _reconcile_if_due(self) -> bool:
        drop_replaced_connection()
        return self.reconciling.run_if_due(monotonic())

    def _do_chores(self) -> bool:
        drop_replaced_connection()
        now = monotonic()
        worked = [chore.run_if_due(now) for chore in self.chores]
        return any(worked)

    def _publish(self) -> bool:
        drop_replaced_connection()
        is_hurried = wake.take_hurry()
        self._found = self.relay.poll()
        if isinstance(self.transport, EmbeddedTransport):
            deliver(self.transport, is_hurried=is_hurried)
        return self._found > 0

    def _reconcile(self) -> bool:
        """Reconcile for a short time, so that publishing gets its turn; return whether to continue at once.

        Without a broker, the wake-ups of an earlier process are lost, so the first pass does not wait for streams to
        become quiet.
        """
        is_first, self._has_reconciled = not self._has_reconciled, True
        quiet_seconds = 0.0 if is_first and isinstance(self.transport, EmbeddedTransport) else QUIET_SECONDS
        begun = monotonic()
        done = self.reconciler.run(quiet_seconds=quiet_seconds, budget_seconds=RECONCILE_BUDGET_SECONDS)
        # After a pass that took far longer, wait: its handler held SQLite's only write lock, and others need a turn.
        return not done.is_complete and monotonic() - begun < self.reconciling.every_seconds

    def _beat(self) -> bool:
        chores = [self.publishing, self.reconciling, *self.chores]
        errors: dict[str, JsonValue] = {c.name: c.last_error for c in chores if c.last_error}
        heartbeats.beat(self.role, {"errors": errors, "lanes": [*sorted(self.relay.lanes.held)]})
        return False


def deliver(transport: EmbeddedTransport, *, is_hurried: bool = False) -> None:
    """Drain the embedded transport and advance the consumers of its topics.

    When it `is_hurried`, those that write tasks go at once, and only the others wait for requests. The first database
    error is raised after all consumers ran; reconcile finds what is left.
    """
    hints = _take_hints(transport)
    errors = ErrorCollector()
    writers = {name for name in hints if is_hurried and registry.consumer(name).spec.writes_tasks}
    if writers:
        with errors.collect():
            advance_together({name: hints.pop(name) for name in writers})
    if hints:
        wait_for_pause(STEP_WAIT_SECONDS)
        with errors.collect():
            advance_together(hints)
    errors.raise_first()


def _take_hints(transport: EmbeddedTransport) -> dict[str, dict[str, int]]:
    """Return how far each consumer is to go in which streams, from all messages that wait."""
    hints: dict[str, dict[str, int]] = {}
    for topic, streams in transport.drain().items():
        for consumer in registry.consumers_of_topic(topic):
            wanted = hints.setdefault(consumer, {})
            for key, seq in streams.items():
                wanted[key] = max(seq, wanted.get(key, 0))
    return hints
