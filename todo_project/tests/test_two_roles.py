"""The platform runs with a role that cannot alter the audit trail, on tables that belong to another role."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from devstack import Stack
from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK
from devstack.testing import require_services
from devstack.waiting import wait_until
from todo_project.tests.platform.databases import PostgreSQL, Row
from todo_project.tests.platform.environment import role_environment
from todo_project.tests.platform.people import Person, register
from todo_project.tests.platform.platforms import Platform, platform
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import run_manage

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(300)]
PASSWORD = "of a database that lasts as long as this test"


class TwoRoles(PostgreSQL):
    """A database that compose's script has made and that its owner has migrated; `url` is the platform's role's."""

    def __init__(self, stack: Stack) -> None:
        name = f"two_roles_{os.getpid()}"
        super().__init__(stack, name)
        self.port = stack.endpoint("postgresql").port
        self.owner_url = self._url(f"{name}_owner")
        self.url = self._url(name)
        self.superuser_url = stack.postgresql.url(name, admin=True)

    def _url(self, role: str) -> str:
        return f"postgresql://{role}:{PASSWORD.replace(' ', '%20')}@{LOOPBACK}:{self.port}/{self.name}"

    def create(self) -> None:
        """Run the script of compose; repeating is harmless."""
        environment = {
            "PATH": os.environ["PATH"],
            "POSTGRES_USER": "postgres",
            "OWNER_ROLE": f"{self.name}_owner",
            "OWNER_PASSWORD": PASSWORD,
            "APPLICATION_ROLE": self.name,
            "APPLICATION_PASSWORD": PASSWORD,
            "PGHOST": LOOPBACK,
            "PGPORT": str(self.port),
            "PGPASSWORD": self.stack.postgresql.password,
        }
        script = REPOSITORY / "devstack" / "compose" / "postgres" / "create-roles.sh"
        subprocess.run(["sh", script], env=environment, check=True)

    def migrate(self, *, url: str, role: str) -> subprocess.CompletedProcess[str]:
        """Run `migrate` with this URL, for this role of the platform."""
        given = {"TODO_DATABASE_URL": url, "TODO_DATABASE_APPLICATION_ROLE": role}
        return run_manage("migrate", "-v0", environment=role_environment(given))

    def run_as(self, url: str, *statements: str) -> list[Row]:
        """Run statements in one transaction of this role, and return the rows of the last."""
        with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def drop(self) -> None:
        super().drop()
        with closing(psycopg2.connect(self.stack.postgresql.url("postgres", admin=True))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for role in (self.name, f"{self.name}_owner"):
                    cursor.execute(f"DROP ROLE IF EXISTS {role}")


@pytest.fixture
def database() -> Iterator[TwoRoles]:
    made = TwoRoles(require_services("postgresql"))
    try:
        made.create()
        done = made.migrate(url=made.owner_url, role=made.name)
        assert done.returncode == 0, done.stderr
        yield made
    finally:
        made.drop()


@pytest.fixture
def running(tmp_path: Path, database: TwoRoles) -> Iterator[tuple[Platform, Person]]:
    """`up` as the platform's role, and somebody who has done a little of everything."""
    with platform(tmp_path, database, {"TODO_FAULT_MODULE": ""}) as made:
        web = made.up().answers()
        person = register(web.url, "maria")
        _do_everything(person)
        _wait_for_trail(made, person)
        yield made, person


def _do_everything(person: Person) -> None:
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    reminders = [{"offset": "-PT5M"}]
    body = {"title": "Water", "tags": ["home"], "due_at": due, "recurrence": "daily", "reminders": reminders}
    task = person.call("POST", "/api/tasks/", body, expect=201)
    person.call("PATCH", f"/api/tasks/{task['id']}/", {"title": "Water the plants"})
    person.call("PUT", f"/api/tasks/{task['id']}/completion/")
    other = person.call("POST", "/api/tasks/", {"title": "Other"}, expect=201)
    person.call("DELETE", f"/api/tasks/{other['id']}/", expect=204)
    person.call("PATCH", "/api/auth/me/", {"time_zone": "Asia/Tokyo"})
    assert person.call("GET", "/api/tasks/?search=plants")["results"]


def _wait_for_trail(made: Platform, person: Person) -> None:
    def is_applied() -> bool:
        trail = made.database.value("SELECT COUNT(*) FROM audit_app_auditentry WHERE user_id = %s", person.id)
        return bool(trail >= 7 and trail == made.head(person.id))

    assert wait_until(is_applied, seconds=PATIENCE)
    made.settles()


def verify(made: Platform) -> subprocess.CompletedProcess[str]:
    return run_manage("audit_verify", environment=made.environment)


def test_the_platform_does_all_it_does_and_can_not_alter_the_trail(
    running: tuple[Platform, Person], database: TwoRoles
) -> None:
    made, person = running
    assert person.call("GET", "/api/audit/verify/")["ok"] is True
    made.finds_nothing()
    assert "FAIL" not in run_manage("doctor", environment=made.environment).stdout
    for statement in (
        "DELETE FROM audit_app_auditentry",
        "UPDATE audit_app_auditentry SET actor_id = 'another'",
        "TRUNCATE audit_app_auditentry",
        "DELETE FROM audit_app_audithead",
        "DELETE FROM audit_app_trailanchor",
        f"INSERT INTO audit_app_forgottentrail SELECT {person.id}, 0, 'f', now(), 1, 'f'",
        "ALTER TABLE audit_app_auditentry DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entry_no_delete ON audit_app_auditentry",
        "CREATE OR REPLACE FUNCTION audit_app_refuse() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
        "SET session_replication_role = replica",
        "CREATE TEMP TABLE audit_app_forgottentrail (user_id bigint)",
        "DELETE FROM django_migrations",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            database.run_as(database.url, statement)
    with pytest.raises(psycopg2.errors.RestrictViolation):
        database.run_as(database.url, "UPDATE audit_app_audithead SET entries = 1")
    assert verify(made).returncode == 0


def test_the_platform_forgets_who_is_marked_as_deleted_and_nobody_else(
    running: tuple[Platform, Person], database: TwoRoles
) -> None:
    made, person = running
    forget = f"SELECT audit_forget({person.id}, now(), 1::smallint, 'no seal', 100)"
    with pytest.raises(psycopg2.errors.RestrictViolation, match="not marked as deleted"):
        database.run_as(database.url, forget)
    code = (
        "from events_app.models import Stream; from accounts_app.models import User;"
        " from django.utils import timezone; from audit_app.operations.forgetting import forget_trail;"
        f" User.objects.filter(pk={person.id}).update(deletion_requested_at=timezone.now());"
        f" Stream.objects.filter(key='user:{person.id}').delete(); print(forget_trail({person.id}))"
    )
    done = run_manage("shell", "-c", code, environment=made.environment)
    assert f"user {person.id}: " in done.stdout, done.stderr
    assert database.value("SELECT COUNT(*) FROM audit_app_auditentry WHERE user_id = %s", person.id) == 0
    assert verify(made).returncode == 0


def test_a_session_that_replicates_is_refused_and_what_the_owner_switches_off_is_found(
    running: tuple[Platform, Person], database: TwoRoles
) -> None:
    made, person = running
    replicate = "SET session_replication_role = replica"
    delete = f"DELETE FROM audit_app_auditentry WHERE user_id = {person.id} AND position > 3"
    for statement in (delete, "TRUNCATE audit_app_auditentry", "UPDATE audit_app_audithead SET entries = 3"):
        with pytest.raises(psycopg2.errors.RestrictViolation):
            database.run_as(database.owner_url, statement)
        with pytest.raises(psycopg2.errors.RestrictViolation):
            database.run_as(database.superuser_url, replicate, statement)
    move = (
        "UPDATE audit_app_audithead h SET entries = 3, seq = 3, hash = e.hash FROM audit_app_auditentry e"
        f" WHERE e.user_id = h.user_id AND e.position = 3 AND h.user_id = {person.id}"
    )
    off, on = ["ALTER TABLE {} DISABLE TRIGGER ALL", "ALTER TABLE {} ENABLE TRIGGER ALL"]
    tables = ("audit_app_auditentry", "audit_app_audithead")
    switches = [[text.format(table) for table in tables] for text in (off, on)]
    database.run_as(database.superuser_url, *switches[0], delete, move, *switches[1])
    found = verify(made)
    assert found.returncode == 1
    assert "trigger audit_entry_no_delete is off, or does not fire always" in found.stdout
    assert f"FAIL user {person.id}: 3 entries in the trail" in found.stdout


def test_a_database_of_a_release_with_one_role_is_handed_to_its_owner(database: TwoRoles) -> None:
    database.run_as(database.superuser_url, f"REASSIGN OWNED BY {database.name}_owner TO {database.name}")
    database.run_as(database.url, "DROP TRIGGER audit_entry_no_delete ON audit_app_auditentry")
    done = database.migrate(url=database.url, role=database.name)
    assert done.returncode != 0
    assert "migrate as the role that owns the tables" in done.stderr
    database.create()
    assert database.migrate(url=database.owner_url, role=database.name).returncode == 0
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert database.run_as(database.owner_url, owners) == [(f"{database.name}_owner",)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        database.run_as(database.url, "DELETE FROM audit_app_auditentry")
