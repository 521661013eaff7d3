"""How late reminders fire, measured for Prometheus."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import Histogram

from foundation.metrics import metrics_registry

REMINDER_LATENESS: Final = Histogram(
    "todo_reminder_lateness_seconds",
    "From the instant of a reminder to the transaction that fired it.",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
    registry=metrics_registry,
)


def observe_lateness(seconds: Iterable[float]) -> None:
    """Measure reminders that have fired."""
    for each in seconds:
        REMINDER_LATENESS.observe(max(0.0, each))
