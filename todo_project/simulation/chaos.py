"""What may go wrong, how often, and how it reaches the code under test."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from django.db import OperationalError

from events_app.transports.memory import Faults

_START = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)


class Crash(BaseException):
    """The process of an actor dies here; what its transaction did is undone."""


class DatabaseGaveUp(OperationalError):
    """What the database may raise at any time; any other of its errors is a failure of the run."""


@dataclass(frozen=True)
class Rates:
    """How often, from 0 to 1, things go wrong; drawn anew for each seed."""

    crash: float
    database_error: float
    poison: float
    broker: Faults
    lose_push: float
    duplicate_delivery: float

    @classmethod
    def draw(cls, random: Random) -> "Rates":
        """Draw rates; a fifth of all seeds runs on a calm sea, so that calm is tested as well."""
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
    """The database's clock, and seconds that never go back for everything else."""

    def __init__(self) -> None:
        self.now = _START

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """Seconds since the beginning."""
        return (self.now - _START).total_seconds()

    def advance(self, random: Random) -> None:
        """Let a step take its time: mostly milliseconds, now and then hours, rarely weeks."""
        chance = random.random()
        if chance < 0.001:
            self.now += timedelta(days=random.uniform(1, 40))
        elif chance < 0.01:
            self.now += timedelta(minutes=random.uniform(1, 240))
        else:
            self.now += timedelta(seconds=random.expovariate(20))

    def skip(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class Interceptor:
    """Called at every named crash point: dies or lets the database refuse, as the rates say."""

    # Inside a transaction an error of the database is undone; after the commit only a crash can happen.
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
