"""What the log, the relay, the consumers and the sweeps count for Prometheus."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from foundation.metrics import SECONDS_BUCKETS, metrics_registry

EVENTS_RECORDED: Final = Counter(
    "todo_events_recorded_total", "Events committed to the log.", ["type"], registry=metrics_registry
)
RELAY_ROUNDS: Final = Counter(
    "todo_relay_rounds_total", "Rounds of a relay that found something to send.", registry=metrics_registry
)
EVENTS_PUBLISHED: Final = Counter(
    "todo_events_published_total",
    "Messages handed to the broker, by its answer: acknowledged, rejected (parked) or failed (sent again).",
    ["topic", "outcome"],
    registry=metrics_registry,
)
PUBLISH_SECONDS: Final = Histogram(
    "todo_publish_seconds",
    "How long one request of the relay to the broker took.",
    ["transport"],
    buckets=SECONDS_BUCKETS,
    registry=metrics_registry,
)
EVENTS_APPLIED: Final = Counter(
    "todo_events_applied_total",
    "Events of a consumer: ok (committed), retry, dead (passed after all attempts) or blocked.",
    ["consumer", "outcome"],
    registry=metrics_registry,
)
APPLY_SECONDS: Final = Histogram(
    "todo_apply_seconds",
    "How long one call of a consumer's handler took.",
    ["consumer"],
    buckets=SECONDS_BUCKETS,
    registry=metrics_registry,
)
EVENT_DELAY_SECONDS: Final = Histogram(
    "todo_event_delay_seconds",
    "From the time of an event to the commit of what the consumer made of it.",
    ["consumer"],
    buckets=(*SECONDS_BUCKETS, 300, 3600),
    registry=metrics_registry,
)
SWEEP_DURATION: Final = Histogram(
    "todo_sweep_seconds",
    "How long a sweep took, by who woke it.",
    ["sweep", "waker"],
    buckets=SECONDS_BUCKETS,
    registry=metrics_registry,
)
SWEEP_LAST_SUCCESS: Final = Gauge(
    "todo_sweep_last_success_timestamp_seconds",
    "When a sweep ended well last, in seconds since 1970.",
    ["sweep", "waker"],
    multiprocess_mode="max",
    registry=metrics_registry,
)
