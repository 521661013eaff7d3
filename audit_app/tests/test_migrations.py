"""An installation whose trail was made without keys goes on, and what it has verifies."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from audit_app import protection
from audit_app.chain.link import Link
from audit_app.models import GENESIS, AuditEntry, AuditHead, UnkeyedPart
from audit_app.tests.events import record, record_and_audit, rehash, task_created
from audit_app.verification.walk import verify
from events_app.models import Cursor, Stream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
USER, LENGTH = 7, 5
BEFORE, AFTER = [("audit_app", "0003_verified_positions")], [("audit_app", "0004_keys")]


def migrate_to(target: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate(target)
    return executor.loader.project_state(target).apps


@pytest.fixture
def old_installation() -> Iterator[None]:
    """A trail of the release before keys; afterwards the newest tables, unprotected as the other tests need them."""
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes("audit_app")
    try:
        apps = migrate_to(BEFORE)
        _fill(apps)
        migrate_to(newest)
        yield
    finally:
        migrate_to(newest)
        protection.remove(connection)


def _fill(apps: Any) -> None:
    entry_type, prev_hash = apps.get_model("audit_app", "AuditEntry"), GENESIS
    for number in range(1, LENGTH + 1):
        link = _link(number, prev_hash)
        columns = {name: value for name, value in link._asdict().items() if name != "key_version"}
        prev_hash = link.compute_hash(None)
        entry_type.objects.create(**columns, hash=prev_hash)
    apps.get_model("audit_app", "AuditHead").objects.create(
        user_id=USER, seq=LENGTH, entries=LENGTH, hash=prev_hash
    )


def _link(number: int, prev_hash: str) -> Link:
    return Link(
        user_id=USER,
        seq=number,
        position=number,
        event_id=uuid4(),
        type="task.created",
        v=1,
        task_id=3,
        actor_type="user",
        actor_id="7",
        occurred_at=datetime(2026, 1, 2, tzinfo=UTC),
        request_id="",
        causation_id=None,
        data="{}",
        prev_hash=prev_hash,
        key_version=0,
    )


def append(count: int) -> None:
    record(USER, *[task_created()] * LENGTH)
    Cursor.objects.create(consumer="audit", stream=Stream.objects.get(), seq=LENGTH)
    record_and_audit(USER, *[task_created()] * count)


@pytest.mark.usefixtures("old_installation")
class TestUpgrade:
    def test_what_was_there_verifies_and_what_follows_has_a_key(self) -> None:
        assert verify(USER).entries == LENGTH
        append(2)
        assert (verify(USER).ok, verify(USER).entries) == (True, LENGTH + 2)
        versions = AuditEntry.objects.order_by("position").values_list("key_version", flat=True)
        assert list(versions) == [0] * LENGTH + [1] * 2
        assert protection.find_differences(connection) == []
        call_command("audit_verify")

    def test_a_chain_rewritten_without_keys_is_found(self) -> None:
        protection.remove(connection)
        self._rewrite(AuditEntry.objects.order_by("position"))
        assert verify(USER).reason == "it has no key, and is none of those that were sealed without one"

    def test_entries_appended_without_a_key_are_found(self) -> None:
        append(1)
        protection.remove(connection)
        AuditEntry.objects.filter(position__gt=LENGTH).update(key_version=0)
        self._rewrite(AuditEntry.objects.filter(position__gt=LENGTH))
        assert (verify(USER).ok, verify(USER).first_bad) == (False, LENGTH + 1)

    def test_a_chain_cut_within_the_part_without_keys_is_found(self) -> None:
        protection.remove(connection)
        AuditEntry.objects.filter(position=LENGTH).delete()
        last = AuditEntry.objects.get(position=LENGTH - 1)
        AuditHead.objects.update(seq=last.seq, entries=last.position, hash=last.hash)
        assert verify(USER).reason == "the end is missing or not the head's"

    def test_the_seal_of_that_part_can_not_be_forged(self) -> None:
        protection.remove(connection)
        self._rewrite(AuditEntry.objects.order_by("position"))
        UnkeyedPart.objects.update(hash=AuditHead.objects.get().hash)
        assert not verify(USER).ok

    def _rewrite(self, entries: Any) -> None:
        previous = ""
        for entry in entries:
            entry.actor_id = "somebody else"
            entry.prev_hash = previous or entry.prev_hash
            entry.hash = previous = rehash(entry)
            entry.save()
        AuditHead.objects.update(hash=previous)
