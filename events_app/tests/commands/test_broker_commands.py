"""`topics`, `consume` and `dapr_jobs`: their errors, output and stop; as processes where it matters."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import override_settings

from devstack.ports import LOOPBACK, pick
from devstack.testing import require_services
from devstack.waiting import wait_until
from events_app.consumers.specs import SweepSpec
from events_app.transports.options import DaprOptions, KafkaOptions

NOWHERE = f"{LOOPBACK}:{pick(1)[0]}"
STOPS_WITHIN = 15.0


def upcoming(until: datetime, limit: int) -> list[datetime]:
    return [datetime.now(UTC) + timedelta(seconds=30)]


def run(*words: str) -> tuple[int, str, str]:
    """Run a command; return its exit code, standard output and standard error."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*words, stdout=out, stderr=err)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, out.getvalue(), err.getvalue()


@dataclass
class Started:
    """A command as a process, with its output so far."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def says(self, text: str) -> bool:
        """Return whether the text appears on either output stream in time."""
        return wait_until(lambda: text in self.out.read_text() + self.err.read_text(), seconds=60)

    def stop_twice(self) -> tuple[int, float]:
        """Send SIGTERM twice, as make and the terminal do; return the exit code and the seconds until the end."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60), time.monotonic() - started


@contextmanager
def started(tmp_path: Path, *words: str, **environ: str) -> Iterator[Started]:
    env = {
        **os.environ,
        "TODO_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "todo_project.settings.local",
    }
    env |= environ
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=env, check=True)
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen([sys.executable, "manage.py", *words], env=env, stdout=out, stderr=err)
    try:
        yield Started(process, tmp_path / "out", tmp_path / "err")
    finally:
        process.kill()
        process.wait()


def test_topics_with_the_embedded_transport_says_that_there_are_none() -> None:
    with override_settings(EVENT_TRANSPORT="embedded"):
        code, out, _ = run("topics")

    assert code == 0
    assert "there are no topics" in out


def test_topics_without_a_broker_names_it_and_the_command_that_starts_it() -> None:
    with override_settings(EVENT_TRANSPORT="kafka", KAFKA=KafkaOptions(bootstrap_servers=(NOWHERE,))):
        code, _, err = run("topics")

    assert code == 1
    assert err.count("\n") == 1
    assert NOWHERE in err
    assert "python -m devstack up kafka" in err


@pytest.mark.services
def test_topics_creates_what_is_missing_and_then_says_what_there_is() -> None:
    servers = require_services("kafka").kafka.bootstrap_servers()
    prefix = f"t{uuid4().hex[:8]}-"
    with override_settings(
        EVENT_TRANSPORT="kafka",
        KAFKA=KafkaOptions(bootstrap_servers=(servers,), partitions=2),
        TOPIC_PREFIX=prefix,
    ):
        first = run("topics", "--json")
        again = run("topics", "--json")

    names = [f"{prefix}{name}" for name in ("reminders", "task-events", "task-updates")]
    lines = [{"topic": name, "partitions": 2, "created": True} for name in names]
    assert (first[0], [json.loads(line) for line in first[1].splitlines()]) == (0, lines)
    assert [json.loads(line)["created"] for line in again[1].splitlines()] == [False] * 3


@pytest.mark.parametrize(
    ("transport", "words", "complaint"),
    [
        ("kafka", ["nobody"], "nobody is no consumer; there are recurrence"),
        ("kafka", [], "name the consumers to host, or --all"),
        ("kafka", ["replan"], "served by reconcile"),
        ("embedded", ["audit"], "the transport is embedded"),
        ("dapr", ["audit"], "with Dapr, `manage.py receive` is handed the events"),
    ],
)
def test_consume_refuses_what_it_cannot_host(transport: str, words: list[str], complaint: str) -> None:
    with override_settings(EVENT_TRANSPORT=transport):
        code, out, err = run("consume", *words)

    assert (code, out) == (2, "")
    assert complaint in err


@pytest.mark.slow
def test_consume_waits_for_a_missing_broker_and_stops_on_a_signal(tmp_path: Path) -> None:
    environ = {
        "TODO_EVENT_TRANSPORT": "kafka",
        "TODO_KAFKA_BOOTSTRAP_SERVERS": NOWHERE,
        "TODO_REDIS_URL": f"redis://{NOWHERE}",
        "PYTHONPROFILEIMPORTTIME": "1",
    }
    with started(tmp_path, "consume", "audit", "realtime", **environ) as consume:
        assert consume.says("channels_redis"), "the first push would wait until it is loaded"
        assert consume.says("start it with `python -m devstack up kafka`")
        assert consume.process.poll() is None
        code, seconds = consume.stop_twice()

    assert code == 0
    assert seconds < STOPS_WITHIN
    assert "Traceback" not in consume.err.read_text()


@pytest.mark.services
@pytest.mark.slow
def test_consume_reports_and_stops_when_told(tmp_path: Path) -> None:
    environ = {
        "TODO_EVENT_TRANSPORT": "kafka",
        "TODO_KAFKA_BOOTSTRAP_SERVERS": require_services("kafka").kafka.bootstrap_servers(),
        "TODO_TOPIC_PREFIX": f"t{uuid4().hex[:8]}-",
    }
    with started(tmp_path, "consume", "--all", "--json", **environ) as consume:
        assert consume.says('"realtime"], "state": "consuming"')
        code, seconds = consume.stop_twice()

    assert code == 0
    assert seconds < STOPS_WITHIN
    lines = [json.loads(line) for line in consume.out.read_text().splitlines()]
    assert lines[0]["consuming"] == ["recurrence", "audit", "notifications", "realtime"]
    assert "Traceback" not in consume.err.read_text()


def test_dapr_jobs_refuses_without_dapr() -> None:
    with override_settings(EVENT_TRANSPORT="kafka"):
        code, _, err = run("dapr_jobs")

    assert code == 2
    assert "there is no scheduler" in err


@pytest.mark.django_db
def test_dapr_jobs_without_a_sidecar_names_it() -> None:
    http, grpc = pick(2)
    with override_settings(
        EVENT_TRANSPORT="dapr",
        DAPR=DaprOptions(http_port=http, grpc_port=grpc),
        EVENT_SWEEPS=(
            SweepSpec(name="reminders", function=f"{__name__}.upcoming", instants=f"{__name__}.upcoming"),
        ),
    ):
        code, _, err = run("dapr_jobs", "--once")

    assert code == 1
    assert f"the Dapr sidecar does not answer at 127.0.0.1:{http}" in err
