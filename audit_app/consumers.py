"""The handler of the `audit` consumer, which handles every event."""

from collections.abc import Sequence

from audit_app.operations.appending import append_to_chain
from events_app.contracts import RecordedEvent


def append_entries(events: Sequence[RecordedEvent]) -> None:
    """Append the events to their users' audit trails; see `operations.appending`."""
    append_to_chain(events)
