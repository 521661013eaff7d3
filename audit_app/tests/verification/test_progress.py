"""A long trail is verified bit by bit, and what was found right is found out when it changes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from audit_app.api import views
from audit_app.models import AuditCheck, AuditEntry, AuditHead, AuditRound
from audit_app.tests.events import record_and_audit, rehash, task_created
from audit_app.verification import progress, rounds, walk
from audit_app.verification.positions import Position, position_of
from audit_app.verification.progress import verify_new, verify_whole
from audit_app.verification.rounds import ROUND_EVERY, verify_round
from audit_app.verification.walk import Pace, verify
from foundation.database.transactions import clock, database_now

pytestmark = pytest.mark.django_db
VERIFY = "/api/audit/verify/"
LENGTH = 23


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten entries a call, five at a time, each kept."""
    monkeypatch.setattr(walk, "CHUNK", 5)
    monkeypatch.setattr(progress, "STORED_EVERY_ENTRIES", 1)
    monkeypatch.setattr(rounds, "ENTRIES_PER_STEP", 10)
    monkeypatch.setattr(views, "PACE", Pace(entries=10, seconds=60))


@pytest.fixture
def user() -> User:
    user = make_user()
    record_and_audit(user.pk, *[task_created()] * LENGTH)
    return user


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)


