import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit_app.consumers import append_entries
from audit_app.models import GENESIS, AuditEntry, AuditHead
from audit_app.operations.appending import append_to_chain
from audit_app.tests.events import (
    audit,
    preferences_changed,
    record,
    record_and_audit,
    task_created,
    task_reprioritised,
)
from audit_app.verification.walk import verify
from events_app.consumers.kernel import replay
from events_app.log.history import events_between
from events_app.models import Cursor, Event
from foundation.context import Actor, Provenance, use_provenance

pytestmark = pytest.mark.django_db


def test_each_event_becomes_one_entry_that_says_what_the_log_says() -> None:
    with use_provenance(Provenance(actor=Actor("user", "7"), request_id="r-1\t\\N")):
        record_and_audit(7, task_created(), task_reprioritised())
    event = Event.objects.get(seq=2)
    entry = AuditEntry.objects.get(user_id=7, seq=2)
    assert (entry.event_id, entry.type, entry.v, entry.task_id) == (event.event_id, "task.updated", 1, 5)
    assert (entry.actor_type, entry.actor_id, entry.request_id) == ("user", "7", "r-1\t\\N")
    assert (entry.content, entry.occurred_at) == (event.data, event.occurred_at)


def test_the_entries_of_a_user_are_one_chain_from_the_first_to_the_head() -> None:
    record_and_audit(7, task_created())
    record_and_audit(7, task_reprioritised(), preferences_changed())
    entries = list(AuditEntry.objects.order_by("position"))
    assert [entry.position for entry in entries] == [1, 2, 3]
    assert [entry.prev_hash for entry in entries] == [GENESIS, entries[0].hash, entries[1].hash]
    head = AuditHead.objects.get(pk=7)
    assert (head.seq, head.entries, head.hash) == (3, 3, entries[2].hash)
    assert verify(7).ok


def test_users_appended_together_have_chains_of_their_own() -> None:
    for user_id in (3, 1, 2):
        record(user_id, task_created(user_id), task_reprioritised(user_id))
    assert audit(1, 2, 3) == 6
    assert all(verify(user_id).entries == 2 and verify(user_id).ok for user_id in (1, 2, 3))


def test_handling_the_same_events_twice_adds_nothing() -> None:
    record_and_audit(7, task_created(), task_reprioritised())
    before = list(AuditEntry.objects.values())
    append_entries(events_between(7, after=0, to=2))
    assert list(AuditEntry.objects.values()) == before
    assert verify(7).ok


def test_an_event_that_comes_twice_in_one_batch_has_one_entry() -> None:
    record(7, task_created())
    events = events_between(7, after=0, to=1)
    assert append_to_chain([*events, *events]) == 1
    assert verify(7).ok


def test_a_batch_that_is_half_known_appends_the_other_half() -> None:
    record_and_audit(7, task_created())
    record(7, task_reprioritised())
    assert append_to_chain(events_between(7, after=0, to=2)) == 1
    assert verify(7).entries == 2


def test_replaying_the_whole_log_changes_nothing() -> None:
    record_and_audit(7, task_created(), task_reprioritised())
    head = AuditHead.objects.get(pk=7).hash
    assert list(replay("audit", user_id=7)) == [("user:7", 2)]
    assert AuditHead.objects.get(pk=7).hash == head
    Cursor.objects.update(seq=0)
    assert audit(7) == 2
    assert AuditHead.objects.get(pk=7).hash == head
    assert verify(7).ok


def test_an_event_passed_over_at_first_joins_the_chain_when_it_comes() -> None:
    record(7, task_created(), task_reprioritised(), preferences_changed())
    first, passed_over, third = events_between(7, after=0, to=3)
    append_to_chain([first, third])
    assert append_to_chain([passed_over]) == 1
    positions = AuditEntry.objects.order_by("position").values_list("seq", flat=True)
    assert list(positions) == [1, 3, 2]
    assert AuditHead.objects.get(pk=7).seq == 3
    assert verify(7).ok


def test_the_number_of_statements_does_not_follow_the_number_of_events() -> None:
    users = range(1, 21)
    for user_id in users:
        record(user_id, *[task_created()] * 10)
    events = [event for user_id in users for event in events_between(user_id, after=0, to=10)]
    with CaptureQueriesContext(connection) as captured:
        append_to_chain(events)
    # PostgreSQL gets the heads together with the next message of the transaction.
    assert len(captured) == (3 if connection.vendor == "postgresql" else 4)
