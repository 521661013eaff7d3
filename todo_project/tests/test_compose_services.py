"""The services of compose.yaml, started from what it says: nobody gets in without an account."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
import redis
from kafka import KafkaAdminClient

from devstack import Stack
from devstack.kafka.protocol import brokers_known
from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK, pick
from devstack.process import Command, spawn
from devstack.testing import require_services
from devstack.tools import find
from devstack.waiting import wait_until
from events_app.transports.base import TransportUnavailable
from events_app.transports.kafka_broker import open_client
from events_app.transports.options import KafkaOptions
from todo_project.settings.env import Env, load
from todo_project.tests.platform.compose import COMPOSE, environment_of, interpolate, secret
from todo_project.tests.platform.roles import PATIENCE

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(300)]


def platform_env() -> Env:
    """What the roles read from compose.yaml."""
    return load(environment_of("web"), production=True)


# ---- Redis


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    require_services("redis")
    [port] = pick(1)
    settings = tmp_path / "redis.conf"
    settings.write_text(interpolate(COMPOSE["configs"]["redis"]["content"]))
    where = ["--bind", LOOPBACK, "--port", str(port), "--dir", str(tmp_path)]
    process = spawn(
        Command([find("redis-server") or "redis-server", str(settings), *where]), log=tmp_path / "log"
    )
    try:
        assert wait_until(lambda: _listens(port), seconds=PATIENCE), (tmp_path / "log").read_text()
        yield port
    finally:
        process.stop(15, grace_seconds=10)


def _listens(port: int) -> bool:
    try:
        redis.Redis(LOOPBACK, port).ping()
    except redis.AuthenticationError:
        return True
    except redis.ConnectionError:
        return False
    return True


def test_redis_lets_the_platform_in_and_nobody_else(redis_port: int) -> None:
    url = platform_env().redis_url.replace("redis:6379", f"{LOOPBACK}:{redis_port}")
    with redis.Redis.from_url(url) as client:
        assert client.ping() is True
    with redis.Redis(LOOPBACK, redis_port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.publish("asgi", "anything")


def test_redis_answers_its_health_check(redis_port: int) -> None:
    _, program, *arguments = COMPOSE["services"]["redis"]["healthcheck"]["test"]
    probe = [find(program) or program, "-p", str(redis_port), *arguments]
    for password, code in ((environment_of("redis")["REDISCLI_AUTH"], 0), ("wrong", 1)):
        done = subprocess.run(
            probe, env={**os.environ, "REDISCLI_AUTH": password}, capture_output=True, check=False
        )
        assert done.returncode == code, done


# ---- PostgreSQL


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Stack]:
    """A server on which the init script has run; role and database have a name of the test's own."""
    stack = require_services("postgresql")
    name, owner = f"compose_{os.getpid()}", f"compose_{os.getpid()}_owner"
    admin = stack.postgresql.url("postgres", admin=True)
    environment = {
        **os.environ,
        **environment_of("postgres"),
        "OWNER_ROLE": owner,
        "APPLICATION_ROLE": name,
        "PGHOST": LOOPBACK,
        "PGPORT": str(stack.endpoint("postgresql").port),
        "PGPASSWORD": stack.postgresql.password,
    }
    script = REPOSITORY / "devstack" / "compose" / "postgres" / "create-roles.sh"
    try:
        for _ in range(2):
            subprocess.run(["sh", script], env=environment, check=True)
        yield stack
    finally:
        for thing in (f"DATABASE IF EXISTS {name}", f"ROLE IF EXISTS {name}", f"ROLE IF EXISTS {owner}"):
            _run(admin, f"DROP {thing}")


