"""Metrics as text, for Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/."""

from collections.abc import Iterator, Mapping

from events_app.models import Consumer
from todo_project.metrics.backlog import LogBacklog
from todo_project.metrics.names import METRICS

_Sample = tuple[str, tuple[str, ...], float]


def render_samples(samples: Iterator[_Sample]) -> str:
    """Return the text of samples: name, values of its labels, number. Raises KeyError for a name not in METRICS."""
    lines: dict[str, list[str]] = {}
    for name, values, number in samples:
        metric = METRICS[name]
        labels = ",".join(f'{label}="{value}"' for label, value in zip(metric.labels, values, strict=True))
        head = [f"# HELP {name} {metric.about}", f"# TYPE {name} {metric.kind}"]
        lines.setdefault(name, head).append(
            f"{name}{{{labels}}} {number:g}" if labels else f"{name} {number:g}"
        )
    return "".join(f"{line}\n" for each in lines.values() for line in each)


def backlog_samples(backlog: LogBacklog) -> Iterator[_Sample]:
    """Yield the gauges of the log, of each consumer, and of Celery's queues."""
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
    for lag in backlog.consumers:
        by_consumer: Mapping[str, float] = {
            "behind_events": lag.events,
            "behind_streams": lag.streams,
            "behind_oldest_seconds": backlog.seconds_since(lag.moved_at),
            "oldest_hint_seconds": backlog.hints.get(lag.name, 0.0),
            "waiting_cursors": lag.waiting,
            "blocked_cursors": lag.blocked,
            "dead_letters": lag.dead_letters,
            "paused": lag.state == Consumer.State.PAUSED,
        }
        for name, number in by_consumer.items():
            yield f"todo_consumer_{name}", (lag.name,), number
    for queue, length in backlog.queues.items():
        yield "todo_queue_waiting_jobs", (queue,), length
