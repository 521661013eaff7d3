"""The handler of the `audit` consumer, which handles every event."""

from collections.abc import Sequence

from audit_app.operations import append_to_chain
from events_app.contracts import RecordedEvent


def append_entries(events: Sequence[RecordedEvent]) -> None:
    """Append the events to their users' audit trails; see `operations.append_to_chain`."""
    append_to_chain(events)
