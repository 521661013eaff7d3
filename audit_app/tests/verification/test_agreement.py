"""What is missing from a trail is found by comparing it with the log."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from audit_app import protection
from audit_app.models import AuditEntry, AuditHead
from audit_app.tests.events import audit, preferences_changed, record, record_and_audit, rehash, task_created
from audit_app.verification import agreement
from audit_app.verification.agreement import Disagreement, find_cut_trails, find_entries_unlike_log
from audit_app.verification.invariants import find_broken_trails, find_trails_unlike_log
from events_app.contracts import stream_key
from events_app.models import Cursor, DeadLetter, Event, Stream
from events_app.operating.recovery import retry_dead_letter
from foundation.database.transactions import database_now

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_trails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trails of 7, 2 and 1 entries, compared by threes."""
    monkeypatch.setattr(agreement, "EVENTS_AT_ONCE", 3)
    monkeypatch.setattr(agreement, "STREAMS_AT_ONCE", 2)
    record_and_audit(1, *[task_created()] * 6, preferences_changed())
    record_and_audit(2, task_created(), task_created())
    record_and_audit(3, task_created())


def unlike_log() -> list[Disagreement]:
    return [*find_cut_trails(), *find_entries_unlike_log()]


def cut(user_id: int, *, to: int) -> None:
    """Remove the newest entries and move the head back, so that the chain verifies."""
    AuditEntry.objects.filter(user_id=user_id, position__gt=to).delete()
    last = AuditEntry.objects.get(user_id=user_id, position=to)
    AuditHead.objects.filter(pk=user_id).update(seq=last.seq, entries=last.position, hash=last.hash)


def test_trails_that_are_whole_agree_with_the_log() -> None:
    record(2, task_created())  # not applied yet
    record(4, task_created())
    assert unlike_log() == []
    assert list(find_trails_unlike_log()) == []


@pytest.mark.parametrize("left", [1, 5, 6])
def test_a_chain_without_its_newest_entries_is_found(left: int) -> None:
    cut(1, to=left)
    assert list(find_broken_trails()) == [], "the chain itself verifies"
    reason = f"{left} entries in the trail, 7 were appended to it"
    assert list(find_cut_trails()) == [Disagreement(1, left + 1, reason)]
    assert [each.seq for each in find_entries_unlike_log()] == list(range(left + 1, 8))
    protection.install(connection)
    with pytest.raises(SystemExit):
        call_command("audit_verify")
    with pytest.raises(SystemExit):
        call_command("audit_verify", "--user", "1")
    call_command("audit_verify", "--user", "2")


def test_a_trail_that_is_gone_with_its_head_is_found() -> None:
    AuditEntry.objects.filter(user_id=2).delete()
    AuditHead.objects.filter(pk=2).delete()
    assert list(find_broken_trails()) == []
    assert list(find_cut_trails()) == [Disagreement(2, 1, "0 entries in the trail, 2 were appended to it")]
    assert [(each.user_id, each.seq) for each in find_entries_unlike_log()] == [(2, 1), (2, 2)]


def test_a_cut_trail_is_found_when_the_log_was_trimmed() -> None:
    Stream.objects.filter(key=stream_key(1)).update(published=7, settled=7, tail=7)
    Event.objects.filter(stream__key=stream_key(1)).delete()
    assert unlike_log() == []
    cut(1, to=6)
    assert [each.user_id for each in unlike_log()] == [1]


def test_a_trail_without_a_history_is_found() -> None:
    Stream.objects.filter(key=stream_key(2)).delete()
    assert [each.user_id for each in unlike_log()] == [2]


def test_unless_its_account_is_being_deleted() -> None:
    user = make_user()
    record_and_audit(user.pk, task_created())
    User.objects.filter(pk=user.pk).update(deletion_requested_at=database_now())
    Stream.objects.filter(key=stream_key(user.pk)).delete()
    assert unlike_log() == []


