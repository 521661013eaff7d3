"""What probes and people are told."""

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from events_app.models import Cursor, Heartbeat, Stream
from events_app.runtime import essentials
from events_app.runtime.heartbeats import ALIVE_SECONDS, beat
from events_app.transports.options import KafkaOptions
from foundation.database.transactions import database_now
from todo_project.health import probes, readiness

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer of another test is used again."""
    monkeypatch.setattr(probes, "redis_probe", probes.CachedProbe(probes.ask_redis))
    monkeypatch.setattr(probes, "kafka_probe", probes.CachedProbe(probes.ask_kafka))
    monkeypatch.setattr(probes, "sidecar_probe", probes.CachedProbe(probes.ask_sidecar))


@pytest.fixture
def all_roles() -> None:
    for role in readiness.expected_roles():
        beat(role)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port where nothing listens, kept from others."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.parametrize("path", ["/livez", "/livez/", "/readyz", "/readyz/", "/startupz", "/startupz/"])
def test_health_needs_no_login_and_is_never_cached(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.usefixtures("all_roles")
def test_ready_when_every_role_lives(client: Client) -> None:
    answer = client.get("/readyz").json()
    assert answer["status"] == "ok"
    assert answer["missing"] == []
    assert {role["role"] for role in answer["roles"]} == {"relay", "sockets", "deliver", "worker", "beat"}


@pytest.mark.usefixtures("all_roles")
def test_a_silent_role_is_missing_and_requests_are_still_served(client: Client) -> None:
    long_ago = database_now() - timedelta(seconds=ALIVE_SECONDS + 1)
    Heartbeat.objects.filter(role="worker").update(beat_at=long_ago)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["missing"] == ["worker"]


@pytest.mark.usefixtures("all_roles")
def test_a_blocked_stream_degrades(client: Client) -> None:
    stream = Stream.objects.create(key="user:1")
    Cursor.objects.create(consumer="audit", stream=stream, blocked_at=database_now())
    answer = client.get("/readyz").json()
    assert answer["status"] == "degraded"
    assert answer["waiting"]["blocked_cursors"] == 1


@pytest.mark.usefixtures("all_roles")
def test_redis_that_is_away_is_missing(client: Client, settings: LazySettings, closed_port: int) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port}/0"
    assert client.get("/readyz").json()["missing"] == ["redis"]


def test_kafka_that_is_away_is_missing(client: Client, settings: LazySettings, closed_port: int) -> None:
    settings.EVENT_TRANSPORT = "kafka"
    settings.KAFKA = KafkaOptions(bootstrap_servers=(f"127.0.0.1:{closed_port}",))
    assert "broker" in client.get("/readyz").json()["missing"]


def test_nothing_secret_or_internal_is_shown(client: Client) -> None:
    beat("relay", {"errors": {"relay": "TransportUnavailable: kafka-1.internal:9092"}})
    body = client.get("/readyz").content.decode()
    assert '"failing": ["relay"]' in body
    assert "internal" not in body
    assert socket.gethostname() + ":" not in body


def test_no_database_is_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    for path in ("/readyz", "/startupz"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.json()["missing"] == ["database"]
    assert client.get("/livez").status_code == 200


def test_pending_migrations_are_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'events_app'")
    monkeypatch.setattr(essentials, "migrations_probe", essentials.MigrationsProbe())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["migrations"]


def test_ready_costs_a_handful_of_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/readyz")
    with django_assert_max_num_queries(4):  # the fourth is PostgreSQL's clock
        client.get("/readyz")


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post("/readyz").status_code == 405


def test_an_answer_is_used_again_for_a_while() -> None:
    asked = []

    def ask() -> probes.ProbeAnswer:
        asked.append(1)
        return probes.ProbeAnswer(ok=True)

    probe = probes.CachedProbe(ask)
    assert probe() == probe()
    assert len(asked) == 1
