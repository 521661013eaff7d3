"""Routes for the Dapr sidecar: subscriptions, deliveries, jobs, the cron binding, wake-ups by other roles.

https://docs.dapr.io/reference/api/pubsub_api/ and jobs_api/. A delivery goes to the inbox of this process: we ask Dapr
to retry it only when the inbox is full or closed. A sweep is to be called again when the database failed.
"""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, Literal

import orjson
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse

from events_app.api.body_bounds import max_body_bytes
from events_app.api.dapr_access import for_sidecar
from events_app.consumers import registry
from events_app.consumers.hosting import hosted_consumers
from events_app.consumers.registration import register_consumers
from events_app.consumers.specs import SweepSpec
from events_app.transports.envelope import TOPICS
from events_app.transports.inbox import inbox
from events_app.transports.wakeups import Wakeup, decode_object, drop
from foundation.counters import count

_MAX_BODY_BYTES: Final = max_body_bytes("/dapr/events/any")
_MAX_ENTRIES: Final = 1000
# A sidecar posts one bulk at a time, so few large ones: docs/decisions/shared-rounds.md.
BULK: Final = {"enabled": True, "maxMessagesCount": 100, "maxAwaitDurationMs": 25}
_Status = Literal["SUCCESS", "RETRY", "DROP"]
# What makes Dapr forget a delivery that cannot be answered entry by entry.
FORGET: Final = HTTPStatus.NOT_FOUND

logger = logging.getLogger(__name__)


@for_sidecar("GET")
def subscriptions(request: HttpRequest) -> HttpResponse:
    """Return the topics that the consumers hosted here need.

    There is no dead-letter topic: without a retry policy Dapr would move a message there whenever we answer RETRY.
    """
    _register()
    wanted = [topic for topic in TOPICS if _consumers_of(topic)]
    return JsonResponse([_subscription(topic) for topic in wanted], safe=False)


def _register() -> None:
    """Register the consumers before the first message comes. Without the database, the sidecar still gets an answer."""
    try:
        register_consumers()
    except DatabaseFailure as error:
        logger.warning("Consumers are not registered yet: %s", error)


@for_sidecar("POST")
def deliveries(request: HttpRequest, topic: str) -> HttpResponse:
    """Take one event or a bulk of events into the inbox, and return a status for each."""
    body = _read(request)
    if body is None:
        drop("too_large")
        return HttpResponse(status=FORGET)
    try:
        delivered = orjson.loads(body)
    except orjson.JSONDecodeError:
        drop("not_json")
        return JsonResponse({"status": "DROP"})
    if isinstance(delivered, dict) and isinstance(delivered.get("entries"), list):
        return JsonResponse({"statuses": _take_bulk(topic, delivered["entries"])})
    return JsonResponse({"status": _take(topic, {"": delivered})[""]})


@for_sidecar("POST")
def job(request: HttpRequest, name: str) -> HttpResponse:
    """Run the sweep of a job `<sweep>-<instant>`. Other jobs are answered with 200: they are not worth a retry."""
    return _run_sweep(name.partition("-")[0], waker="job")


@for_sidecar("POST")
def wake(request: HttpRequest, name: str) -> HttpResponse:
    """Run a sweep that a request of another role hurries: `events_app.transports.hurry`."""
    return _run_sweep(name, lambda spec: spec.is_hurried, waker="wake")


@for_sidecar("POST", "OPTIONS")
def cron(request: HttpRequest, sweep: str) -> HttpResponse:
    """Run the sweep of a cron binding. With OPTIONS, Dapr asks whether we want the binding."""
    if request.method == "OPTIONS":
        return HttpResponse()
    return _run_sweep(sweep, waker="cron")


def _subscription(topic: str) -> dict[str, object]:
    return {
        "pubsubname": settings.DAPR.pubsub,
        "topic": settings.TOPIC_PREFIX + topic,
        "routes": {"default": f"/dapr/events/{topic}"},
        "bulkSubscribe": BULK,
    }


def _consumers_of(topic: str) -> list[str]:
    """Return the names of the hosted consumers that the topic wakes."""
    hosted = hosted_consumers()
    return [name for name in registry.consumers_of_topic(topic) if name in hosted]


def _read(request: HttpRequest) -> bytes | None:
    """Return the body, or None when it is too large. Django's own limit, for people's requests, is lower."""
    body: bytes = request.read(_MAX_BODY_BYTES + 1)
    return body if len(body) <= _MAX_BODY_BYTES else None


def _take_bulk(topic: str, entries: list[object]) -> list[dict[str, str]]:
    envelopes = {
        entry["entryId"]: entry.get("event")
        for entry in entries[:_MAX_ENTRIES]
        if isinstance(entry, dict) and isinstance(entry.get("entryId"), str)
    }
    return [{"entryId": entry_id, "status": status} for entry_id, status in _take(topic, envelopes).items()]


def _take(topic: str, envelopes: Mapping[str, object]) -> dict[str, _Status]:
    """Put the envelopes' sequence numbers into the inbox; return a status by entry id."""
    if topic not in TOPICS:
        drop("unknown_topic")
        return dict.fromkeys(envelopes, "DROP")
    decoded = {entry_id: decode_object(envelope) for entry_id, envelope in envelopes.items()}
    wakeups = [wakeup for wakeup in decoded.values() if isinstance(wakeup, Wakeup)]
    taken: _Status = "SUCCESS" if not _consumers_of(topic) or inbox().put(wakeups) else "RETRY"
    return {entry_id: taken if isinstance(wakeup, Wakeup) else "DROP" for entry_id, wakeup in decoded.items()}


def _run_sweep(
    name: str,
    is_meant: Callable[[SweepSpec], bool] = lambda spec: spec.is_woken_by_dapr,
    *,
    waker: Literal["job", "wake", "cron"],
) -> HttpResponse:
    sweep = registry.sweeps().get(name)
    if sweep is None or not is_meant(sweep.spec):
        count("dapr.unknown_jobs")
        return HttpResponse()
    try:
        registry.run_sweep(name, waker=waker)
    except DatabaseFailure as error:
        count("dapr.database_failures")
        logger.warning("Sweep %s waits for the database: %s", name, error)
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    return HttpResponse()