def _run(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


@pytest.mark.parametrize("role", ["owner", "platform"])
def test_a_role_has_no_rights_beside_the_database(database: Stack, role: str) -> None:
    url = _url(database, role)
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
            " WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False,) * 5
    connection.close()
    for statement in ("COPY (SELECT 1) TO PROGRAM 'true'", "CREATE ROLE another SUPERUSER"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            _run(url, statement)


def test_the_owner_makes_tables_and_the_platform_s_role_makes_none(database: Stack) -> None:
    _run(_url(database, "owner"), "CREATE TABLE made_by_a_migration (id int)")
    for statement in (
        "CREATE TABLE another (id int)",
        "DROP TABLE made_by_a_migration",
        "CREATE TEMP TABLE another (id int)",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            _run(_url(database, "platform"), statement)


def _url(database: Stack, role: str) -> str:
    """The URL of a service that has this role, with the names of this test."""
    name = f"compose_{os.getpid()}"
    url = environment_of("prepare" if role == "owner" else "web")["TODO_DATABASE_URL"]
    url = url.replace("//todo_owner:", f"//{name}_owner:").replace("//todo:", f"//{name}:")
    place = f"{LOOPBACK}:{database.endpoint('postgresql').port}"
    return url.replace("postgres:5432/todo", f"{place}/{name}")


# ---- Kafka


class Broker:
    """The broker of compose.yaml with folders and ports of a test's own."""

    def __init__(self, folder: Path) -> None:
        self.java = require_services("kafka").kafka.java
        self.clients, self.local, controller = pick(3)
        self.settings = folder / "server.properties"
        self._changes = {
            "CLIENTS://kafka:9092": f"CLIENTS://{LOOPBACK}:{self.clients}",
            "CLIENTS://:9092": f"CLIENTS://{LOOPBACK}:{self.clients}",
            "127.0.0.1:9094": f"{LOOPBACK}:{self.local}",
            "127.0.0.1:9093": f"{LOOPBACK}:{controller}",
            "/var/lib/kafka/data": str(folder / "log"),
        }
        self.settings.write_text("".join(f"{name}={value}\n" for name, value in self._properties()))
        self.home = folder / "home"
        tool = self.home / "bin" / "kafka-configs.sh"
        tool.parent.mkdir(parents=True)
        tool.write_text(f'#!/bin/sh\nexec {shlex.join(self.java("kafka.admin.ConfigCommand"))} "$@"\n')
        tool.chmod(0o755)

    def _properties(self) -> Iterator[tuple[str, str]]:
        """Settings as the image makes them of variables: https://github.com/apache/kafka, KafkaDockerWrapper."""
        for name, value in environment_of("kafka").items():
            key = name.removeprefix("KAFKA_").lower().replace("_", ".")
            yield key.replace("...", "-").replace("..", "_"), self._here(value)

    def _here(self, value: str) -> str:
        for old, new in self._changes.items():
            value = value.replace(old, new)
        return value

    def format(self) -> None:
        cluster = "5L6g3nShT-eMCtK--X86sw"  # the image's own, which it uses unless it is given one
        command = [*self.java("kafka.tools.StorageTool"), "format", f"--cluster-id={cluster}", "-c"]
        subprocess.run([*command, str(self.settings)], check=True, capture_output=True)

    def create_account(self, password: str) -> None:
        """Run the service `account`."""
        given = {**environment_of("account"), "LOCAL_LISTENER": f"{LOOPBACK}:{self.local}"}
        environment = {**os.environ, **given, "KAFKA_HOME": str(self.home), "ACCOUNT_PASSWORD": password}
        script = REPOSITORY / "devstack" / "compose" / "kafka" / "create-account.sh"
        done = subprocess.run(["sh", script], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def options(self) -> KafkaOptions:
        """How the platform reaches the broker, but for the address."""
        env = platform_env()
        return KafkaOptions(
            bootstrap_servers=(f"{LOOPBACK}:{self.clients}",),
            security_protocol=env.kafka_security_protocol,
            sasl_mechanism=env.kafka_sasl_mechanism,
            username=env.kafka_username,
            password=env.kafka_password,
        )


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    made.format()
    log = tmp_path / "kafka.log"
    process = spawn(Command([*made.java("kafka.Kafka"), str(made.settings)], cwd=tmp_path), log=log)
    try:
        assert wait_until(lambda: brokers_known(made.local) > 0, seconds=2 * PATIENCE), log.read_text()[
            -3000:
        ]
        yield made
    finally:
        process.stop(15, grace_seconds=30)


def is_let_in(options: KafkaOptions) -> bool:
    try:
        with open_client(KafkaAdminClient, options) as admin:
            admin.list_topics()
    except TransportUnavailable:
        return False
    return True


def test_kafka_lets_the_platform_in_and_nobody_else(broker: Broker) -> None:
    ours = broker.options()
    assert not is_let_in(ours), "there is no account yet"
    broker.create_account(secret("TODO_KAFKA_PASSWORD"))
    assert wait_until(lambda: is_let_in(ours), seconds=PATIENCE)
    assert not is_let_in(replace(ours, password="wrong"))
    assert not is_let_in(replace(ours, security_protocol="PLAINTEXT"))

    broker.create_account("another")
    assert wait_until(lambda: is_let_in(replace(ours, password="another")), seconds=PATIENCE)
    assert not is_let_in(ours)


def test_kafka_answers_its_health_check_on_loopback_alone() -> None:
    given = environment_of("kafka")
    [address] = [
        word for word in COMPOSE["services"]["kafka"]["healthcheck"]["test"] if word.startswith("127.")
    ]
    assert f"LOCAL://{address}" in given["KAFKA_LISTENERS"]
    assert "CLIENTS:SASL_PLAINTEXT" in given["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    open_listeners = [each for each in given["KAFKA_LISTENERS"].split(",") if "://127.0.0.1:" not in each]
    assert open_listeners == ["CLIENTS://:9092"]
