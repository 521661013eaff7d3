"""The gauges of the log, of what is around it and of this release, for prometheus_client to print."""

from collections.abc import Iterable, Iterator, Mapping
from os import environ
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from events_app.models import Consumer
from events_app.operating.lag import ConsumerLag
from todo_project.metrics.backlog import LogBacklog
from todo_project.metrics.names import GAUGES
from todo_project.settings.build import RELEASE

_Sample = tuple[str, tuple[str, ...], float]
COMMIT_VARIABLE: Final = "COMMIT"  # set in images by their build


class _Gauges(Collector):
    """Samples as families of gauges, each with its text of the table."""

    def __init__(self, samples: Iterable[_Sample]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for name, values, number in self._samples:
            metric = GAUGES[name]
            if name not in families:
                families[name] = GaugeMetricFamily(name, metric.about, labels=metric.labels)
            families[name].add_metric(values, number)
        yield from families.values()


def render_samples(samples: Iterable[_Sample]) -> str:
    """Return the text of samples: name, values of its labels, number. Raises KeyError for a name not in GAUGES."""
    registry = CollectorRegistry()
    registry.register(_Gauges(samples))
    return generate_latest(registry).decode()


def backlog_samples(backlog: LogBacklog) -> Iterator[_Sample]:
    """Yield every gauge of the table that has a value now."""
    yield from _log_samples(backlog)
    for lag in backlog.consumers:
        yield from _consumer_samples(backlog, lag)
    for queue, length in backlog.queues.items():
        yield "todo_queue_waiting_jobs", (queue,), length
    yield from _surrounding_samples(backlog)
    yield "todo_build_info", (RELEASE, environ.get(COMMIT_VARIABLE, "")), 1


def _log_samples(backlog: LogBacklog) -> Iterator[_Sample]:
    log = backlog.log
    numbers: Mapping[str, float] = {
        "unpublished_events": log.unpublished_events,
        "unpublished_streams": log.unpublished_streams,
        "unpublished_oldest_seconds": backlog.seconds_since(log.unpublished_moved_at),
        "standing_aside_streams": log.standing_aside,
        "parked_messages": log.parked_messages,
        "unsettled_streams": log.unsettled_streams,
        "unsettled_oldest_seconds": backlog.seconds_since(log.unsettled_moved_at),
    }
    for name, number in numbers.items():
        yield f"todo_log_{name}", (), number


def _consumer_samples(backlog: LogBacklog, lag: ConsumerLag) -> Iterator[_Sample]:
    numbers: Mapping[str, float] = {
        "behind_events": lag.events,
        "behind_streams": lag.streams,
        "behind_oldest_seconds": backlog.seconds_since(lag.moved_at),
        "oldest_hint_seconds": backlog.hints.get(lag.name, 0.0),
        "waiting_cursors": lag.waiting,
        "blocked_cursors": lag.blocked,
        "dead_letters": lag.dead_letters,
        "paused": lag.state == Consumer.State.PAUSED,
    }
    for name, number in numbers.items():
        yield f"todo_consumer_{name}", (lag.name,), number


def _surrounding_samples(backlog: LogBacklog) -> Iterator[_Sample]:
    around = backlog.around
    yield "todo_reminders_due", (), around.due_reminders
    yield "todo_reminders_late", (), around.late_reminders
    yield "todo_deliveries_waiting", (), around.due_deliveries
    yield "todo_deliveries_failed", (), around.failed_deliveries
    for role, processes in around.live_processes().items():
        yield "todo_role_processes", (role,), len(processes)
        if processes:
            yield "todo_role_oldest_beat_seconds", (role,), max(each.age_seconds for each in processes)
    for state, number in around.connections.items():
        yield "todo_database_connections", (state,), number
    if around.backup is not None:
        yield "todo_backup_last_success_timestamp_seconds", ("backup",), around.backup.beat_at.timestamp()
