"""What sending counts for Prometheus."""

from typing import Final

from prometheus_client import Counter

from foundation.metrics import metrics_registry
from notifications_app.channels import CHANNELS

DELIVERIES: Final = Counter(
    "todo_deliveries_total",
    "Attempts to send, by channel (account_mail: mails about accounts) and by what became of them.",
    ["channel", "outcome"],
    registry=metrics_registry,
)


def count_outcome(channel: str, outcome: object, number: int = 1) -> None:
    """Count an attempt by its outcome's class, such as `sent`. A row may name a channel of another release."""
    known = channel if channel in CHANNELS or channel == "account_mail" else "unknown"
    DELIVERIES.labels(known, type(outcome).__name__.lower()).inc(number)
