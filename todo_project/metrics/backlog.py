"""The backlog of the platform at one moment: of the relay, of each consumer, and of Celery's queues."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from events_app.models import Consumer
from events_app.operating.lag import ConsumerLag, LogLag, consumer_lags, log_lag
from events_app.runtime.heartbeats import RoleStatus
from foundation.database.sessions import limit_session
from foundation.database.transactions import database_now
from todo_project.celery import QUEUES
from todo_project.health.probes import REDIS_SECONDS
from todo_project.metrics.figures import PlatformFigures, read_figures

_STATEMENT_MILLISECONDS = 5000
_LOCK_MILLISECONDS = 2000


@dataclass(frozen=True)
class LogBacklog:
    """What waits, by the database's clock. `queues` is empty without Redis, and while Redis does not answer.

    `hints`: for how long, by consumer, the oldest wake-up has waited that a broker has handed to a live process.
    """

    at: datetime
    log: LogLag
    consumers: tuple[ConsumerLag, ...]
    queues: Mapping[str, int]
    hints: Mapping[str, float]
    around: PlatformFigures

    def seconds_since(self, moved_at: datetime | None) -> float:
        """Return the seconds since a stream moved, 0 without one."""
        return 0.0 if moved_at is None else max(0.0, round((self.at - moved_at).total_seconds(), 3))


def read_backlog() -> LogBacklog:
    """Return the backlog. Its cost follows the backlog, not the tables. Raises django.db.Error."""
    with transaction.atomic():
        limit_session(statement_ms=_STATEMENT_MILLISECONDS, lock_ms=_LOCK_MILLISECONDS)
        at, log, consumers = database_now(), log_lag(), tuple(consumer_lags())
        around = read_figures(at)
    return LogBacklog(at, log, consumers, _queue_lengths(), _oldest_hints(around.roles), around)


def scaling_numbers(backlog: LogBacklog) -> dict[str, object]:
    """Return the body of `/lag.json`.

    `events` and `streams` are those that more processes would serve sooner: without what waits for a retry or for an
    operator, and none of a consumer that is paused.
    """
    log = backlog.log
    return {
        "at": backlog.at.isoformat(),
        "relay": {
            "events": log.eager_events,
            "oldest_seconds": backlog.seconds_since(log.unpublished_moved_at),
        },
        "consumers": {lag.name: _consumer_numbers(backlog, lag) for lag in backlog.consumers},
        "queues": dict(backlog.queues),
    }


def _consumer_numbers(backlog: LogBacklog, lag: ConsumerLag) -> dict[str, object]:
    is_run = lag.state != Consumer.State.PAUSED
    return {
        "events": lag.eager_events if is_run else 0,
        "streams": lag.eager_streams if is_run else 0,
        "oldest_seconds": backlog.seconds_since(lag.moved_at),
        "oldest_hint_seconds": backlog.hints.get(lag.name, 0.0),
        "waiting": lag.waiting,
        "blocked": lag.blocked,
    }


def _oldest_hints(roles: Iterable[RoleStatus]) -> dict[str, float]:
    """Return the age of the oldest wake-up by consumer, from the heartbeats of those that take them."""
    oldest: dict[str, float] = {}
    for role in roles:
        kind, _, consumer = role.role.partition(":")
        if role.is_alive and kind in ("consumer", "receiver"):
            oldest[consumer] = max(role.oldest_hint_seconds, oldest.get(consumer, 0.0))
    return oldest


def _queue_lengths() -> dict[str, int]:
    """Return how many messages wait in each of Celery's queues, which are lists of Redis."""
    if not settings.REDIS_URL:
        return {}
    from redis import Redis, RedisError  # noqa: PLC0415 - imported only where Redis is used

    limits = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    try:
        with Redis.from_url(settings.REDIS_URL, **limits, **settings.REDIS_TRUST) as client:
            return {name: int(client.llen(name)) for name in QUEUES}
    except (RedisError, OSError):
        return {}