def verify_once(client: APIClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(VERIFY).json()
    return answer


def verify_until_complete(client: APIClient) -> dict[str, Any]:
    """The answer of as many calls as it takes."""
    for _ in range(LENGTH):
        answer = verify_once(client)
        if answer["complete"] or not answer["ok"]:
            return answer
    raise AssertionError(f"it makes no progress: {answer}")


def tamper(user: User, position: int, **forged: Any) -> None:
    AuditEntry.objects.filter(user_id=user.pk, position=position).update(**forged)


def rewrite_chain(user: User) -> None:
    """Change the second entry and give it, and all that follow, hashes that fit."""
    previous = ""
    for entry in AuditEntry.objects.filter(user_id=user.pk).order_by("position"):
        if entry.position == 2:
            entry.actor_id = "somebody else"
        entry.prev_hash = previous or entry.prev_hash
        entry.hash = previous = rehash(entry)
        entry.save()
    AuditHead.objects.filter(pk=user.pk).update(hash=previous)


def finish_round() -> None:
    """Walk all trails from their first entries, a day later than the last time."""
    AuditRound.objects.update(began_at=database_now() - 2 * ROUND_EVERY, user_id=0, entries=0)
    verify_round(budget_seconds=60)
    assert AuditRound.objects.get().user_id == 0


def test_a_call_answers_with_how_far_it_got_and_the_next_goes_on(user: User, client: APIClient) -> None:
    head = AuditHead.objects.get(pk=user.pk).hash
    answers = [verify_once(client) for _ in range(3)]
    assert [answer["verified"] for answer in answers] == [10, 19, LENGTH]
    assert [answer["complete"] for answer in answers] == [False, False, True]
    assert all(answer == {**answer, "ok": True, "entries": LENGTH, "head": head} for answer in answers)


def test_a_call_without_time_makes_progress(
    user: User, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PACE", Pace(entries=10**9, seconds=0))
    assert verify_until_complete(client)["verified"] == LENGTH


def test_a_call_reads_no_more_of_a_longer_trail(user: User, client: APIClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            verify_once(client)
        return sum("audit_app_auditentry" in query["sql"] for query in captured)

    verify_until_complete(client)
    record_and_audit(user.pk, task_created())
    once = queries()
    record_and_audit(user.pk, *[task_created()] * 60)
    assert queries() <= once + 1
    verify_until_complete(client)
    record_and_audit(user.pk, task_created())
    assert queries() == once


def test_a_short_trail_is_read_and_nothing_is_written(
    user: User, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "STORED_EVERY_ENTRIES", 1000)
    monkeypatch.setattr(views, "PACE", Pace(entries=1000, seconds=60))
    assert verify_once(client)["complete"] is True
    assert not AuditCheck.objects.exists()


@pytest.mark.parametrize("position", [1, 9, 10, 11, LENGTH])
def test_a_fault_is_found_by_the_call_that_comes_to_it(user: User, client: APIClient, position: int) -> None:
    tamper(user, position, data="{}")
    answer = verify_until_complete(client)
    assert (answer["ok"], answer["first_bad_sequence"], answer["entries"]) == (False, position, position - 1)
    assert verify_once(client) == answer


@pytest.mark.parametrize("position", [1, 7, 19, LENGTH])
@pytest.mark.parametrize("find", ["whole", "round"])
def test_a_fault_in_what_was_found_right_is_found_by_a_whole_walk(
    user: User, client: APIClient, position: int, find: str
) -> None:
    verify_until_complete(client)
    tamper(user, position, actor_id="somebody else")
    assert not verify(user.pk).ok
    if find == "whole":
        verify_whole(user.pk)
    else:
        finish_round()
    answer = verify_once(client)
    assert (answer["ok"], answer["first_bad_sequence"]) == (False, position)


@pytest.mark.parametrize("find", [verify, verify_whole, verify_new])
def test_a_chain_rewritten_with_hashes_that_fit_is_found_by_what_was_found_right_before(
    user: User, client: APIClient, find: Any
) -> None:
    verify_until_complete(client)
    rewrite_chain(user)
    assert [find(user.pk).ok for _ in range(2)] == [False, False]


@pytest.mark.parametrize("find", [verify, verify_new])
def test_a_cut_off_end_is_found_by_what_was_found_right_before(
    user: User, client: APIClient, find: Any
) -> None:
    verify_until_complete(client)
    last = AuditEntry.objects.get(user_id=user.pk, position=LENGTH - 2)
    AuditEntry.objects.filter(user_id=user.pk, position__gt=LENGTH - 2).delete()
    AuditHead.objects.filter(pk=user.pk).update(entries=last.position, seq=last.seq, hash=last.hash)
    assert not find(user.pk).ok


def test_a_trail_that_is_gone_with_its_end_is_found_by_the_round(user: User, client: APIClient) -> None:
    verify_until_complete(client)
    AuditEntry.objects.filter(user_id=user.pk).delete()
    AuditHead.objects.filter(pk=user.pk).delete()
    finish_round()
    assert verify_once(client)["ok"] is False


def test_a_position_that_we_did_not_write_counts_for_nothing(user: User, client: APIClient) -> None:
    tamper(user, 3, data="{}")
    end = AuditHead.objects.get(pk=user.pk)
    verify_until_complete(client)
    AuditCheck.objects.update(entries=end.entries, hash=end.hash, first_bad=None)
    assert verify_until_complete(client)["first_bad_sequence"] == 3


def test_a_position_that_an_earlier_release_sealed_counts(settings: LazySettings) -> None:
    settings.SECRET_KEY = "a" * 40
    seal = "04ffc29b20ce8f70069b9d38cbdfc8eb9837f33088e6b61e06d77c126343b3cb"
    check = AuditCheck(user_id=42, entries=3, hash="ab" * 32, seal=seal)
    assert position_of(42, check) == Position(3, "ab" * 32)


def test_under_another_secret_key_it_begins_anew(
    user: User, client: APIClient, settings: LazySettings
) -> None:
    verify_until_complete(client)
    settings.SECRET_KEY = "another key, long enough to sign with HMAC SHA-256"
    assert verify_new(user.pk, pace=Pace(10, 60)).reached.entries == 10


def test_a_mended_trail_is_wrong_until_a_whole_walk_finds_it_right(user: User, client: APIClient) -> None:
    was = AuditEntry.objects.get(user_id=user.pk, position=3).actor_id
    tamper(user, 3, actor_id="somebody else")
    verify_until_complete(client)
    tamper(user, 3, actor_id=was)
    assert verify_once(client)["ok"] is False
    assert verify_whole(user.pk).ok
    assert verify_once(client)["ok"] is True


def test_a_round_walks_every_trail_bit_by_bit_and_then_rests_for_a_day(user: User) -> None:
    other = make_user()
    record_and_audit(other.pk, *[task_created()] * 7)
    steps = 0
    while verify_round(budget_seconds=1e-9):
        steps += 1
        assert steps < 20
    assert {check.user_id: check.entries for check in AuditCheck.objects.all()} == {
        user.pk: LENGTH,
        other.pk: 7,
    }
    assert AuditRound.objects.get().ended_at is not None
    assert verify_round() == 0
    with clock(lambda: datetime.now(UTC) + ROUND_EVERY):
        assert verify_round(budget_seconds=60) > 0


def test_two_rounds_at_once_do_no_harm(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    walk_on = rounds._verify_next

    def overtaken(place: rounds.RoundPosition, *, seconds: float) -> rounds.RoundPosition:
        monkeypatch.setattr(rounds, "_verify_next", walk_on)
        verify_round(budget_seconds=60)
        return walk_on(place, seconds=seconds)

    monkeypatch.setattr(rounds, "_verify_next", overtaken)
    verify_round(budget_seconds=60)
    assert AuditRound.objects.get().user_id == 0
    assert AuditCheck.objects.get().entries == LENGTH
