"""The consumers and sweeps of settings, with their dotted paths resolved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from events_app.consumers.specs import ConsumerSpec, SweepSpec
from events_app.contracts import RecordedEvent, user_of
from events_app.runtime.watchdog import WatchedWork, name_work

HandlesMany = Callable[[Sequence[RecordedEvent]], None]


@dataclass(frozen=True)
class AppliedRange:
    """What one consumer applied of one stream in one transaction: `from_ < seq <= to`, the wanted events of it."""

    stream_key: str
    from_: int
    to: int
    events: tuple[RecordedEvent, ...]

    @property
    def user_id(self) -> int:
        """Whose stream it is."""
        return user_of(self.stream_key)


AfterCommit = Callable[[Sequence[AppliedRange]], None]


@dataclass(frozen=True)
class BoundConsumer:
    """A consumer with its functions; `apply` takes any number of events, also of a handler that takes one."""

    spec: ConsumerSpec
    apply: HandlesMany
    after_commit: AfterCommit | None


class UnknownConsumer(LookupError):
    """No consumer of this name is in settings."""


@cache
def consumers() -> Mapping[str, BoundConsumer]:
    """Return every consumer by name, in the order of settings."""
    return {spec.name: _bind(spec) for spec in settings.EVENT_CONSUMERS}


def consumer(name: str) -> BoundConsumer:
    """Return one consumer. Raises UnknownConsumer."""
    try:
        return consumers()[name]
    except KeyError:
        raise UnknownConsumer(f"{name} is no consumer; there are {', '.join(consumers())}") from None


def consumers_of_topic(topic: str) -> list[str]:
    """Return the names of the consumers that a topic wakes."""
    return [name for name, bound in consumers().items() if topic in bound.spec.topics]


@cache
def sweeps() -> Mapping[str, tuple[SweepSpec, Callable[[], object]]]:
    """Return every sweep by name with its function."""
    return {spec.name: (spec, import_string(spec.function)) for spec in settings.EVENT_SWEEPS}


def sweeps_of_loop(loop: str) -> Mapping[str, tuple[SweepSpec, Callable[[], object]]]:
    """Return the sweeps that one of our loops runs; see SweepSpec."""
    return {name: (spec, function) for name, (spec, function) in sweeps().items() if spec.loop == loop}


def loop_seconds(name: str) -> float:
    """Return how often the loop that runs a sweep does."""
    return sweeps()[name][0].loop_seconds


def run_sweep(name: str) -> object:
    """Run a sweep under the eyes of the watchdog; return what it does. Raises KeyError for a name that is none."""
    _, function = sweeps()[name]
    with name_work(WatchedWork(f"sweep:{name}")):
        return function()


def _bind(spec: ConsumerSpec) -> BoundConsumer:
    handler = import_string(spec.handler)
    after_commit = import_string(spec.after_commit) if spec.after_commit else None
    return BoundConsumer(spec, handler if spec.many else _call_for_each(handler), after_commit)


def _call_for_each(handler: Callable[[RecordedEvent], None]) -> HandlesMany:
    def apply(events: Sequence[RecordedEvent]) -> None:
        for event in events:
            handler(event)

    return apply
