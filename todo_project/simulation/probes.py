"""Two consumers for the simulation only: they record what they apply, and fail at random."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, Literal

from events_app.consumers.registry import AppliedRange
from events_app.consumers.specs import ConsumerSpec
from events_app.contracts import RecordedEvent

POLICIES: Final[tuple[Literal["block", "skip"], ...]] = ("block", "skip")
PROBES = tuple(
    ConsumerSpec(
        name=f"probe_{policy}",
        topics=("task-events", "task-updates"),
        wants=None,
        handler=f"todo_project.simulation.probes.take_{policy}",
        after_commit=f"todo_project.simulation.probes.keep_{policy}",
        policy=policy,
        start="beginning",
        many=True,
        max_attempts=3,
    )
    for policy in POLICIES
)


class PoisonousEvent(Exception):
    """The error that a probe raises at random."""


class Probe:
    """Records, by stream, the sequence numbers that the kernel reported as applied."""

    def __init__(self) -> None:
        self.applied: dict[str, list[int]] = defaultdict(list)
        self.is_poisonous: Callable[[], bool] = lambda: False

    def take(self, events: Sequence[RecordedEvent]) -> None:
        """The handler: fails at random, and raises AssertionError for events out of order."""
        for before, after in pairwise(events):
            if before.stream_key == after.stream_key and before.seq >= after.seq:
                raise AssertionError(f"{after.stream_key}: {after.seq} after {before.seq}")
        if self.is_poisonous():
            raise PoisonousEvent(f"refused {events[0].stream_key}/{events[0].seq}")

    def keep(self, ranges: Sequence[AppliedRange]) -> None:
        """Record the ranges after the commit; a crash in between loses them."""
        for applied in ranges:
            self.applied[applied.stream_key] += [event.seq for event in applied.events]


probes = {"block": Probe(), "skip": Probe()}


def take_block(events: Sequence[RecordedEvent]) -> None:
    """Handle events for probe_block."""
    probes["block"].take(events)


def take_skip(events: Sequence[RecordedEvent]) -> None:
    """Handle events for probe_skip."""
    probes["skip"].take(events)


def keep_block(ranges: Sequence[AppliedRange]) -> None:
    """Record what probe_block applied."""
    probes["block"].keep(ranges)


def keep_skip(ranges: Sequence[AppliedRange]) -> None:
    """Record what probe_skip applied."""
    probes["skip"].keep(ranges)
