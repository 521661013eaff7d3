"""Short chains that are read many at once get the verdicts that walking each by itself gives."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit_app.models import AuditCheck, AuditEntry, AuditHead, ForgottenTrail
from audit_app.tests.events import record_and_audit, rehash, task_created, task_deleted, task_reprioritised
from audit_app.verification import many
from audit_app.verification.many import verify_all, verify_all_whole
from audit_app.verification.positions import Position, store_fault, store_whole_positions
from audit_app.verification.progress import verify_whole
from audit_app.verification.walk import verify
from foundation.database.transactions import database_now

USERS, WRONG = range(1, 6), 3
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def five_chains() -> None:
    for user_id in USERS:
        record_and_audit(user_id, task_created(), task_reprioritised(), task_deleted())


def _changed() -> None:
    AuditEntry.objects.filter(user_id=WRONG, position=2).update(v=9)


def _begun_anew() -> None:
    """Every hash fits, but the chain is not the one that was found right before."""
    verify_whole(WRONG)
    before = "0" * 64
    for entry in AuditEntry.objects.filter(user_id=WRONG).order_by("position"):
        entry.request_id, entry.prev_hash = "another", before
        before = entry.hash = rehash(entry)
        entry.save()
    AuditHead.objects.filter(pk=WRONG).update(hash=before)


def _cut_at_its_end() -> None:
    AuditEntry.objects.filter(user_id=WRONG, position=3).delete()


def _cut_with_its_head() -> None:
    verify_whole(WRONG)
    _cut_at_its_end()
    last = AuditEntry.objects.get(user_id=WRONG, position=2)
    AuditHead.objects.filter(pk=WRONG).update(entries=2, seq=2, hash=last.hash)


def _longer_than_its_head() -> None:
    second = AuditEntry.objects.get(user_id=WRONG, position=2)
    AuditHead.objects.filter(pk=WRONG).update(entries=2, seq=2, hash=second.hash)


def _without_entries() -> None:
    AuditEntry.objects.filter(user_id=WRONG).delete()


def _without_head() -> None:
    AuditHead.objects.filter(pk=WRONG).delete()


@pytest.mark.parametrize(
    "spoil",
    [
        _changed,
        _begun_anew,
        _cut_at_its_end,
        _cut_with_its_head,
        _longer_than_its_head,
        _without_entries,
        _without_head,
    ],
)
def test_one_that_is_wrong_among_others_is_found_as_by_itself(spoil: Callable[[], None]) -> None:
    spoil()
    found = {verdict.user_id: verdict for verdict in verify_all()}
    assert found == {user_id: verify(user_id) for user_id in USERS}
    assert [user_id for user_id, verdict in found.items() if not verdict.ok] == [WRONG]


def test_two_that_are_longer_than_their_heads_are_both_found() -> None:
    for user_id in (4, 5):
        second = AuditEntry.objects.get(user_id=user_id, position=2)
        AuditHead.objects.filter(pk=user_id).update(entries=2, seq=2, hash=second.hash)
    assert [verdict.user_id for verdict in verify_all() if not verdict.ok] == [4, 5]


def test_those_that_are_right_take_no_statements_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with CaptureQueriesContext(connection) as few:
        assert [verdict.entries for verdict in verify_all()] == [3] * len(USERS)
    for user_id in range(10, 30):
        record_and_audit(user_id, task_created())
    with CaptureQueriesContext(connection) as more:
        assert all(verdict.ok for verdict in verify_all())
    assert len(more) == len(few)

    monkeypatch.setattr(many, "_ENTRIES_AT_ONCE", 2)
    found = [(verdict.ok, verdict.entries) for verdict in verify_all()]
    assert found == [(True, 3)] * 5 + [(True, 1)] * 20


def test_what_is_found_right_together_is_stored_as_by_itself() -> None:
    for user_id in USERS:
        verify_whole(user_id)
    expected = _stored()
    AuditCheck.objects.all().delete()
    store_fault(WRONG, first_bad=1, right_entries=0, reason="mended since")
    assert all(verdict.ok for verdict in verify_all_whole())
    assert _stored() == expected
    assert not AuditCheck.objects.filter(verified_at=None).exists()

    _changed()
    assert [verdict.user_id for verdict in verify_all_whole() if not verdict.ok] == [WRONG]
    assert list(AuditCheck.objects.exclude(first_bad=None).values_list("user_id", flat=True)) == [WRONG]


def _stored() -> list[tuple[Any, ...]]:
    names = ("user_id", "entries", "hash", "seal", "first_bad", "right_entries", "reason")
    return list(AuditCheck.objects.order_by("pk").values_list(*names))


def test_the_number_of_statements_that_store_does_not_follow_the_number_of_trails() -> None:
    with CaptureQueriesContext(connection) as few:
        list(verify_all_whole())
    for user_id in range(10, 30):
        record_and_audit(user_id, task_created())
    with CaptureQueriesContext(connection) as more:
        list(verify_all_whole())
    assert len(more) == len(few)
    assert AuditCheck.objects.count() == 25


def test_nothing_is_stored_of_a_trail_that_was_forgotten_meanwhile() -> None:
    line = {"entries": 3, "hash": "a" * 64, "forgotten_at": database_now(), "key_version": 1, "seal": "any"}
    ForgottenTrail.objects.create(user_id=WRONG, **line)
    store_whole_positions(dict.fromkeys(USERS, Position(3, "a" * 64)))
    assert {row[0] for row in _stored()} == set(USERS) - {WRONG}
