from datetime import UTC, datetime
from uuid import RFC_4122

import pytest
from django.db import IntegrityError, transaction

from events_app.contracts import ReminderDue
from events_app.log.history import events_between, head_of
from events_app.log.write import Log, WritingAnotherStream, record_across, writing, writing_many
from events_app.models import Event, Stream
from events_app.tests.recorders import preferences_changed
from foundation.context import SYSTEM

pytestmark = pytest.mark.django_db


def record_then_violate_a_constraint() -> None:
    with writing(1) as log:
        log.record(preferences_changed())
        Stream.objects.create(key=log.key)


@transaction.atomic
def record_across_then_violate_a_constraint(logs: dict[int, Log]) -> None:
    record_across({log: [preferences_changed()] for log in logs.values()})
    Stream.objects.create(key=logs[1].key)


def test_events_are_numbered_from_one_without_gaps() -> None:
    with writing(1) as log:
        log.record(preferences_changed())
        log.record_many([preferences_changed(), preferences_changed()])
    assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3]
    assert head_of(1) == 3


def test_a_savepoint_rolled_back_leaves_no_gap() -> None:
    with writing(1) as log:
        log.record(preferences_changed())
        with pytest.raises(IntegrityError):
            record_then_violate_a_constraint()
        log.record(preferences_changed())
    assert [event.seq for event in events_between(1, after=0, to=9)] == [1, 2]


def test_writing_for_another_user_inside_is_refused() -> None:
    with writing(1), pytest.raises(WritingAnotherStream), writing(2):
        pass


def test_an_event_reads_back_as_it_was_recorded() -> None:
    with writing(1) as log:
        log.record(preferences_changed())
    [read] = events_between(1, after=0, to=1)
    assert read.payload == preferences_changed()
    assert (read.event_id.version, read.event_id.variant, read.seq) == (4, RFC_4122, 1)
    assert (read.occurred_at, read.actor) == (Stream.objects.get().moved_at, SYSTEM.actor)


def test_many_events_with_every_kind_of_character_read_back_as_recorded() -> None:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    titles = ["tab\t", "line\r\n", "back\\slash \\n \\N \\.", "\\.", "quote \" '", "ü €  🌍 \x7f", "%s {} $1"]
    payloads = [
        ReminderDue(
            reminder_id=number, firing=1, task_id=number, title=title, priority="low", due_at=None,
            remind_at=at, message=title, late=False,
        )
        for number, title in enumerate(titles * 2)
    ]  # fmt: skip
    with writing(1) as log:
        log.record_many(payloads)
    read = events_between(1, after=0, to=99)
    assert [event.payload for event in read] == payloads
    assert [event.task_id for event in read] == [each.task_id for each in payloads]
    assert {event.occurred_at for event in read} == {Stream.objects.get().moved_at}
    assert len({event.event_id for event in read}) == len(payloads)


def test_many_events_of_which_one_is_there_already_are_refused_as_by_the_orm() -> None:
    with writing(1) as log:
        log.record(preferences_changed())
    Stream.objects.update(head=0, published=0, settled=0)
    with pytest.raises(IntegrityError), writing(1) as log:
        log.record_many([preferences_changed()] * 20)


def test_a_block_without_events_moves_nothing() -> None:
    with writing(1):
        pass
    assert Stream.objects.get().head == 0


def test_events_of_many_users_are_numbered_each_in_their_own_history() -> None:
    with writing(2) as log:
        log.record(preferences_changed())
    with writing(1), writing(1):
        pass
    with writing_many([1, 2]) as logs:
        one, two = [preferences_changed()], [preferences_changed(), preferences_changed()]
        assert record_across({logs[2]: two, logs[1]: one}) == 3
    assert (head_of(1), head_of(2)) == (1, 3)
    assert [event.seq for event in events_between(2, after=1, to=9)] == [2, 3]
    assert [event.seq for event in events_between(1, after=0, to=9)] == [1]


def test_many_users_rolled_back_together_leave_no_gap() -> None:
    with writing(1), writing(1):
        pass
    with writing_many([1]) as logs:
        with pytest.raises(IntegrityError):
            record_across_then_violate_a_constraint(logs)
        assert record_across({logs[1]: []}) == 0
        record_across({logs[1]: [preferences_changed()]})
    assert [event.seq for event in events_between(1, after=0, to=9)] == [1]
