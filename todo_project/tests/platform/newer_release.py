"""Imported instead of the probe by processes that play the next release: it writes `task.created` in version 2."""

from events_app.contracts import TaskCreated
from events_app.contracts.registry import UPCASTERS, EventData
from todo_project.tests.platform import probe


def from_version_1(data: EventData) -> EventData:
    """What the next release does with rows of this one; the schema itself stays the same here."""
    return data


TaskCreated.V = 2
UPCASTERS["task.created", 1] = from_version_1
__all__ = ["from_version_1", "probe"]
