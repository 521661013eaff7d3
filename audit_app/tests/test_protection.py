import pytest
from django.db import IntegrityError, connection, transaction

from audit_app import protection
from audit_app.models import AuditEntry, AuditHead
from audit_app.tests.events import record_and_audit, task_created

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("change", ["entries = entries - 1", "seq = seq - 1", "user_id = 2"])
def test_the_end_of_a_chain_only_moves_forward(change: str) -> None:
    assert_refused(f"UPDATE audit_app_audithead SET {change}")


def test_appending_goes_on() -> None:
    record_and_audit(1, task_created())
    assert AuditHead.objects.get().entries == AuditEntry.objects.count() == 2


@pytest.mark.parametrize("table", [protection.ENTRIES, protection.HEADS])
def test_the_tables_can_not_be_truncated(table: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    assert_refused(f"TRUNCATE {table}")


def test_a_trigger_that_is_gone_is_named() -> None:
    assert protection.missing_triggers(connection) == []
    protection.remove(connection)
    assert "audit_head_only_forward" in protection.missing_triggers(connection)


def test_installing_twice_is_harmless() -> None:
    protection.install(connection)
    assert protection.missing_triggers(connection) == []
