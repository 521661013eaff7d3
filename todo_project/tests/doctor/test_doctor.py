"""What `manage.py doctor` says when something is not well, and what it names to mend it."""

import json
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import OperationalError, connection

from accounts_app.credentials.encryption import encrypt_secret
from accounts_app.models import SecondFactor
from accounts_app.operations.second_factors.sealing import reseal_second_factors
from accounts_app.tests.factories import make_user
from audit_app import protection
from audit_app.verification.positions import store_fault
from events_app.consumers.registration import pause, register_consumers
from events_app.models import Consumer, Cursor, DeadLetter, Epoch, Stream
from events_app.operating.epoch_note import renew
from events_app.runtime.heartbeats import beat
from events_app.transports.options import DaprOptions, KafkaOptions
from foundation.database.transactions import database_now
from tasks_app.models import SearchText, Series, Task
from tasks_app.tests.helpers import make_task
from todo_project.doctor import Finding, Level, database, examine, machine, platform, services
from todo_project.health import readiness

FAIL, OK, WARN = Level.FAIL, Level.OK, Level.WARN


def named(name: str, findings: Iterator[Finding]) -> Finding:
    """The finding of that name."""
    return next(finding for finding in findings if finding.name == name)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port where nothing listens, kept from others."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


class TestMachine:
    def test_a_key_that_others_can_read_is_closed_by_the_command_given(self, tmp_path: Path) -> None:
        key = tmp_path / "secret_key"
        key.write_text("key")
        key.chmod(0o644)
        finding = machine.check_secret_key_file(key)
        assert finding.level is FAIL
        subprocess.run(finding.mend, shell=True, check=True)  # noqa: S602 - the point of the command
        assert machine.check_secret_key_file(key).level is OK

    def test_little_disk_warns_and_a_full_one_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for free, level in ((10 * machine.GIB, OK), (machine.GIB // 2, WARN), (1000, FAIL)):
            monkeypatch.setattr("shutil.disk_usage", lambda _, free=free: type("Usage", (), {"free": free}))
            assert machine.check_data_dir(tmp_path).level is level

    def test_a_missing_data_folder_fails(self, tmp_path: Path) -> None:
        assert machine.check_data_dir(tmp_path / "nowhere").level is FAIL

    def test_pages_whose_styles_were_not_collected_fail_until_they_are(
        self, tmp_path: Path, settings: LazySettings
    ) -> None:
        hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
        settings.STATIC_ROOT = str(tmp_path)
        assert machine.check_static_files().level is OK
        settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": hashed}}
        finding = machine.check_static_files()
        assert (finding.level, finding.mend) == (FAIL, "manage.py collectstatic --no-input")
        (tmp_path / "staticfiles.json").write_text(
            '{"version": "1.1", "hash": "", "paths": {"a.css": "a.1.css"}}'
        )
        settings.STORAGES = {**settings.STORAGES}  # as another process would read it
        assert machine.check_static_files().level is OK

    def test_misspelt_settings_are_named(self, settings: LazySettings) -> None:
        settings.UNKNOWN_VARIABLES = ("TODO_PROT",)
        finding = machine.check_unknown_settings()
        assert finding.level is WARN
        assert "unset TODO_PROT" in finding.mend

    def test_a_package_that_is_not_as_locked_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lock = tmp_path / "requirements.txt"
        lock.write_text("django==1.0 \\\n    --hash=sha256:00\n")
        monkeypatch.setattr(machine, "_LOCK", lock)
        finding = machine.check_packages()
        assert finding.level is FAIL
        assert "django" in finding.detail


@pytest.mark.django_db
class TestDatabase:
    def test_missing_migrations_fail(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'audit_app'")
        finding = named("migrations", database.check_database())
        assert finding.level is FAIL
        assert finding.mend == "manage.py migrate"

    def test_a_database_that_is_away_fails_and_ends_what_needs_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise OperationalError("connection refused")

        monkeypatch.setattr(connection, "cursor", refuse)
        findings = list(examine())
        assert named("database", iter(findings)).level is FAIL
        assert "relay" not in {finding.name for finding in findings}

    def test_clocks_that_are_apart_warn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def ahead() -> object:
            return database_now().replace(year=2999)

        monkeypatch.setattr(database, "database_now", ahead)
        assert named("clock", database.check_database()).level is WARN


class TestServices:
    def test_redis_that_is_away_fails(self, settings: LazySettings, closed_port: int) -> None:
        settings.REDIS_URL = f"redis://127.0.0.1:{closed_port}/0"
        assert "python -m devstack up redis" in services.check_redis().mend

    def test_roles_apart_without_redis_warn(self, settings: LazySettings) -> None:
        settings.EVENT_TRANSPORT, settings.REDIS_URL = "kafka", ""
        assert services.check_redis().level is WARN

    def test_kafka_that_is_away_fails(self, settings: LazySettings, closed_port: int) -> None:
        settings.KAFKA = KafkaOptions(bootstrap_servers=(f"127.0.0.1:{closed_port}",))
        [finding] = services.check_kafka()
        assert finding.level is FAIL
        assert finding.mend == "python -m devstack up kafka"

    def test_a_sidecar_that_is_away_and_no_token_fail(self, settings: LazySettings, closed_port: int) -> None:
        settings.DAPR = DaprOptions(http_port=closed_port)
        assert [finding.level for finding in services.check_dapr()] == [FAIL, FAIL]


@pytest.mark.django_db
class TestPlatform:
    @pytest.mark.usefixtures("well")
    def test_all_is_well(self) -> None:
        assert {finding.level for finding in platform.check_platform()} == {OK}

    def test_a_silent_role_warns_with_what_starts_it(self, settings: LazySettings) -> None:
        assert named("worker", platform.check_platform()).mend == "make run"
        settings.EVENT_TRANSPORT = "kafka"
        assert named("consumer:audit", platform.check_platform()).mend == "manage.py consume audit"
        assert named("deliver", platform.check_platform()).mend == "manage.py deliver"
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        assert named("worker", platform.check_platform()).mend == "manage.py worker"
        assert named("deliver", platform.check_platform()).mend == "manage.py worker deliveries"

    @pytest.mark.parametrize(
        ("host", "proxies", "level"),
        [
            ("0.0.0.0", 0, WARN),  # noqa: S104 - what is warned of
            ("::", 0, WARN),
            ("192.0.2.1", 0, WARN),
            ("", 0, WARN),
            ("0.0.0.0", 1, OK),  # noqa: S104
            ("127.0.0.1", 0, OK),
            ("[::1]", 0, OK),
            ("localhost", 0, OK),
        ],
    )
    def test_web_as_the_edge_warns(self, host: str, proxies: int, level: Level) -> None:
        beat("web", {"host": host, "trusted_proxies": proxies})
        finding = named("edge", platform.check_platform())
        assert finding.level is level
        assert ("before-you-expose-it.md" in finding.mend) is (level is WARN)

    def test_one_process_has_no_web_role_of_gunicorn_to_judge(self) -> None:
        beat("web")
        assert "edge" not in {finding.name for finding in platform.check_platform()}

    def test_a_cluster_without_redis_has_no_celery(self, settings: LazySettings) -> None:
        settings.EVENT_TRANSPORT = "kafka"
        found = {finding.name for finding in platform.check_platform()}
        assert {"deliver", "relay"} <= found
        assert found.isdisjoint({"worker", "beat"})

    @pytest.mark.usefixtures("well")
    def test_a_trail_that_was_found_wrong_fails(self) -> None:
        store_fault(7, first_bad=3, right_entries=2, reason="it lies beyond the end of the chain")
        finding = named("audit trail", platform.check_platform())
        assert finding.level is FAIL
        assert "user 7 is wrong from sequence 3" in finding.detail
        assert finding.mend == "manage.py audit_verify --user 7"

    @pytest.mark.usefixtures("well")
    def test_a_blocked_stream_fails(self) -> None:
        stream = Stream.objects.create(key="user:1", head=3)
        Cursor.objects.create(consumer="audit", stream=stream, blocked_at=database_now())
        finding = named("audit", platform.check_platform())
        assert finding.level is FAIL
        assert "1 streams blocked" in finding.detail
        assert "3 events behind" in finding.detail

    @pytest.mark.usefixtures("well")
    def test_a_dead_letter_warns(self) -> None:
        stream = Stream.objects.create(key="user:1")
        DeadLetter.objects.create(
            consumer="realtime", stream=stream, seq=1, event_id=uuid.uuid4(), type="x", error="", attempts=8
        )
        assert named("realtime", platform.check_platform()).mend == "manage.py dead_letters list"

    @pytest.mark.usefixtures("well")
    def test_a_paused_consumer_warns(self) -> None:
        pause(["audit"])
        assert named("audit", platform.check_platform()).mend == "manage.py consumers resume audit"

    def test_second_factors_under_a_fallback_key_warn_until_they_are_encrypted_anew(
        self, settings: LazySettings
    ) -> None:
        before, after = settings.SECRET_KEY, "another key than the one before, long enough to sign with"
        SecondFactor.objects.create(user=make_user(), sealed_secret=encrypt_secret("JBSWY3DPEHPK3PXP"))
        assert platform.check_second_factors().level is OK
        settings.SECRET_KEY = after
        lost = platform.check_second_factors()
        assert (lost.level, "no known secret key opens those of 1 people" in lost.detail) == (WARN, True)
        assert "TODO_SECRET_KEY_FALLBACKS" in lost.mend
        settings.SECRET_KEY_FALLBACKS = [before]
        assert platform.check_second_factors().mend == "manage.py prepare"
        reseal_second_factors()
        settings.SECRET_KEY_FALLBACKS = []
        assert platform.check_second_factors().level is OK

    def test_an_audit_trail_that_the_database_does_not_protect_fails(self) -> None:
        protection.install(connection)
        assert named("audit trail", platform.check_platform()).level is OK
        with connection.cursor() as cursor:
            table = f" ON {protection.HEADS}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER audit_head_only_forward{table}")
        finding = named("audit trail", platform.check_platform())
        assert (finding.level, "audit_head_only_forward" in finding.detail) == (FAIL, True)
        _, _, code = finding.mend.partition("-c ")
        exec(code.strip("'"))  # noqa: S102 - the point of the command
        assert named("audit trail", platform.check_platform()).level is OK


@pytest.mark.django_db
@pytest.mark.parametrize(("role_lives", "code"), [(True, None), (False, 3)])
def test_the_exit_code_is_the_worst_finding(
    role_lives: bool, code: int | None, capsys: pytest.CaptureFixture[str], settings: LazySettings
) -> None:
    settings.USES_DATA_DIR = False
    protection.install(connection)
    register_consumers()
    Consumer.objects.update(state=Consumer.State.LIVE)
    for role in readiness.expected_roles():
        if role_lives:
            beat(role)
    renew(Epoch.Reason.ASKED)
    if code is None:
        call_command("doctor", "--json")
    else:
        with pytest.raises(SystemExit) as ended:
            call_command("doctor", "--json")
        assert ended.value.code == code
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"level", "name", "detail", "mend"} == findings[0].keys()
    assert all(finding["mend"] for finding in findings if finding["level"] != "OK")


@pytest.mark.django_db
class TestTasks:
    def test_a_series_that_is_stuck_warns_and_names_the_page_that_says_why(self) -> None:
        assert platform.check_tasks().level is OK
        now = database_now()
        Series.objects.create(
            owner=make_user(), title="Water plants", rule="FREQ=DAILY", start="2026-05-04", created_at=now,
            stuck_since=now, stuck_retry_at=now, stuck_reason="ArithmeticError: planted", stuck_attempts=1,
        )  # fmt: skip
        finding = platform.check_tasks()
        assert (finding.level, finding.detail.split(",")[0]) == (WARN, "1 series stuck")
        assert "/admin/tasks_app/series/?stuck_since__isempty=0" in finding.mend

    def test_tasks_that_an_older_release_indexed_warn_and_one_command_indexes_them(self) -> None:
        make_task(make_user(), "E-mail")
        assert platform.check_search().level is OK
        SearchText.objects.update(version=1)
        finding = platform.check_search()
        assert (finding.level, finding.mend) == (WARN, "manage.py reindex_search")
        call_command(*finding.mend.split()[1:])
        assert platform.check_search().level is OK

    def test_tasks_that_an_older_release_wrote_warn_and_one_command_makes_their_documents(self) -> None:
        make_task(make_user(), "E-mail")
        assert platform.check_documents().level is OK
        Task.objects.update(document_format=0)
        finding = platform.check_documents()
        assert (finding.level, finding.mend) == (WARN, "manage.py rewrite_documents")
        call_command(*finding.mend.split()[1:])
        assert platform.check_documents().level is OK
