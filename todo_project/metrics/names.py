"""Every metric of the platform: name, kind, labels, and what it means. No label is of a user, a task or a path.

The gauges stand here: `manage.py metrics` reads them from the database. What is counted where it happens is declared
there, in one of the modules of DECLARING, and shown by the role that does it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from prometheus_client.metrics import MetricWrapperBase

from foundation.metrics import metrics_registry


@dataclass(frozen=True)
class Metric:
    """One metric as Prometheus knows it: https://prometheus.io/docs/concepts/metric_types/."""

    kind: str
    about: str
    labels: tuple[str, ...] = ()


def _gauge(about: str, *labels: str) -> Metric:
    return Metric("gauge", about, labels)


GAUGES: Final[Mapping[str, Metric]] = {
    "todo_log_unpublished_events": _gauge("Events that the broker has not been told of."),
    "todo_log_unpublished_streams": _gauge("Streams with such events."),
    "todo_log_unpublished_oldest_seconds": _gauge("Since the first of these streams moved last."),
    "todo_log_standing_aside_streams": _gauge("Such streams that wait for a retry of the relay."),
    "todo_log_parked_messages": _gauge("Messages that no broker takes, for an operator to decide."),
    "todo_log_unsettled_streams": _gauge("Streams that not every consumer is known to be through."),
    "todo_log_unsettled_oldest_seconds": _gauge("Since the first of these streams moved last."),
    "todo_consumer_behind_events": _gauge("Events that the consumer has not applied.", "consumer"),
    "todo_consumer_behind_streams": _gauge("Streams with such events.", "consumer"),
    "todo_consumer_behind_oldest_seconds": _gauge("Since the first of these streams moved last.", "consumer"),
    "todo_consumer_oldest_hint_seconds": _gauge(
        "For how long the oldest wake-up has waited that a process has been handed.", "consumer"
    ),
    "todo_consumer_waiting_cursors": _gauge("Streams whose next event is tried again later.", "consumer"),
    "todo_consumer_blocked_cursors": _gauge("Streams that wait for an operator.", "consumer"),
    "todo_consumer_dead_letters": _gauge("Events that were passed after all attempts.", "consumer"),
    "todo_consumer_paused": _gauge("1 when an operator has paused the consumer, else 0.", "consumer"),
    "todo_queue_waiting_jobs": _gauge("Wake-ups that wait for a Celery worker.", "queue"),
    "todo_reminders_due": _gauge("Reminders that should fire now, up to 10,000."),
    "todo_reminders_late": _gauge("Reminders that should have fired a minute ago, up to 10,000."),
    "todo_deliveries_waiting": _gauge("Messages that should be sent now, up to 10,000."),
    "todo_deliveries_failed": _gauge("Messages that were given up, up to 10,000."),
    "todo_role_processes": _gauge("Live processes of a role; 0 for one that is expected.", "role"),
    "todo_role_oldest_beat_seconds": _gauge("Since the oldest heartbeat of its live processes.", "role"),
    "todo_database_connections": _gauge(
        "Connections to the database by state on PostgreSQL, and `most`, which the server allows.", "state"
    ),
    "todo_backup_last_success_timestamp_seconds": _gauge(
        "When the last backup was whole, in seconds since 1970; absent before the first.", "kind"
    ),
    "todo_build_info": _gauge("1, with the release and the commit that runs.", "version", "commit"),
}
DECLARING: Final = (
    "events_app.metrics",
    "foundation.counters",
    "notifications_app.operations.metrics",
    "realtime_app.sockets.metrics",
    "tasks_app.operations.reminders.lateness",
    "todo_project.metrics.requests",
)


def _declared() -> Iterator[tuple[str, Metric]]:
    """Yield what is declared where it happens, by the name that Prometheus shows."""
    for module in DECLARING:
        import_module(module)
    for collector in metrics_registry._collector_to_names:
        assert isinstance(collector, MetricWrapperBase)  # noqa: S101 - so are counters, gauges and histograms
        kind = collector._type
        name = f"{collector._name}_total" if kind == "counter" else collector._name
        yield name, Metric(str(kind), collector._documentation, tuple(collector._labelnames))


METRICS: Final[Mapping[str, Metric]] = {**GAUGES, **dict(sorted(_declared()))}
