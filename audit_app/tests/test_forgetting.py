"""What is left of a deleted account's trail is one line, and only a deleted account's trail can be forgotten."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from audit_app import protection
from audit_app.anchors.making import make_anchors
from audit_app.models import AnchoredHead, AuditCheck, AuditEntry, AuditHead, ForgottenTrail, TrailAnchor
from audit_app.operations import forgetting
from audit_app.operations.forgetting import ForgettingRefused, forget_trail
from audit_app.tests.events import audit, record, record_and_audit, task_created
from audit_app.verification import progress, walk
from audit_app.verification.many import verify_all
from audit_app.verification.progress import store_progress, verify_whole
from audit_app.verification.rounds import verify_round
from audit_app.verification.walk import Fault, audit_head_of, broken_verdict, verify
from events_app.contracts import stream_key
from events_app.models import Stream
from foundation.database.transactions import database_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    protection.install(connection)
    user = make_user()
    record_and_audit(user.pk, *[task_created()] * 7)
    return user


def mark(user: User) -> None:
    User.objects.filter(pk=user.pk).update(deletion_requested_at=database_now())


def remove_history(user: User) -> None:
    Stream.objects.filter(key=stream_key(user.pk)).delete()


def test_one_line_stays(user: User) -> None:
    head = AuditHead.objects.get(pk=user.pk)
    verify_whole(user.pk)
    mark(user)
    line = forget_trail(user.pk)
    assert (line.entries, line.hash) == (head.entries, head.hash)
    assert abs((line.forgotten_at - database_now()).total_seconds()) < 60
    for model in (AuditEntry, AuditHead, AuditCheck):
        assert not model.objects.exists()
    assert verify(user.pk).ok
    call_command("audit_verify")


def test_the_trails_of_others_stay(user: User) -> None:
    other = make_user()
    record_and_audit(other.pk, task_created(), task_created())
    mark(user)
    forget_trail(user.pk)
    assert AuditEntry.objects.filter(user_id=other.pk).count() == 2
    assert {verdict.user_id: verdict.ok for verdict in verify_all()} == {user.pk: True, other.pk: True}


def test_a_user_who_is_not_marked_as_deleted_is_refused(user: User) -> None:
    with pytest.raises(ForgettingRefused):
        forget_trail(user.pk)
    assert AuditEntry.objects.count() == 7


def test_a_user_who_is_unknown_is_refused(user: User) -> None:
    with pytest.raises(ForgettingRefused):
        forget_trail(user.pk + 1)


def test_repeating_changes_nothing(user: User) -> None:
    mark(user)
    assert forget_trail(user.pk).seal == forget_trail(user.pk).seal
    User.objects.filter(pk=user.pk).delete()
    forget_trail(user.pk)
    assert ForgottenTrail.objects.count() == 1


def test_it_goes_on_after_an_interruption(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    mark(user)
    monkeypatch.setattr(forgetting, "ENTRIES_AT_ONCE", 3)
    assert forgetting._forget_some(user.pk)
    assert AuditEntry.objects.count() == 4
    assert verify(user.pk).is_forgotten
    assert all(each.ok for each in verify_all()), "work that is under way"
    assert forget_trail(user.pk).entries == 7
    assert not AuditEntry.objects.exists()
    assert verify(user.pk).ok


def test_what_is_left_beside_a_line_when_the_account_is_gone_is_found(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark(user)
    monkeypatch.setattr(forgetting, "ENTRIES_AT_ONCE", 3)
    forgetting._forget_some(user.pk)
    User.objects.filter(pk=user.pk).delete()
    assert {each.reason for each in verify_all()} == {"this trail is not forgotten altogether"}


def test_a_user_without_a_trail_gets_a_line_too(user: User) -> None:
    other = make_user()
    mark(other)
    assert forget_trail(other.pk).entries == 0
    assert verify(other.pk).ok


def test_events_that_come_afterwards_are_not_audited(user: User) -> None:
    mark(user)
    record(user.pk, task_created())
    forget_trail(user.pk)
    audit(user.pk)
    assert not AuditEntry.objects.exists()
    assert verify(user.pk).ok


def test_a_verification_under_way_leaves_nothing_behind(user: User) -> None:
    verdict = verify_whole(user.pk)
    assert verdict.ok
    check = (
        AuditCheck.objects.get(pk=user.pk)
        if AuditCheck.objects.exists()
        else AuditCheck(user.pk, 7, "f" * 64)
    )
    mark(user)
    forget_trail(user.pk)
    check.save()  # as a round stores it that had read the trail before
    verify_round(budget_seconds=60)
    assert not AuditCheck.objects.exists()
    assert all(each.ok for each in verify_all())


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("is_wrong", [True, False])
def test_the_outcome_of_a_walk_is_not_stored_once_the_trail_is_forgotten(
    user: User, monkeypatch: pytest.MonkeyPatch, is_wrong: bool, whole: bool
) -> None:
    monkeypatch.setattr(progress, "STORED_EVERY_ENTRIES", 1)
    verdict = verify(user.pk)
    if is_wrong:
        verdict = broken_verdict(audit_head_of(user.pk), Fault(3, "wrong"), right_entries=2)
    mark(user)
    forget_trail(user.pk)

    store_progress(verdict, whole=whole)

    assert not AuditCheck.objects.exists()


def test_a_trail_that_is_forgotten_while_it_is_walked_is_not_called_wrong(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark(user)

    def head_of_before(user_id: int) -> AuditHead:
        head = audit_head_of(user_id)
        forget_trail(user_id)
        return head

    monkeypatch.setattr(walk, "audit_head_of", head_of_before)
    verdict = verify_whole(user.pk)

    assert (verdict.ok, verdict.is_forgotten) == (True, True)
    assert not AuditCheck.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_stored_at_the_same_time_as_a_trail_is_forgotten_goes_too() -> None:
    user = make_user()
    record_and_audit(user.pk, *[task_created()] * 7)
    record_and_audit(user.pk + 1000, task_created())
    mark(user)
    verdict = verify(user.pk)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        store_progress(verdict, whole=True)
        make_anchors()
        forgotten = pool.submit(_forget_in_a_thread, user.pk)
        with suppress(TimeoutError):  # it waits for this transaction, which is what is wanted
            forgotten.result(timeout=0.3)
    forgotten.result(timeout=60)
    assert not AuditCheck.objects.exists()
    assert not AnchoredHead.objects.filter(user_id=user.pk).exists()
    assert TrailAnchor.objects.count() == 1


def _forget_in_a_thread(user_id: int) -> None:
    try:
        forget_trail(user_id)
    finally:
        connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_app_forgottentrail SET entries = 0",
        "DELETE FROM audit_app_forgottentrail",
        "INSERT INTO audit_app_audithead (user_id, seq, entries, hash) SELECT user_id, 1, 0, hash"
        " FROM audit_app_forgottentrail",
    ],
)
def test_the_line_stays_as_it_is(user: User, statement: str) -> None:
    mark(user)
    forget_trail(user.pk)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


def test_a_line_that_does_not_say_what_was_there_is_refused(user: User) -> None:
    line = ForgottenTrail(user.pk, 3, "f" * 64, database_now(), 1, "f" * 64)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        line.save(force_insert=True)


def test_a_line_that_somebody_without_the_key_wrote_is_found(user: User) -> None:
    head = AuditHead.objects.get(pk=user.pk)
    mark(user)
    ForgottenTrail(user.pk, head.entries, head.hash, database_now(), 1, "f" * 64).save(force_insert=True)
    AuditEntry.objects.all().delete()
    AuditHead.objects.all().delete()
    verdict = verify(user.pk)
    assert (verdict.ok, verdict.reason) == (False, "this trail was forgotten by somebody without our key")
    assert [each.ok for each in verify_all()] == [False]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no functions")
def test_the_database_itself_refuses_to_forget_who_is_not_marked(user: User) -> None:
    with pytest.raises(DatabaseError, match="not marked as deleted"), transaction.atomic():
        connection.cursor().execute("SELECT audit_forget(%s, now(), 1::smallint, 'x', 10)", [user.pk])
    assert AuditEntry.objects.count() == 7
