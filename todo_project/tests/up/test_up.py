"""The whole platform in one process, started and stopped as people do it."""

import json
import signal
import socket
import stat
from pathlib import Path

import httpx
import pytest

from devstack.ports import LOOPBACK
from devstack.waiting import wait_until
from todo_project.tests.platform.roles import PATIENCE, Stopwatch
from todo_project.tests.up.starting import Running, Start, installation, run_manage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROLES = {"web", "sockets", "relay", "deliver", "worker", "beat"}


def test_every_role_runs(running: Running) -> None:
    told = running.ready()
    assert {role["role"] for role in told["roles"] if role["alive"]} == ROLES
    assert told["missing"] == []


def test_the_password_of_the_first_start_signs_in(running: Running) -> None:
    with running.signed_in(running.password) as client:
        assert client.get("/api/auth/me/").json()["username"] == "admin"


def test_the_password_is_in_no_log_and_its_file_and_the_key_are_for_their_owner(running: Running) -> None:
    assert running.password not in running.role.output
    for name in ("secret_key", "admin_password"):
        assert stat.S_IMODE((running.data_dir / name).stat().st_mode) == 0o600


def test_sqlite_keeps_a_write_ahead_log(running: Running) -> None:
    assert running.value("PRAGMA journal_mode") == "wal"


def test_what_another_process_writes_is_applied(running: Running) -> None:
    script = (
        "from accounts_app.models import User\n"
        "from accounts_app.operations.preferences import change_preferences\n"
        "change_preferences(User.objects.get(username='admin').pk, {'time_zone': 'Europe/Berlin'})\n"
    )
    done = run_manage("shell", "--no-imports", "--command", script, environment=running.environment)
    assert done.returncode == 0, done.stderr
    applied = "SELECT COUNT(*) FROM audit_app_auditentry WHERE type = 'preferences.updated'"
    assert wait_until(lambda: running.value(applied) == 1, seconds=PATIENCE)


def test_celery_s_worker_runs_what_beat_sends(running: Running) -> None:
    detail = "SELECT json_extract(detail, '$.jobs') FROM events_app_heartbeat WHERE role = 'worker'"
    before = running.value(detail)
    assert wait_until(lambda: running.value(detail) > before, seconds=PATIENCE)


def test_doctor_finds_everything_well(running: Running) -> None:
    done = run_manage("doctor", "--json", environment=running.environment)
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert [finding for finding in findings if finding["level"] != "OK"] == []
    assert done.returncode == 0
    assert {finding["name"] for finding in findings} > ROLES


def test_a_port_that_is_set_and_taken_is_refused(running: Running, start: Start) -> None:
    port = running.url.rpartition(":")[2]
    refused = start(TODO_PORT=port).role.may_end()
    assert refused.ended() == 2
    assert f"TODO_PORT={port} is taken" in refused.output
    assert "Traceback" not in refused.output


def test_a_second_platform_on_the_same_folder_is_refused(running: Running, start: Start) -> None:
    refused = start(running.data_dir).role.may_end()
    assert refused.ended() == 2
    assert "runs on" in refused.output
    assert "Traceback" not in refused.output
    assert running.ready()["status"] == "ok"


def test_two_signals_stop_it_and_a_second_start_keeps_everything(start: Start) -> None:
    first = start()
    password = first.becomes_ready().password
    with first.signed_in(password) as client:
        task = client.post("/api/tasks/", json={"title": "Keep me"}).json()
    watch = Stopwatch()
    first.role.signal(signal.SIGINT)
    first.role.signal(signal.SIGTERM)
    assert first.role.ended() == 0
    assert watch.seconds < 15
    assert first.value("SELECT COUNT(*) FROM events_app_heartbeat") == 0
    assert first.value("SELECT COUNT(*) FROM events_app_lease") == 0

    second = start(first.data_dir).becomes_ready()
    assert "admin, as before" in second.role.output
    with second.signed_in(password) as client:
        assert client.get(f"/api/tasks/{task['id']}/").json()["title"] == "Keep me"
    assert second.role.stop() == 0


def test_a_signal_while_it_starts_stops_it(start: Start) -> None:
    starting = start().role.may_end()
    assert wait_until(lambda: "Todo runs at" in starting.output, seconds=PATIENCE)
    starting.signal(signal.SIGTERM)
    assert starting.ended() == 0


def test_killed_it_starts_again_and_finds_its_folder_free(start: Start) -> None:
    killed = start().becomes_ready()
    killed.role.kill()
    again = start(killed.data_dir)
    assert httpx.get(f"{again.url}/livez", timeout=PATIENCE).status_code == 200
    assert again.role.stop() == 0


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TODO_PORT", "eighty", "TODO_PORT must be a whole number"),
        ("TODO_EVENT_TRANSPORT", "pigeon", "TODO_EVENT_TRANSPORT must be one of"),
        ("TODO_DATABASE_URL", "mysql://root:hunter2@localhost/todo", "TODO_DATABASE_URL must be a URL"),
        ("TODO_DATA_DIR", "/proc/nowhere", "TODO_DATA_DIR=/proc/nowhere cannot be used"),
        ("TODO_HOST", "192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, variable: str, value: str, said: str) -> None:
    done = run_manage("up", environment=installation(tmp_path, **{variable: value}))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "hunter2" not in done.stderr


def test_a_database_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as held:  # bound and not listening: nobody else answers there either
        held.bind((LOOPBACK, 0))
        where = f"{LOOPBACK}:{held.getsockname()[1]}/todo"
        environment = installation(tmp_path, TODO_DATABASE_URL=f"postgresql://todo:hunter2@{where}")
        done = run_manage("up", environment=environment)
    assert done.returncode == 1
    assert f"PostgreSQL at {where}" in done.stderr
    assert "python -m devstack up postgresql" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "hunter2" not in done.stderr
