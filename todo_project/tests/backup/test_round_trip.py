"""Every table goes from one database to the other and back, and every row is the same to the byte."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask, SolarSchedule
from pytest_django import Settings

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from devstack.testing import require_services
from events_app.models import Cursor, Epoch
from foundation.database.whole_tables import columns_of
from tasks_app.models import DemoChunk, Task
from todo_project.backup.contents import LEFT_OUT, backed_up_models, label_of
from todo_project.backup.proof import find_faults_of_restored
from todo_project.backup.saving import save_backup
from todo_project.tests.backup.archives import files_in
from todo_project.tests.erasure.belongings import make_rich_user
from todo_project.tests.platform.environment import SECRET_KEY, role_environment
from todo_project.tests.up.starting import run_manage

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.django_db(transaction=True),
]

# Texts that some code somewhere takes apart: escapes of COPY and JSON, signs that turn the line, signs of four bytes.
UNUSUAL = (
    "tab\there, line\nthere, \\N \\. \\\\ \"quoted\" 'single' %s $1 \u202e\u0301 \u2028 𐍈👩‍🔧 ﷺ \x7f \\u0000"
)
Found = tuple[str, str, str]
ZONES = ("Pacific/Apia", "Asia/Kathmandu", "America/St_Johns")


@pytest.fixture
def other_database(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the other kind than the one that tests run on."""
    if connection.vendor == "postgresql":
        yield f"sqlite:///{tmp_path / 'other.sqlite3'}"
        return
    stack, name = require_services("postgresql"), f"backup_{uuid4().hex[:12]}"
    stack.create_database(name)
    yield stack.postgresql.url(name)
    stack.drop_database(name)


@pytest.fixture
def rich(tmp_path: Path, settings: Settings) -> Path:
    """A backup of a database with unusual rows in every table."""
    settings.AUDIT_KEYS = (f"1:{SECRET_KEY}",)  # as every process of `role_environment`
    user = make_rich_user("rich")
    _make_unusual(user)
    path = tmp_path / "first.tar.gz"
    with path.open("wb") as stream:
        save_backup(stream)
    return path


def _make_unusual(user: User) -> None:
    tasks = list(Task.objects.filter(owner=user).order_by("pk"))
    Task.objects.filter(pk=tasks[0].pk).update(
        description=UNUSUAL, due_date=None, due_time=None, due_instant=None, overdue_at=None
    )
    for zone in ZONES:
        make_user(f"from {zone}", time_zone=zone)
    # Removed at once: its id is never given again.
    User.objects.filter(pk=make_user("gone").pk).delete()
    huge = {"huge": 2**70, "negative": -(2**63), "text": UNUSUAL, "z": {"b": [1.5, None, True], "a": []}}
    DemoChunk.objects.update(task_ids=huge)
    Cursor.objects.filter(consumer="audit").update(
        attempts=3,
        blocked_at=timezone.now(),
        retry_at=timezone.now().replace(microsecond=0),
        last_error=UNUSUAL,
    )
    group = Group.objects.create(name="operators")
    group.permissions.set(Permission.objects.all()[:3])
    user.groups.add(group)
    user.user_permissions.set(Permission.objects.all()[3:5])
    every = IntervalSchedule.objects.create(every=5, period="seconds")
    PeriodicTask.objects.create(name="of ours", task="x", interval=every, kwargs='{"a": 1}')
    SolarSchedule.objects.create(event="sunset", latitude="40.416775", longitude="-3.7")


def _moved(path: Path, url: str, expected: set[Found]) -> Path:
    """Restore a backup into a database and return a backup of that; the proof finds what was found before."""
    environment, again = role_environment({"TODO_DATABASE_URL": url}), path.with_name(f"again-{path.name}")
    done = run_manage("restore", str(path), "--json", environment=environment)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    found = {(line["check"], line["subject"], line["detail"]) for line in said if "check" in line}
    assert found == expected, done.stderr
    assert done.returncode == (1 if any(line.get("kind") == "broken" for line in said) else 3)
    done = run_manage("backup", str(again), environment=environment)
    assert done.returncode == 0, done.stderr
    return again


def _found_here() -> set[Found]:
    """What the proof finds in the database of the tests, which has no triggers."""
    findings = find_faults_of_restored()
    return {(each.check, each.subject, each.detail) for each in findings if each.check != "audit.protection"}


def test_it_is_the_same_to_the_byte_after_the_other_database_and_back(
    rich: Path, other_database: str, tmp_path: Path
) -> None:
    first = files_in(rich)
    expected = _found_here()
    others = _moved(rich, other_database, expected)
    back = _moved(others, f"sqlite:///{tmp_path / 'back.sqlite3'}", expected)

    for again in (files_in(others), files_in(back)):
        assert again.keys() == first.keys()
        differing = [name for name in first if name.endswith(".jsonl") and first[name] != again[name]]
        assert differing == []
        sums = json.loads(again["sums.json"])
        assert sums["tables"] == json.loads(first["sums.json"])["tables"]
    epochs = {
        json.loads(files["manifest.json"])["epoch"] for files in (first, files_in(others), files_in(back))
    }
    assert len(epochs) == 3


def test_every_table_with_rows_is_in_it_and_says_what_the_models_say(rich: Path) -> None:
    files = files_in(rich)
    tables = {name.split("-")[1].rsplit(".", 2)[0] for name in files if name.endswith(".jsonl")}
    filled = {label_of(model) for model in backed_up_models() if model._base_manager.exists()}
    assert tables == filled
    assert not tables & LEFT_OUT.keys()
    [name] = [name for name in files if "-tasks_app.task." in name]
    columns = [field.attname for field in columns_of(Task)]
    for line, task in zip(files[name].splitlines(), Task.objects.order_by("pk"), strict=True):
        row = dict(zip(columns, orjson.loads(line), strict=True))
        assert (row["id"], row["title"], row["description"], row["floating"]) == (
            task.pk,
            task.title,
            task.description,
            task.floating,
        )
        assert datetime.fromisoformat(row["created_at"]) == task.created_at
        assert row["due_date"] == (task.due_date and str(task.due_date))
        assert (None if row["recurrence"] is None else json.loads(row["recurrence"])) == task.recurrence


def test_a_model_that_is_left_out_or_of_the_installation_exists() -> None:
    from django.apps import apps  # noqa: PLC0415

    from todo_project.backup.contents import OF_INSTALLATION  # noqa: PLC0415

    labels = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    assert LEFT_OUT.keys() | OF_INSTALLATION <= labels
    assert not LEFT_OUT.keys() & OF_INSTALLATION
    assert Epoch._meta.label_lower in LEFT_OUT
