"""What settings say of consumers, sweeps and bodies: plain values, no Django."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ConsumerSpec:
    """One reader of the log.

    `topics` wake it; without any, only reconcile does. `wants` are the event types it handles (None: all);
    it passes over the others. `handler` is a dotted path to `(event) -> None`, or with `many` to
    `(events) -> None`. After `max_attempts` failures at one event, `policy` decides: `block` the stream
    for an operator, or `skip` exactly that event into the dead letters. A new consumer starts at the
    `beginning` of every stream or at `now`. One that `writes_tasks` takes one stream per transaction.
    `after_commit` is a dotted path to `(ranges) -> None`; what it does may be lost.
    """

    name: str
    topics: tuple[str, ...]
    wants: tuple[str, ...] | None
    handler: str
    policy: Literal["block", "skip"]
    start: Literal["beginning", "now"]
    many: bool = False
    writes_tasks: bool = False
    after_commit: str | None = None
    max_attempts: int = 8


@dataclass(frozen=True, kw_only=True)
class SweepSpec:
    """A job over rows that is due now and then, and who wakes it; running it too often or twice at once is harmless.

    `function` is a dotted path to `() -> object`. Celery beat sends `job` to `queue` every `beat_seconds` (None: no).
    A loop of ours runs it every `loop_seconds`: `events` is the engine's that publishes, in slices; `chores` is its
    other one; `deliver` is the sender's. Dapr's scheduler wakes it at the instants that the dotted path `instants`
    gives, `(until, limit) -> aware UTC`, and by its cron `binding`.
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

    @property
    def is_woken_by_dapr(self) -> bool:
        """Whether the sidecar's calls run it."""
        return bool(self.instants or self.binding)


@dataclass(frozen=True)
class BodyBound:
    """At most so many bytes for paths that match whole; `sidecar_only`: not one without APP_API_TOKEN."""

    paths: str
    max_bytes: int
    sidecar_only: bool = False
