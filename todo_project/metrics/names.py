"""Every metric of the platform: name, kind, labels, and what it means. No label is of a user, a task or a path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class Metric:
    """One metric as Prometheus knows it: https://prometheus.io/docs/concepts/metric_types/."""

    kind: Literal["gauge"]
    about: str
    labels: tuple[str, ...] = ()


_BY_CONSUMER: Final = ("consumer",)

METRICS: Final[Mapping[str, Metric]] = {
    "todo_log_unpublished_events": Metric("gauge", "Events that the broker has not been told of."),
    "todo_log_unpublished_streams": Metric("gauge", "Streams with such events."),
    "todo_log_unpublished_oldest_seconds": Metric("gauge", "Since the first of these streams moved last."),
    "todo_log_standing_aside_streams": Metric("gauge", "Such streams that wait for a retry of the relay."),
    "todo_log_parked_messages": Metric("gauge", "Messages that no broker takes, for an operator to decide."),
    "todo_log_unsettled_streams": Metric("gauge", "Streams that not every consumer is known to be through."),
    "todo_log_unsettled_oldest_seconds": Metric("gauge", "Since the first of these streams moved last."),
    "todo_consumer_behind_events": Metric("gauge", "Events that the consumer has not applied.", _BY_CONSUMER),
    "todo_consumer_behind_streams": Metric("gauge", "Streams with such events.", _BY_CONSUMER),
    "todo_consumer_behind_oldest_seconds": Metric(
        "gauge", "Since the first of these streams moved last.", _BY_CONSUMER
    ),
    "todo_consumer_oldest_hint_seconds": Metric(
        "gauge", "For how long the oldest wake-up has waited that a process has been handed.", _BY_CONSUMER
    ),
    "todo_consumer_waiting_cursors": Metric(
        "gauge", "Streams whose next event is tried again later.", _BY_CONSUMER
    ),
    "todo_consumer_blocked_cursors": Metric("gauge", "Streams that wait for an operator.", _BY_CONSUMER),
    "todo_consumer_dead_letters": Metric(
        "gauge", "Events that were passed after all attempts.", _BY_CONSUMER
    ),
    "todo_consumer_paused": Metric(
        "gauge", "1 when an operator has paused the consumer, else 0.", _BY_CONSUMER
    ),
    "todo_queue_waiting_jobs": Metric("gauge", "Wake-ups that wait for a Celery worker.", ("queue",)),
}
