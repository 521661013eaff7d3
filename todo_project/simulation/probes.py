"""Two consumers that exist only here: they write down what they apply, and fail when chance says so."""

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
    """What a probe raises."""


class Probe:
    """Keeps, by stream, the sequence numbers that the kernel reported as applied."""

    def __init__(self) -> None:
        self.applied: dict[str, list[int]] = defaultdict(list)
        self.is_poisonous: Callable[[], bool] = lambda: False

    def take(self, events: Sequence[RecordedEvent]) -> None:
        """The handler: fails now and then, and insists on order."""
        for before, after in pairwise(events):
            if before.stream_key == after.stream_key and before.seq >= after.seq:
                raise AssertionError(f"{after.stream_key}: {after.seq} after {before.seq}")
        if self.is_poisonous():
            raise PoisonousEvent(f"refused {events[0].stream_key}/{events[0].seq}")

    def keep(self, ranges: Sequence[AppliedRange]) -> None:
        """After the commit; lost when the process dies between."""
        for applied in ranges:
            self.applied[applied.stream_key] += [event.seq for event in applied.events]


probes = {"block": Probe(), "skip": Probe()}


def take_block(events: Sequence[RecordedEvent]) -> None:
    """Handler of probe_block."""
    probes["block"].take(events)


def take_skip(events: Sequence[RecordedEvent]) -> None:
    """Handler of probe_skip."""
    probes["skip"].take(events)


def keep_block(ranges: Sequence[AppliedRange]) -> None:
    """What probe_block applied."""
    probes["block"].keep(ranges)


def keep_skip(ranges: Sequence[AppliedRange]) -> None:
    """What probe_skip applied."""
    probes["skip"].keep(ranges)