@pytest.mark.parametrize(
    "forged",
    [
        {"event_id": uuid4()},
        {"type": "task.deleted"},
        {"v": 9},
        {"task_id": None},
        {"actor_type": "agent"},
        {"actor_id": "2"},
        {"occurred_at": F("occurred_at") + timedelta(microseconds=1)},
        {"request_id": "x"},
        {"causation_id": uuid4()},
        {"data": "{}"},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_an_entry_that_says_something_else_than_its_event_is_found(forged: dict[str, Any]) -> None:
    AuditEntry.objects.filter(user_id=1, seq=5).update(**forged)
    [found] = unlike_log()
    assert (found.user_id, found.seq) == (1, 5)
    assert next(iter(forged)) in found.reason


def test_a_chain_rewritten_by_who_has_the_key_is_found() -> None:
    previous = ""
    for entry in AuditEntry.objects.filter(user_id=1).order_by("position"):
        entry.actor_id = "somebody else" if entry.position == 2 else entry.actor_id
        entry.prev_hash = previous or entry.prev_hash
        entry.hash = previous = rehash(entry)
        entry.save()
    AuditHead.objects.filter(pk=1).update(hash=previous)
    assert list(find_broken_trails()) == []
    [found] = find_trails_unlike_log()
    assert (found.subject, found.detail) == (
        "user 1",
        "at sequence 2: the entry has another actor_id than the event",
    )


def skip(user_id: int) -> DeadLetter:
    """Let the next event of a user be skipped, as an operator does."""
    record(user_id, task_created())
    event = Event.objects.filter(stream__key=stream_key(user_id)).latest("seq")
    Cursor.objects.filter(consumer="audit", stream=event.stream).update(seq=event.seq)
    return DeadLetter.objects.create(
        consumer="audit",
        stream=event.stream,
        seq=event.seq,
        event_id=event.event_id,
        type=event.type,
        error="",
        attempts=8,
    )


def test_an_event_that_an_operator_skipped_is_not_missing_before_and_after_it_is_let_in() -> None:
    letter = skip(2)
    assert unlike_log() == []
    record_and_audit(2, task_created())
    assert unlike_log() == []
    retry_dead_letter(letter.pk)
    assert AuditEntry.objects.filter(user_id=2).count() == 4
    assert unlike_log() == []


def test_the_same_content_in_another_order_is_no_finding() -> None:
    """PostgreSQL keeps an event as a value, and a log that was moved from one database to the other, too."""
    event = Event.objects.get(stream__key=stream_key(3))
    in_another_order = dict(reversed(event.data.items()))
    Event.objects.filter(pk=event.pk).update(data=in_another_order)
    assert unlike_log() == []
    Event.objects.filter(pk=event.pk).update(data={**in_another_order, "task": {}})
    assert [found.reason for found in unlike_log()] == ["the entry has another data than the event"]


def test_an_append_while_it_compares_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel moves the cursor between the reads of cursor and head, once or each time."""
    read: Callable[[Any], dict[int, int]] = agreement._heads_of

    def overtaken(user_ids: Any) -> dict[int, int]:
        record(1, task_created())
        audit(1)
        return read(user_ids)

    monkeypatch.setattr(agreement, "_heads_of", overtaken)
    assert list(find_cut_trails()) == []


def test_an_account_deleted_while_it_compares_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    read = agreement._read_entries

    def overtaken(parts: Any) -> Any:
        Stream.objects.filter(key=stream_key(2)).delete()
        AuditEntry.objects.filter(user_id=2).delete()
        return read(parts)

    monkeypatch.setattr(agreement, "_read_entries", overtaken)
    assert list(find_entries_unlike_log()) == []


def test_the_number_of_statements_follows_the_number_of_events_not_of_users(
    django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "EVENTS_AT_ONCE", 2000)
    monkeypatch.setattr(agreement, "STREAMS_AT_ONCE", 200)
    for user_id in range(10, 60):
        record_and_audit(user_id, task_created())
    with django_assert_max_num_queries(20):
        assert unlike_log() == []
