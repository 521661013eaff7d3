import pytest
from django.db import IntegrityError, connection, transaction

from audit_app import protection
from audit_app.models import AuditEntry, AuditHead
from audit_app.tests.events import record_and_audit, task_created

pytestmark = pytest.mark.django_db
postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no such thing")
sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has no such thing")


@pytest.fixture(autouse=True)
def install_protection() -> None:
    protection.install(connection)  # undone with the test's transaction
    record_and_audit(1, task_created())


def assert_refused(statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_entry_can_not_be_changed() -> None:
    assert_refused("UPDATE audit_app_auditentry SET actor_id = 'someone else'")


def test_an_entry_can_not_be_deleted() -> None:
    assert_refused("DELETE FROM audit_app_auditentry")


def test_nor_through_the_orm() -> None:
    entry = AuditEntry.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save()


def test_the_end_of_a_chain_can_not_be_deleted() -> None:
    assert_refused("DELETE FROM audit_app_audithead")


@pytest.mark.parametrize(
    "change", ["entries = entries - 1", "seq = seq - 1", "user_id = 2", "hash = 'f'", "entries = entries + 1"]
)
def test_the_end_of_a_chain_only_moves_forward_to_an_entry(change: str) -> None:
    assert_refused(f"UPDATE audit_app_audithead SET {change}")


def test_appending_goes_on() -> None:
    record_and_audit(1, task_created())
    record_and_audit(2, task_created())
    assert AuditHead.objects.get(pk=1).entries == 2
    assert AuditEntry.objects.count() == 3


@postgresql
@pytest.mark.parametrize("table", [protection.ENTRIES, protection.HEADS, protection.FORGOTTEN])
def test_the_tables_can_not_be_truncated(table: str) -> None:
    assert_refused(f"TRUNCATE {table}")


@sqlite
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize(
    "replaced",
    [
        "id, user_id, seq, position, 'x', {rest}",
        "id, user_id, seq + 5, position + 5, 'x', {rest}",
        "id + 9, user_id, seq, position + 5, 'x', {rest}",
        "id + 9, user_id, seq + 5, position, 'x', {rest}",
        "NULL, user_id, seq, position, 'x', {rest}",
    ],
)
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
def test_an_entry_can_not_be_replaced(verb: str, replaced: str, recursive: str) -> None:
    rest = "v, task_id, actor_type, actor_id, occurred_at, request_id, causation_id, data, prev_hash, hash"
    columns = f"id, user_id, seq, position, type, {rest}, key_version, event_id"
    selected = f"{replaced.format(rest=rest)}, key_version, 'another'"
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA recursive_triggers = {recursive}")
    try:
        assert_refused(
            f"{verb} INTO audit_app_auditentry ({columns}) SELECT {selected} FROM audit_app_auditentry"
        )
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers = OFF")


@sqlite
@pytest.mark.parametrize(
    "head", ["1, 0, 0, 'f'", "1, 1, 1, 'f'", "1, 2, 2, 'f'", "1, 9, 9, 'f'", "2, 1, 1, 'f'"]
)
def test_the_end_of_a_chain_can_not_be_replaced(head: str) -> None:
    assert_refused(f"REPLACE INTO audit_app_audithead (user_id, seq, entries, hash) VALUES ({head})")


@sqlite
def test_an_update_that_replaces_is_refused() -> None:
    record_and_audit(2, task_created())
    assert_refused("UPDATE OR REPLACE audit_app_auditentry SET user_id = 1, seq = 1")
    assert_refused("UPDATE OR REPLACE audit_app_audithead SET user_id = 1 WHERE user_id = 2")


def test_each_trigger_that_is_gone_is_named() -> None:
    assert protection.find_differences(connection) == []
    protection.remove(connection)
    found = protection.find_differences(connection)
    assert "trigger audit_head_only_forward is missing" in found
    assert all(each.endswith("is missing") for each in found)


def test_installing_twice_is_harmless() -> None:
    protection.install(connection)
    assert protection.find_differences(connection) == []


def test_a_trigger_of_the_same_name_that_does_nothing_is_named() -> None:
    on_table = f" ON {protection.ENTRIES}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER audit_entry_no_update{on_table}")
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$"
            )
            cursor.execute(
                "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_app_auditentry"
                " FOR EACH STATEMENT EXECUTE FUNCTION nothing()"
            )
            cursor.execute("ALTER TABLE audit_app_auditentry ENABLE ALWAYS TRIGGER audit_entry_no_update")
        else:
            cursor.execute(
                "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_app_auditentry"
                " WHEN 1 = 0 BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
            )
    assert protection.find_differences(connection) == [
        "trigger audit_entry_no_update is not what was installed"
    ]


def test_a_trigger_that_is_not_ours_is_named() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE TRIGGER another BEFORE INSERT ON audit_app_auditentry EXECUTE FUNCTION audit_app_refuse()"
            )
        else:
            cursor.execute(
                "CREATE TRIGGER another BEFORE INSERT ON audit_app_auditentry BEGIN SELECT RAISE(IGNORE); END"
            )
    assert protection.find_differences(connection) == ["trigger another is not ours"]


@postgresql
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("ALTER TABLE {0} ENABLE TRIGGER audit_entry_no_update", "audit_entry_no_update is off"),
        ("ALTER TABLE {0} DISABLE TRIGGER ALL", "audit_entry_no_delete is off"),
        (
            "CREATE OR REPLACE FUNCTION audit_app_refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS $$BEGIN RETURN NULL; END$$",
            "audit_entry_no_truncate is not what was installed",
        ),
        ("ALTER FUNCTION audit_app_only_forgotten() SET search_path = evil", "audit_head_no_delete is not"),
        ("DROP FUNCTION audit_forget", "function audit_forget is not"),
        ("ALTER FUNCTION audit_forget SECURITY INVOKER", "function audit_forget is not"),
        ("CREATE RULE r AS ON DELETE TO {0} DO INSTEAD NOTHING", "rule r is not ours"),
    ],
)
def test_what_postgresql_would_execute_instead_is_named(change: str, named: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(change.format(protection.ENTRIES))
    assert any(named in each for each in protection.find_differences(connection))
    if "RULE" not in change:
        protection.install(connection)
        assert protection.find_differences(connection) == []
