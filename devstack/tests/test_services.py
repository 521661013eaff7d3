"""Real services in a stack that belongs to this module alone: started, broken, stopped and found again."""

import signal
import ssl
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from devstack import MissingTool, ServiceFailed, Stack, temporary_stack
from devstack.cli import in_ci
from devstack.process import Process
from devstack.waiting import wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    try:
        with temporary_stack("postgresql", "redis", "kafka") as own:
            yield own
    except MissingTool as missing:
        if in_ci():
            raise
        pytest.skip(str(missing))


def create_topic(stack: Stack, **options: object) -> str:
    topic = f"topic-{uuid.uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=stack.kafka.bootstrap_servers(), **options)
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    admin.close()
    return topic


def produce(topic: str, value: bytes, **client: object) -> None:
    producer = KafkaProducer(acks="all", **client)
    producer.send(topic, value).get(timeout=20)
    producer.close()


def consume_one(topic: str, **client: object) -> bytes:
    consumer = KafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, **client)
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    records: list[bytes] = []

    def arrived() -> bool:
        records.extend(record.value for record in consumer.poll(timeout_ms=500).get(partition, []))
        return bool(records)

    assert wait_until(arrived, seconds=20)
    consumer.close()
    return records[0]


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def test_starting_twice_changes_nothing(stack: Stack) -> None:
    before = {name: service.process() for name, service in stack.services.items()}

    stack.require("postgresql", "redis", "kafka")

    assert {name: service.process() for name, service in stack.services.items()} == before


def test_many_who_start_a_service_at_once_get_one_service(tmp_path: Path) -> None:
    stack, together = Stack(tmp_path), threading.Barrier(6)

    def start(_: int) -> Process | None:
        together.wait()
        stack.start("redis")
        return stack.redis.process()

    try:
        with ThreadPoolExecutor(6) as pool:
            processes = list(pool.map(start, range(6)))
        assert len(set(processes)) == 1
        assert stack.redis.log.read_text().count("Ready to accept connections") == 1
    finally:
        stack.down(purge=True)
    assert stack.redis.process() is None
    assert list(tmp_path.iterdir()) == []


def test_down_finds_the_temporary_stacks_that_a_dead_test_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODO_DEVSTACK_DIR", str(tmp_path))
    with temporary_stack("redis") as left:
        process = left.redis.process()
        Stack().down()

    assert process is not None
    assert not process.is_alive()
    assert not left.home.directory.exists()


def test_status_names_what_runs_and_what_does_not(stack: Stack) -> None:
    conditions = {row.name: row.condition for row in stack.status()}

    assert conditions["postgresql"] == conditions["redis"] == conditions["kafka"] == "OK"
    assert conditions["scheduler"] in {"stopped", "missing"}


def test_a_second_stack_lives_beside_the_first(stack: Stack) -> None:
    with temporary_stack("redis") as second:
        with (
            redis.Redis.from_url(stack.redis.url()) as first_client,
            redis.Redis.from_url(second.redis.url()) as client,
        ):
            first_client.set("whose", "first")
            client.set("whose", "second")
            assert first_client.get("whose") == b"first"
        assert not set(stack.redis.ports.values()) & set(second.redis.ports.values())
        process = second.redis.process()
        directory = second.home.directory

    assert process is not None
    assert not process.is_alive()
    assert not directory.exists()
    assert stack.redis.is_ready()


