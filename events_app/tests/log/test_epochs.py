"""All sequence numbers that are read or sent come with the epoch of their history."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from events_app.log.epochs import begin_epoch, current_epoch, epoch_bounds_of, heads_and_epoch
from events_app.log.history import events_after, head_of
from events_app.log.streams import mark_published
from events_app.models import Epoch, Stream
from events_app.relay import Relay
from events_app.tests.recorders import write_notifications
from events_app.transports.base import EventMessage
from events_app.transports.memory import MemoryTransport

pytestmark = pytest.mark.django_db


@dataclass
class Reader:
    """An outside reader as the documents describe it: it drops passed numbers, and restarts in a new epoch."""

    transport: MemoryTransport
    epoch: str = ""
    passed: int = 0
    seen: list[int] = field(default_factory=list)

    def read(self) -> list[int]:
        """Read the messages that have arrived; return the new sequence numbers."""
        self.seen.clear()
        for message in self.transport.take():
            self._take(message)
        return self.seen

    def _take(self, message: EventMessage) -> None:
        envelope = json.loads(message.body)
        if envelope["epoch"] != self.epoch:
            self.epoch, self.passed = envelope["epoch"], 0
        if int(envelope["sequence"]) > self.passed:
            self.passed = int(envelope["sequence"])
            self.seen.append(self.passed)


def restore(head: int, *, user_id: int = 1) -> None:
    """Restore a history to `head`, as from a backup, in a new epoch."""
    stream = Stream.objects.get(key=f"user:{user_id}")
    stream.events.filter(seq__gt=head).delete()
    Stream.objects.filter(pk=stream.pk).update(head=head, published=min(head, stream.published))
    begin_epoch(Epoch.Reason.ASKED)


def test_each_epoch_is_another_one() -> None:
    first = current_epoch()
    assert current_epoch() == first
    begun = begin_epoch(Epoch.Reason.ASKED)
    assert current_epoch() == begun.value != first
    assert Epoch.objects.count() == 1


def test_an_emptied_database_begins_an_epoch_at_the_first_look() -> None:
    Epoch.objects.all().delete()
    assert heads_and_epoch([1])[1] == epoch_bounds_of(1).epoch == current_epoch()
    Epoch.objects.all().delete()
    write_notifications(1, 2)
    transport = MemoryTransport()
    Relay(transport, holder="a").poll()
    assert {json.loads(message.body)["epoch"] for message in transport.arrived} == {current_epoch()}
    assert Stream.objects.get().published == 2


def test_a_place_is_zero_without_a_history() -> None:
    place = epoch_bounds_of(1)
    assert (place.head, place.tail) == (0, 0)
    assert heads_and_epoch([1]) == ({}, place.epoch)
    assert heads_and_epoch([]) == ({}, place.epoch)


def test_events_come_with_the_bounds_of_their_history_in_one_query(django_assert_num_queries: Any) -> None:
    write_notifications(1, 4)
    write_notifications(2, 2)
    Stream.objects.filter(key="user:1").update(published=4, tail=1)
    types = ["notification.created"]
    current_epoch()  # an emptied database begins one
    with django_assert_num_queries(1):
        events, bounds = events_after(1, after=1, limit=2, types=types)
    assert [(event.stream_key, event.seq) for event in events] == [("user:1", 2), ("user:1", 3)]
    assert bounds == epoch_bounds_of(1)
    assert (bounds.head, bounds.tail) == (4, 1)
    assert events_after(1, after=4, limit=2, types=types) == ([], bounds)
    assert events_after(1, after=0, limit=9, types=["task.created"]) == ([], bounds)
    assert events_after(3, after=2**63 - 1, limit=9, types=types) == ([], epoch_bounds_of(3))


def test_heads_come_with_the_epoch_in_one_query(django_assert_num_queries: object) -> None:
    for user_id in (1, 2, 3):
        write_notifications(user_id, user_id)
    epoch = current_epoch()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert heads_and_epoch([1, 3, 4]) == ({1: 1, 3: 3}, epoch)


def test_a_reader_outside_misses_nothing_of_a_restored_history() -> None:
    transport = MemoryTransport()
    reader, relay = Reader(transport), Relay(transport, holder="a")
    write_notifications(1, 6)
    relay.poll()
    assert reader.read() == [1, 2, 3, 4, 5, 6]
    restore(3)
    write_notifications(1, 5)
    assert head_of(1) == 8
    relay.poll()
    assert reader.read() == [4, 5, 6, 7, 8]


def test_unmarked_events_are_sent_again_in_the_new_epoch() -> None:
    transport = MemoryTransport()
    reader = Reader(transport)
    write_notifications(1, 4)
    relay = Relay(transport, holder="a")
    relay.send(relay.find_streams())
    assert reader.read() == [1, 2, 3, 4]
    begin_epoch(Epoch.Reason.ASKED)  # the backup was made before what was sent could be marked
    Relay(transport, holder="b").poll()
    relay.poll()
    assert reader.read() == [1, 2, 3, 4]


def test_a_relay_that_lived_through_a_restore_marks_nothing_of_the_history_before() -> None:
    transport = MemoryTransport()
    relay = Relay(transport, holder="a")
    write_notifications(1, 6)
    sent = relay.send(relay.find_streams())
    restore(2)
    relay.mark(sent)
    assert Stream.objects.get().published == 0
    write_notifications(1, 3)
    transport.take()
    relay.poll()
    assert [message.sequence for message in transport.take()] == [1, 2, 3, 4, 5]


def test_unmarked_numbers_are_forgotten_with_their_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = MemoryTransport()
    relay = Relay(transport, holder="a")
    write_notifications(1, 6)
    with monkeypatch.context() as patch:
        patch.setattr(
            "events_app.log.streams.lock_unlocked_streams", lambda stream_ids: set()
        )  # a writer holds the stream
        relay.poll()
    restore(2)
    write_notifications(1, 1)
    transport.take()
    relay.poll()
    assert [message.sequence for message in transport.take()] == [1, 2, 3]
    assert Stream.objects.get().published == 3


def test_marking_numbers_of_another_epoch_changes_nothing() -> None:
    write_notifications(1, 2)
    stream = Stream.objects.get()
    mark_published({stream.pk: 1}, epoch="another")
    assert Stream.objects.get().published == 0
    mark_published({stream.pk: 1}, epoch=current_epoch())
    assert Stream.objects.get().published == 1
