"""Whether the services that the platform uses answer. A process asks each at most every two seconds."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.db import Error

from foundation.database.sessions import check_connection

FRESH_SECONDS = 2.0
REDIS_SECONDS = 0.5


@dataclass(frozen=True)
class ProbeAnswer:
    """Whether a service answers; when it does not, `reason` says why."""

    ok: bool
    reason: str = ""


class CachedProbe:
    """A probe that keeps its answer for two seconds. While one thread asks again, others get the previous answer."""

    def __init__(self, ask: Callable[[], ProbeAnswer]) -> None:
        self._ask = ask
        self._asking = threading.Lock()
        self._answer: ProbeAnswer | None = None
        self._until = float("-inf")

    def __call__(self) -> ProbeAnswer:
        """Return the service's answer, at most two seconds old."""
        if self._answer is None:
            with self._asking:
                return self._fresh()
        if monotonic() >= self._until and self._asking.acquire(blocking=False):
            try:
                return self._fresh()
            finally:
                self._asking.release()
        return self._answer

    def _fresh(self) -> ProbeAnswer:
        if self._answer is None or monotonic() >= self._until:
            self._answer = self._ask()
            self._until = monotonic() + FRESH_SECONDS
        return self._answer


def ask_redis() -> ProbeAnswer:
    """Whether Redis answers PING."""
    from redis import Redis, RedisError  # noqa: PLC0415 - imported only where Redis is used

    try:
        with Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            **settings.REDIS_TRUST,
        ) as client:
            client.ping()
    except (RedisError, OSError) as error:
        return ProbeAnswer(False, f"{type(error).__name__}: {error}")
    return ProbeAnswer(True)


def ask_kafka() -> ProbeAnswer:
    """Whether one of the brokers accepts a connection."""
    from events_app.transports.kafka_broker import is_reachable, kafka_unavailable  # noqa: PLC0415 - as above

    if is_reachable(settings.KAFKA):
        return ProbeAnswer(True)
    return ProbeAnswer(False, str(kafka_unavailable(settings.KAFKA)))


def ask_sidecar() -> ProbeAnswer:
    """Whether the Dapr sidecar reports that it can publish."""
    from events_app.transports.dapr_sidecar import is_healthy, sidecar_unavailable  # noqa: PLC0415 - as above

    if is_healthy(settings.DAPR):
        return ProbeAnswer(True)
    return ProbeAnswer(False, str(sidecar_unavailable(settings.DAPR)))


redis_probe = CachedProbe(ask_redis)
kafka_probe = CachedProbe(ask_kafka)
sidecar_probe = CachedProbe(ask_sidecar)


def service_probes() -> dict[str, Callable[[], ProbeAnswer]]:
    """Return the probes of the services that the settings use, by the name that `/readyz` gives them."""
    used: dict[str, Callable[[], ProbeAnswer]] = {}
    if settings.EVENT_TRANSPORT == "kafka":
        used["broker"] = kafka_probe
    if settings.EVENT_TRANSPORT == "dapr":
        used["sidecar"] = sidecar_probe
    if settings.REDIS_URL:
        used["redis"] = redis_probe
    return used


def ask_database() -> ProbeAnswer:
    """Whether the database answers."""
    try:
        check_connection()
    except Error as error:
        return ProbeAnswer(False, f"{type(error).__name__}: {' '.join(str(error).split())}")
    return ProbeAnswer(True)
