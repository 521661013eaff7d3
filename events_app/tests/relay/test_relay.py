"""The relay publishes each event at least once and in order of first appearance, whatever fails."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events_app.contracts import NotificationCreated, NotificationSnapshot, RecordedEvent
from events_app.log import streams
from events_app.log.write import writing
from events_app.models import Event, Lease, ParkedMessage, Stream
from events_app.relay import Relay
from events_app.relay import relay as relaying
from events_app.transports.base import EventMessage, Failed, PublishOutcome, TransportUnavailable
from events_app.transports.envelope import to_messages
from events_app.transports.memory import Faults, MemoryTransport

pytestmark = pytest.mark.django_db


def notify(user_id: int, count: int = 1, *, body: str = "milk") -> None:
    snapshot = NotificationSnapshot(
        id=1,
        kind="reminder",
        title="Buy",
        body=body,
        task_id=1,
        reminder_id=None,
        firing=None,
        created_at=timezone.now(),
        read_at=None,
    )
    with writing(user_id) as log:
        log.record_many([NotificationCreated(notification=snapshot)] * count)


def arrived_sequences(transport: MemoryTransport, user_id: int) -> list[int]:
    return [message.sequence for message in transport.arrived if message.stream_key == f"user:{user_id}"]


def published_numbers() -> dict[str, int]:
    return dict(Stream.objects.values_list("key", "published"))


def let_retries_come() -> None:
    Stream.objects.update(relay_retry_at=timezone.now() - timedelta(seconds=1))


def poll_until_quiet(relay: Relay) -> None:
    for _ in range(100):
        if not relay.poll():
            return
    raise AssertionError("the relay does not come to rest")


def test_all_events_are_sent_once_in_order_when_nothing_fails() -> None:
    transport = MemoryTransport()
    for user_id in (1, 2, 3):
        notify(user_id, 250)
    poll_until_quiet(Relay(transport, holder="a"))
    assert published_numbers() == {"user:1": 250, "user:2": 250, "user:3": 250}
    for user_id in (1, 2, 3):
        assert arrived_sequences(transport, user_id) == list(range(1, 251))


def test_a_failing_stream_waits_for_a_retry_and_the_others_continue() -> None:
    transport = MemoryTransport(faults=Faults(fail=1))
    notify(1, 3)
    relay = Relay(transport, holder="a")
    relay.poll()
    stream = Stream.objects.get()
    assert (stream.published, stream.relay_attempts) == (0, 1)
    assert stream.relay_retry_at is not None
    transport.faults = Faults()
    notify(2)
    poll_until_quiet(relay)
    assert published_numbers() == {"user:1": 0, "user:2": 1}
    let_retries_come()
    poll_until_quiet(relay)
    assert published_numbers() == {"user:1": 3, "user:2": 1}
    assert Stream.objects.get(key="user:1").relay_error == ""


def test_first_appearances_stay_in_order_through_failures_and_duplicates() -> None:
    transport = MemoryTransport(faults=Faults(fail=0.2, duplicate=0.2))
    notify(1, 300)
    relay = Relay(transport, holder="a")
    for _ in range(500):
        relay.poll()
        let_retries_come()
    assert published_numbers() == {"user:1": 300}
    assert list(dict.fromkeys(arrived_sequences(transport, 1))) == list(range(1, 301))


def test_an_unreachable_broker_marks_nothing() -> None:
    transport = MemoryTransport(faults=Faults(unavailable=True))
    notify(1)
    relay = Relay(transport, holder="a")
    with pytest.raises(TransportUnavailable):
        relay.poll()
    assert published_numbers() == {"user:1": 0}
    assert Stream.objects.get().relay_attempts == 0


def test_a_message_that_no_broker_accepts_is_parked_and_holds_up_nothing() -> None:
    transport = MemoryTransport()
    notify(1, body="x" * 1_100_000)
    notify(1)
    poll_until_quiet(Relay(transport, holder="a"))
    assert published_numbers() == {"user:1": 2}
    assert arrived_sequences(transport, 1) == [2]
    assert ParkedMessage.objects.get().seq == 1


def test_lanes_are_shared_and_taken_over_when_their_holder_goes_silent() -> None:
    first, second = Relay(MemoryTransport(), holder="a"), Relay(MemoryTransport(), holder="b")
    assert len(first.lanes.renew()) == 16
    second.lanes.renew()
    assert (len(first.lanes.renew()), len(second.lanes.renew())) == (8, 8)
    Lease.objects.filter(holder="a").update(expires_at=timezone.now() - timedelta(seconds=1))
    assert len(second.lanes.renew()) == 16


def test_memberships_that_expired_long_ago_are_deleted_and_others_are_not() -> None:
    relay, gone, silent = (Relay(MemoryTransport(), holder=name) for name in ("a", "gone", "silent"))
    for each in (gone, silent):
        each.lanes.renew()
    for holder, hours in (("gone", 2), ("silent", 0.5)):
        Lease.objects.filter(holder=holder).update(expires_at=timezone.now() - timedelta(hours=hours))
    relay.lanes.renew()
    members = Lease.objects.filter(name__startswith="relay-member:").values_list("holder", flat=True)
    assert sorted(members) == ["a", "silent"]


def test_a_stream_that_is_gone_is_not_waited_for() -> None:
    relay = Relay(MemoryTransport(), holder="a")
    notify(1)
    sent = relay.send(relay.find_streams())
    Stream.objects.all().delete()
    relay.mark(sent)
    relay.poll()  # goes round to the first stream
    with CaptureQueriesContext(connection) as idle:
        relay.poll()
    assert len(idle) == 1


def test_a_relay_that_went_on_after_its_lease_repeats_messages_and_breaks_nothing() -> None:
    transport = MemoryTransport()
    late, other = Relay(transport, holder="a"), Relay(transport, holder="b")
    notify(1, 2)
    streams = late.find_streams()
    Lease.objects.all().delete()
    notify(1)
    other.poll()
    late.mark(late.send(streams))
    assert published_numbers() == {"user:1": 3}
    assert list(dict.fromkeys(arrived_sequences(transport, 1))) == [1, 2, 3]


def test_an_idle_poll_costs_two_queries(django_assert_max_num_queries: object) -> None:
    relay = Relay(MemoryTransport(), holder="a")
    relay.poll()
    with django_assert_max_num_queries(1):  # type: ignore[operator]
        relay.poll()


def test_an_event_of_a_newer_release_is_held_back_for_it_and_holds_up_no_other_stream() -> None:
    transport = MemoryTransport()
    notify(1, 3)
    notify(2, 1)
    Event.objects.filter(stream__key="user:1", seq=2).update(type="task.archived")
    poll_until_quiet(Relay(transport, holder="a"))
    assert published_numbers() == {"user:1": 1, "user:2": 1}
    assert Stream.objects.get(key="user:1").relay_retry_at is not None
    Event.objects.filter(seq=2).update(type="notification.created", v=99)
    let_retries_come()
    poll_until_quiet(Relay(transport, holder="a"))
    assert published_numbers()["user:1"] == 1
    Event.objects.filter(seq=2).update(v=1)
    let_retries_come()
    poll_until_quiet(Relay(transport, holder="a"))
    assert arrived_sequences(transport, 1) == [1, 2, 3]


def test_an_event_without_a_message_is_parked_with_its_reason_and_the_rest_is_sent() -> None:
    transport = MemoryTransport()
    notify(1, 3)
    notify(2, 1)
    Event.objects.filter(stream__key="user:1", seq=2).update(data={"broken": True})
    poll_until_quiet(Relay(transport, holder="a"))
    assert published_numbers() == {"user:1": 3, "user:2": 1}
    assert (arrived_sequences(transport, 1), arrived_sequences(transport, 2)) == ([1, 3], [1])
    [parked] = ParkedMessage.objects.all()
    assert (parked.seq, parked.topic) == (2, "task-updates")
    assert "notification" in parked.reason


class WithoutReminders(MemoryTransport):
    """A transport that keeps no order inside a request, like Dapr, and in which one topic is missing."""

    keeps_order = False

    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        known = [message for message in messages if message.topic != "reminders"]
        outcomes = iter(super().publish(known))
        return [next(outcomes) if message in known else Failed("no such topic") for message in messages]


def test_events_before_a_failure_on_one_topic_are_sent_on_the_others() -> None:
    notify(1, 3)
    due = {
        "reminder_id": 1,
        "firing": 1,
        "task_id": 1,
        "title": "Buy",
        "priority": "low",
        "due_at": None,
        "remind_at": "2026-01-01T00:00:00Z",
        "message": "now",
        "late": False,
    }
    Event.objects.filter(seq=3).update(type="reminder.due", v=1, data=due)
    transport = WithoutReminders()
    poll_until_quiet(Relay(transport, holder="a"))
    assert published_numbers() == {"user:1": 2}
    assert arrived_sequences(transport, 1) == [1, 2]


def test_a_round_reads_a_bounded_number_of_events_and_the_next_goes_on() -> None:
    transport = MemoryTransport()
    for user_id in range(1, 41):
        notify(user_id, 100)
    relay = Relay(transport, holder="a")
    assert [len(relay.find_streams()) for _ in range(3)] == [20, 20, 20]
    poll_until_quiet(relay)
    assert set(published_numbers().values()) == {100}


def test_a_lower_id_that_commits_late_is_sent_while_higher_ids_always_have_new_events() -> None:
    relay, transport = busy_relay()
    for user_id in range(1, 9):
        notify(user_id)
    poll_until_quiet(relay)
    notify(2)
    relay.poll()
    notify(1)  # committed after the look that passed it
    for user_id in (3, 4, 5):
        notify(user_id)
        relay.poll()
    assert arrived_sequences(transport, 1) == [1, 2]


@pytest.mark.parametrize("growing", [False, True])
def test_no_stream_waits_for_more_than_a_round_of_full_looks(
    growing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page is full: the same streams always have new events, or new streams with higher ids appear."""
    for module in (relaying, streams):
        monkeypatch.setattr(module, "STREAMS_PER_LOOK", 2)
    relay, transport = busy_relay()
    for user_id in range(1, 9):
        notify(user_id)
    relay.poll()
    notify(1)
    for turn in range(6):
        for user_id in range(20 + 4 * turn, 24 + 4 * turn) if growing else range(3, 9):
            notify(user_id)
        relay.poll()
    assert arrived_sequences(transport, 1) == [1, 2]


def test_an_event_whose_envelope_fails_in_an_unknown_way_holds_up_its_stream_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail_for_one(event: RecordedEvent, *, epoch: str) -> list[EventMessage]:
        if event.stream_key == "user:1":
            raise RuntimeError("half \ud800 a character, and \0")
        return to_messages(event, epoch=epoch)

    monkeypatch.setattr(relaying, "to_messages", fail_for_one)
    notify(1)
    notify(2)
    poll_until_quiet(Relay(MemoryTransport(), holder="a"))
    assert published_numbers() == {"user:1": 0, "user:2": 1}
    assert "half ? a character" in Stream.objects.get(key="user:1").relay_error


def busy_relay() -> tuple[Relay, MemoryTransport]:
    transport = MemoryTransport()
    return Relay(transport, holder="a"), transport
