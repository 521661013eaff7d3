from typing import Any

import pytest

from audit_app.models import GENESIS, AuditEntry, AuditHead
from audit_app.tests.events import record_and_audit, rehash, task_created, task_deleted, task_reprioritised
from audit_app.verification import walk
from audit_app.verification.many import verify_all
from audit_app.verification.walk import verify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_entries() -> None:
    record_and_audit(1, task_created(), task_reprioritised(), task_deleted())


def test_an_untouched_trail_is_right() -> None:
    head = AuditEntry.objects.get(position=3).hash
    assert verify(1).answer() == {"ok": True, "entries": 3, "head": head, "verified": 3, "complete": True}


def test_a_user_without_entries_has_an_empty_trail() -> None:
    assert verify(2).answer() == {"ok": True, "entries": 0, "head": GENESIS, "verified": 0, "complete": True}


@pytest.mark.parametrize(
    "forged",
    [
        {"data": "{}"},
        {"actor_id": "2"},
        {"type": "task.created"},
        {"task_id": None},
        {"request_id": "x"},
        {"hash": "f" * 64},
        {"prev_hash": "f" * 64},
    ],
)
def test_a_changed_entry_is_found(forged: dict[str, Any]) -> None:
    AuditEntry.objects.filter(position=2).update(**forged)
    verdict = verify(1)
    assert (verdict.ok, verdict.first_bad) == (False, 2)


def test_a_forged_entry_with_a_hash_of_its_own_is_found_at_the_one_after_it() -> None:
    forged = AuditEntry.objects.get(position=2)
    forged.actor_id = "2"
    forged.hash = rehash(forged)
    forged.save()
    assert (verify(1).ok, verify(1).first_bad) == (False, 3)


def test_a_removed_entry_is_found_at_the_one_after_it() -> None:
    AuditEntry.objects.filter(position=2).delete()
    verdict = verify(1)
    assert (verdict.ok, verdict.first_bad, verdict.entries) == (False, 3, 1)


def test_a_cut_off_end_is_found() -> None:
    AuditEntry.objects.filter(position=3).delete()
    assert (verify(1).ok, verify(1).first_bad) == (False, 3)


def test_a_replaced_head_is_found() -> None:
    AuditHead.objects.update(hash="f" * 64)
    assert not verify(1).ok


def test_entries_beyond_the_head_are_found() -> None:
    second = AuditEntry.objects.get(position=2)
    AuditHead.objects.update(entries=2, seq=2, hash=second.hash)
    assert (verify(1).ok, verify(1).first_bad) == (False, 3)


def test_verifying_all_finds_the_one_that_is_wrong_and_the_one_without_head() -> None:
    record_and_audit(2, task_created())
    record_and_audit(3, task_created())
    AuditEntry.objects.filter(user_id=2).update(v=9)
    AuditHead.objects.filter(pk=3).delete()
    assert {verdict.user_id: verdict.ok for verdict in verify_all()} == {1: True, 2: False, 3: False}


def test_a_walk_reads_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "CHUNK", 2)
    record_and_audit(2, *[task_created()] * 5)
    assert (verify(2).ok, verify(2).entries) == (True, 5)
    assert [verdict.user_id for verdict in verify_all()] == [1, 2]
