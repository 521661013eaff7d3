"""The consumers and sweeps of the settings, with their functions imported."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from time import monotonic

from django.conf import settings
from django.utils.module_loading import import_string

from events_app.consumers.specs import ConsumerSpec, SweepSpec
from events_app.contracts import RecordedEvent, user_of
from events_app.metrics import SWEEP_DURATION, SWEEP_LAST_SUCCESS
from events_app.runtime.watchdog import WatchedWork, name_work

HandlesMany = Callable[[Sequence[RecordedEvent]], None]


@dataclass(frozen=True)
class AppliedRange:
    """The range of one stream, `from_ < seq <= to`, that a consumer applied in one transaction, and its events."""

    stream_key: str
    from_: int
    to: int
    events: tuple[RecordedEvent, ...]

    @property
    def user_id(self) -> int:
        """The id of the user whose stream it is."""
        return user_of(self.stream_key)


AfterCommit = Callable[[Sequence[AppliedRange]], None]


@dataclass(frozen=True)
class BoundConsumer:
    """A consumer with its functions. `apply` takes several events even if the handler takes one."""

    spec: ConsumerSpec
    apply: HandlesMany
    after_commit: AfterCommit | None


@dataclass(frozen=True)
class BoundSweep:
    """A sweep with its function."""

    spec: SweepSpec
    function: Callable[[], object]


class UnknownConsumer(LookupError):
    """The settings have no consumer of this name."""


@cache
def consumers() -> Mapping[str, BoundConsumer]:
    """Return all consumers by name, in the order of the settings."""
    return {spec.name: _bind(spec) for spec in settings.EVENT_CONSUMERS}


def consumer(name: str) -> BoundConsumer:
    """Return one consumer. Raises UnknownConsumer."""
    try:
        return consumers()[name]
    except KeyError:
        raise UnknownConsumer(f"{name} is no consumer; there are {', '.join(consumers())}") from None


def prepare_consumers(names: Collection[str]) -> None:
    """Call `prepare` of these consumers. Repeating is harmless."""
    for name in names:
        if path := consumer(name).spec.prepare:
            import_string(path)()


def consumers_of_topic(topic: str) -> list[str]:
    """Return the names of the consumers that a topic wakes."""
    return [name for name, bound in consumers().items() if topic in bound.spec.topics]


@cache
def sweeps() -> Mapping[str, BoundSweep]:
    """Return all sweeps by name."""
    return {spec.name: BoundSweep(spec, import_string(spec.function)) for spec in settings.EVENT_SWEEPS}


def sweeps_of_loop(loop: str) -> Mapping[str, BoundSweep]:
    """Return the sweeps that one of our loops runs, by name; see SweepSpec."""
    return {name: sweep for name, sweep in sweeps().items() if sweep.spec.loop == loop}


def loop_seconds(name: str) -> float:
    """Return the interval at which a loop runs a sweep."""
    return sweeps()[name].spec.loop_seconds


def run_sweep(name: str, *, waker: str) -> object:
    """Run a sweep, watched by the watchdog, and return its result. Raises KeyError for an unknown name.

    `waker` is `celery`, or `job`, `cron` or `wake` of Dapr.
    """
    sweep = sweeps()[name]
    with name_work(WatchedWork(f"sweep:{name}")):
        return measure_sweep(name, sweep.function, waker=waker)


def measure_sweep(name: str, function: Callable[[], object], *, waker: str) -> object:
    """Call the function of a sweep and return its result; measure how long it took and when it ended well."""
    began = monotonic()
    result = function()
    SWEEP_DURATION.labels(name, waker).observe(monotonic() - began)
    SWEEP_LAST_SUCCESS.labels(name, waker).set_to_current_time()
    return result


def _bind(spec: ConsumerSpec) -> BoundConsumer:
    handler = import_string(spec.handler)
    after_commit = import_string(spec.after_commit) if spec.after_commit else None
    return BoundConsumer(spec, handler if spec.many else _call_for_each(handler), after_commit)


def _call_for_each(handler: Callable[[RecordedEvent], None]) -> HandlesMany:
    def apply(events: Sequence[RecordedEvent]) -> None:
        for event in events:
            handler(event)

    return apply
