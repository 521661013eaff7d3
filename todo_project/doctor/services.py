"""The services around the platform: Redis, Kafka with its topics, the Dapr sidecar with its tokens."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus

from django.conf import settings

from events_app.transports.base import TransportError
from events_app.transports.envelope import TOPICS
from todo_project.doctor.findings import Finding, fail, ok, warn
from todo_project.health import probes

SIDECAR_SECONDS = 2


def check_services() -> Iterator[Finding]:
    """Check the services that the settings use."""
    yield check_redis()
    if settings.EVENT_TRANSPORT == "kafka":
        yield from check_kafka()
    elif settings.EVENT_TRANSPORT == "dapr":
        yield from check_dapr()
    else:
        yield ok("transport", "embedded: no broker is used")


def check_redis() -> Finding:
    """Redis, which carries wake-ups and socket groups between processes."""
    if not settings.REDIS_URL:
        if settings.EVENT_TRANSPORT == "embedded":
            return ok("redis", "not used: one process needs none")
        return warn(
            "redis",
            "not set: sockets and Celery reach only their own process",
            "export TODO_REDIS_URL=redis://…",
        )
    answer = probes.ask_redis()
    if answer.ok:
        return ok("redis", "answers")
    return fail("redis", answer.reason, "python -m devstack up redis, or correct TODO_REDIS_URL")


def check_kafka() -> Iterator[Finding]:
    """Whether Kafka answers and has the topics."""
    from events_app.transports.kafka_topics import missing_topics  # noqa: PLC0415 - imported only where Kafka is used

    answer = probes.ask_kafka()
    if not answer.ok:
        yield fail("kafka", answer.reason, "python -m devstack up kafka")
        return
    try:
        missing = missing_topics(settings.KAFKA, [settings.TOPIC_PREFIX + topic for topic in TOPICS])
    except TransportError as error:
        yield fail("kafka", str(error), "correct the TODO_KAFKA_* settings")
        return
    yield ok("kafka", f"answers at {settings.KAFKA.servers}")
    if missing:
        yield fail("topics", f"missing: {', '.join(missing)}", "manage.py topics")
    else:
        yield ok("topics", f"{len(TOPICS)} there")


def check_dapr() -> Iterator[Finding]:
    """The sidecar, its pub/sub component, and the tokens in both directions."""
    answer = probes.ask_sidecar()
    if not answer.ok:
        yield fail("sidecar", answer.reason, "python -m devstack run manage.py relay")
    else:
        yield check_sidecar_component()
    if settings.DAPR.app_token:
        yield ok("app token", "set: calls without it are refused")
    else:
        yield fail(
            "app token", "APP_API_TOKEN is not set: anyone could post events", "export APP_API_TOKEN=…"
        )


def check_sidecar_component() -> Finding:
    """Whether the sidecar accepts our token and has the pub/sub component."""
    url = f"http://127.0.0.1:{settings.DAPR.http_port}/v1.0/metadata"
    request = urllib.request.Request(url, headers={"dapr-api-token": settings.DAPR.api_token})
    try:
        with urllib.request.urlopen(request, timeout=SIDECAR_SECONDS) as response:  # noqa: S310 - loopback
            components = json.load(response).get("components", [])
    except urllib.error.HTTPError as error:
        refused = error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        mend = "export DAPR_API_TOKEN=… as the sidecar has it" if refused else "see the sidecar's log"
        return fail("sidecar", f"answers {error.code}", mend)
    except OSError as error:
        return fail("sidecar", str(error), "see the sidecar's log")
    if settings.DAPR.pubsub not in {component["name"] for component in components}:
        return fail(
            "sidecar",
            f"has no component {settings.DAPR.pubsub}",
            "correct TODO_DAPR_PUBSUB or its component file",
        )
    return ok("sidecar", f"answers, with {settings.DAPR.pubsub}")