def test_the_application_may_not_do_everything_on_postgresql(stack: Stack) -> None:
    assert query(stack.postgresql.url(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [
        (False,)
    ]


def test_a_database_is_created_once_and_dropped_under_a_connection(stack: Stack) -> None:
    url = stack.create_database("for_one_test")
    assert stack.create_database("for_one_test") == url
    connection = psycopg2.connect(url)

    stack.drop_database("for_one_test")
    stack.drop_database("for_one_test")

    connection.close()
    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        psycopg2.connect(url)


def test_a_database_name_cannot_smuggle_in_a_statement(stack: Stack) -> None:
    with pytest.raises(ValueError, match="not a database name"):
        stack.create_database("x; DROP DATABASE todo")


def test_postgresql_proves_who_it_is(stack: Stack) -> None:
    encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"

    assert query(stack.postgresql.url(tls=True), encrypted) == [(True,)]
    assert query(stack.postgresql.url(), encrypted) == [(False,)]
    with pytest.raises(psycopg2.OperationalError, match="root certificate"):
        psycopg2.connect(stack.postgresql.url(), sslmode="verify-full", sslrootcert="/dev/null")


def test_postgresql_survives_a_crash_with_its_data(stack: Stack) -> None:
    url, port = stack.postgresql.url(), stack.endpoint("postgresql").port
    query(url, "CREATE TABLE kept (value int); INSERT INTO kept VALUES (42)")

    stack.kill("postgresql", signal.SIGKILL)
    stack.start("postgresql")

    assert query(url, "SELECT value FROM kept") == [(42,)]
    assert stack.endpoint("postgresql").port == port


def test_redis_answers_over_tls_to_those_who_trust_its_authority(stack: Stack) -> None:
    authority = str(stack.home.certificates.authority)
    with redis.Redis.from_url(stack.redis.url(tls=True), ssl_ca_certs=authority) as client:
        assert client.ping()
    with (
        redis.Redis.from_url(stack.redis.url(tls=True)) as distrustful,
        pytest.raises(redis.ConnectionError, match="certificate verify failed"),
    ):
        distrustful.ping()


def test_redis_keeps_its_data_over_a_restart(stack: Stack) -> None:
    with redis.Redis.from_url(stack.redis.url(database=63)) as client:
        client.set("kept", "yes")
    stack.restart("redis")
    with redis.Redis.from_url(stack.redis.url(database=63)) as client:
        assert client.get("kept") == b"yes"


def test_a_paused_service_is_unready_until_it_is_resumed(stack: Stack) -> None:
    stack.pause("redis")
    try:
        assert stack.redis.status().condition == "unready"
    finally:
        stack.resume("redis")
    assert wait_until(lambda: stack.redis.status().condition == "OK", seconds=10)


def test_breaking_what_does_not_run_says_so(stack: Stack) -> None:
    with pytest.raises(ServiceFailed, match="scheduler: is not running"):
        stack.kill("scheduler")


def test_kafka_keeps_its_data_over_a_restart(stack: Stack) -> None:
    topic, servers = create_topic(stack), stack.kafka.bootstrap_servers()
    produce(topic, b"kept", bootstrap_servers=servers)

    stack.restart("kafka")

    assert stack.kafka.bootstrap_servers() == servers
    assert consume_one(topic, bootstrap_servers=servers) == b"kept"


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
def test_kafka_takes_encrypted_clients_with_a_password(stack: Stack, mechanism: str) -> None:
    topic = create_topic(stack)
    client: dict[str, object] = {
        "bootstrap_servers": stack.kafka.bootstrap_servers(secure=True),
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": mechanism,
        "sasl_plain_username": "todo",
        "sasl_plain_password": stack.kafka.password,
        "ssl_context": ssl.create_default_context(cafile=str(stack.home.certificates.authority)),
    }

    produce(topic, b"secret", **client)

    assert consume_one(topic, **client) == b"secret"


def test_run_gives_the_command_its_services_and_hands_back_its_exit_code(stack: Stack) -> None:
    script = "import os, sys; sys.exit(os.environ['TODO_REDIS_URL'] != sys.argv[1] or 7)"
    devstack = [sys.executable, "-m", "devstack", "run", "--services", "redis", "--"]
    answer = subprocess.run(
        [*devstack, sys.executable, "-c", script, stack.redis.url()],
        env={"TODO_DEVSTACK_DIR": str(stack.home.directory), "PATH": "/usr/bin:/bin"},
        check=False,
    )

    assert answer.returncode == 7


def test_secure_variables_name_the_encrypted_listeners(stack: Stack) -> None:
    variables = stack.environment(secure=True)

    assert "sslmode=verify-full" in variables["TODO_DATABASE_URL"]
    assert variables["TODO_REDIS_URL"].startswith("rediss://")
    assert variables["TODO_KAFKA_BOOTSTRAP_SERVERS"] == stack.kafka.bootstrap_servers(secure=True)
