"""Heartbeats and turns of Celery's own loops, so that a worker or beat that hangs counts as gone."""

from typing import Any

from celery.beat import Scheduler
from celery.bootsteps import StartStopStep
from celery.worker import WorkController, state
from celery.worker.consumer import Consumer
from django_celery_beat.schedulers import DatabaseScheduler as StoredScheduler

from events_app.runtime.heartbeats import BEAT_SECONDS
from events_app.runtime.pulse import Pulse
from notifications_app.sender import ROLE as SENDER
from todo_project.health.role_heartbeats import ThrottledHeartbeat, retire_role

TICK_SECONDS = 1.0
worker_pulse = Pulse("Celery's worker")
beat_pulse = Pulse("Celery's beat")


class PatientConsumer(Consumer):
    """Celery's part of a worker that talks to the broker. While it waits for a broker, its loop does not turn."""

    def ensure_connected(self, conn: Any) -> Any:
        """Return the connection, once there is one."""
        with worker_pulse.waiting():
            return super().ensure_connected(conn)


class WorkerHeartbeat(StartStopStep):
    """A bootstep of Celery's worker: the worker's timer writes the heartbeats until the worker stops.

    A worker that takes from the queue `deliveries` is a sender as well.
    """

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: WorkController) -> None:
        """Write heartbeats now and every `BEAT_SECONDS` from the worker's timer."""
        self._roles = ["worker", *([SENDER] if "deliveries" in parent.app.amqp.queues.consume_from else [])]
        self._heartbeats = [
            ThrottledHeartbeat(role, lambda: {"jobs": state.all_total_count[0]}) for role in self._roles
        ]
        self._tick()
        timer: Any = parent.timer  # of the event loop, or of a thread where the transport has no event loop
        # Every second, not every fifth: the thread sleeps until the next entry, and stopping waits for it.
        self._entry = timer.call_repeatedly(TICK_SECONDS, self._tick)

    def stop(self, parent: WorkController) -> None:
        """Stop the timer's calls and delete the heartbeats."""
        self._entry.cancel()
        for role in self._roles:
            retire_role(role)

    def _tick(self) -> None:
        worker_pulse.turn()
        for heartbeat in self._heartbeats:
            heartbeat.report_if_due()


class HeartbeatOnTick:
    """A mixin for schedulers: writes the heartbeat of Celery beat as it ticks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._heartbeat = ThrottledHeartbeat("beat")
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; return the seconds until the next tick."""
        beat_pulse.turn()
        self._heartbeat.report_if_due()
        interval: float = super().tick(*args, **kwargs)  # type: ignore[misc]
        return min(interval, BEAT_SECONDS)

    def close(self) -> None:
        """Close the scheduler and delete the heartbeat."""
        super().close()  # type: ignore[misc]
        retire_role("beat")


class DatabaseScheduler(HeartbeatOnTick, StoredScheduler):  # type: ignore[misc]
    """The schedule as rows that operators see and change in the admin; used in a cluster."""


class MemoryScheduler(HeartbeatOnTick, Scheduler):
    """The schedule of this release, stored nowhere; used by `manage.py up`."""
