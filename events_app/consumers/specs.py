"""The types of the settings for consumers, sweeps and request bodies. No Django here: the settings import it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ConsumerSpec:
    """One reader of the log.

    Messages on `topics` wake it; without topics, only reconcile does. `wants` are the event types that it handles
    (None: all); others are passed without a call. `handler` is a dotted path to `(event) -> None`, or with `many` to
    `(events) -> None`. After `max_attempts` failures at one event, `policy` decides: `block` the stream until an
    operator acts, or `skip` that event and keep it as a dead letter. A new consumer starts at the `beginning` of
    each stream or at `now`. One that `writes_tasks` gets one stream per transaction; with `writes_where`, a path in the
    event's data, only where an event has a value there. Where none has, it must write nothing.
    `after_commit` is a dotted path to `(ranges) -> None`; its effect may be lost. A replay calls it only with
    `replays_after_commit`. `prepare` is a dotted path to `() -> None`: a process that is woken for the consumer calls
    it before the first message, to load what that would wait for.
    """

    name: str
    topics: tuple[str, ...]
    wants: tuple[str, ...] | None
    handler: str
    policy: Literal["block", "skip"]
    start: Literal["beginning", "now"]
    many: bool = False
    writes_tasks: bool = False
    writes_where: tuple[str, ...] = ()
    after_commit: str | None = None
    replays_after_commit: bool = False
    prepare: str = ""
    max_attempts: int = 8


@dataclass(frozen=True, kw_only=True)
class SweepSpec:
    """A periodic function over rows, and its wakers. It may run too often, and twice at once.

    `function` is a dotted path to `() -> object`. Celery beat sends `job` to `queue` every `beat_seconds` (None:
    never). One of our loops runs it every `loop_seconds`: `events` is the engine's loop that publishes, `chores` its
    other loop, `deliver` the sender's. Dapr wakes it through the cron `binding`, and through jobs at the instants that
    `instants` returns, a dotted path to `(until, limit) -> list of aware UTC`. `is_hurried`: requests wake it at once.
    """

    name: str
    function: str
    job: str = ""
    queue: Literal["sweeps", "deliveries", "jobs"] = "jobs"
    beat_seconds: float | None = None
    loop: Literal["events", "chores", "deliver"] | None = None
    loop_seconds: float = 1.0
    instants: str = ""
    binding: str = ""
    is_hurried: bool = False

    @property
    def is_woken_by_dapr(self) -> bool:
        """Whether calls of the sidecar run it."""
        return bool(self.instants or self.binding)


@dataclass(frozen=True)
class BodyBound:
    """The limit on bodies for paths that the regular expression `paths` matches fully.

    `sidecar_only`: a request without APP_API_TOKEN may have no body.
    """

    paths: str
    max_bytes: int
    sidecar_only: bool = False
