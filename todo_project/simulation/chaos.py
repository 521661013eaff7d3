"""The injected failures: which kinds, how often, and how they are injected into the code under test."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from django.db import OperationalError

from events_app.transports.memory import Faults

_START = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)


class Crash(BaseException):
    """An actor's process is killed here; its transaction is rolled back."""


class DatabaseGaveUp(OperationalError):
    """The injected database error; any other database error is a failure of the run."""


@dataclass(frozen=True)
class Rates:
    """The probability of each kind of failure; drawn for each seed."""

    crash: float
    database_error: float
    poison: float
    broker: Faults
    lose_push: float
    duplicate_delivery: float

    @classmethod
    def draw(cls, random: Random) -> "Rates":
        """Return random rates; a fifth of all seeds runs without failures, which is tested as well."""
        if random.random() < 0.2:
            return CALM
        return cls(
            crash=random.choice((0, 0.005, 0.02)),
            database_error=random.choice((0, 0.005, 0.02)),
            poison=random.choice((0, 0.01, 0.1)),
            broker=Faults(
                drop=random.choice((0, 0.05)),
                duplicate=random.choice((0, 0.1, 0.5)),
                fail=random.choice((0, 0.05)),
                reorder=random.choice((0, 0.3)),
            ),
            lose_push=random.choice((0, 0.05, 0.5)),
            duplicate_delivery=random.choice((0, 0.1, 0.5)),
        )


CALM = Rates(crash=0, database_error=0, poison=0, broker=Faults(), lose_push=0, duplicate_delivery=0)

ROUGH = Rates(
    crash=0,
    database_error=0.005,
    poison=0.1,
    broker=Faults(drop=0.05, duplicate=0.2, fail=0.05, reorder=0.3),
    lose_push=0.5,
    duplicate_delivery=0.2,
)


class Clock:
    """The simulated clock: the database's time, and monotonic seconds."""

    def __init__(self) -> None:
        self.now = _START

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """Return the seconds since the start of the run."""
        return (self.now - _START).total_seconds()

    def advance(self, random: Random) -> None:
        """Advance the clock for one step: mostly milliseconds, sometimes hours, rarely weeks."""
        chance = random.random()
        if chance < 0.001:
            self.now += timedelta(days=random.uniform(1, 40))
        elif chance < 0.01:
            self.now += timedelta(minutes=random.uniform(1, 240))
        else:
            self.now += timedelta(seconds=random.expovariate(20))

    def skip(self, seconds: float) -> None:
        """Advance the clock."""
        self.now += timedelta(seconds=seconds)


class Interceptor:
    """Called at every named crash point; raises Crash or DatabaseGaveUp with the probabilities of `rates`."""

    # A database error can only happen inside a transaction; after the commit only a crash can.
    INSIDE = frozenset(
        {"writing.before_commit", "kernel.after_lock", "kernel.after_handlers", "kernel.after_cursors"}
        | {"relay.before_mark_commit", "sweep.before_commit"}
    )

    def __init__(self, random: Random, rates: Rates) -> None:
        self.rates = rates
        self.passed: set[str] = set()
        self.crashes = 0
        self.refusals = 0
        self._random = random

    def __call__(self, name: str) -> None:
        self.passed.add(name)
        if self.rates.crash and self._random.random() < self.rates.crash:
            self.crashes += 1
            raise Crash(name)
        if (
            name in self.INSIDE
            and self.rates.database_error
            and self._random.random() < self.rates.database_error
        ):
            self.refusals += 1
            raise DatabaseGaveUp("deadlock detected")
