import pytest
from django.db import IntegrityError

from events_app.models import Event, Stream
from events_app.queries import events_between, head_of
from events_app.tests.recorders import preferences_changed
from events_app.writing import WritingAnotherStream, writing

pytestmark = pytest.mark.django_db


def record_then_violate_a_constraint() -> None:
    with writing(1) as log:
        log.record(preferences_changed())
        Stream.objects.create(key=log.key)


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
        recorded = log.record(preferences_changed())
    [read] = events_between(1, after=0, to=1)
    assert read.payload == preferences_changed()
    assert (read.event_id, read.seq, read.occurred_at) == (recorded.event_id, 1, recorded.occurred_at)


def test_a_block_without_events_moves_nothing() -> None:
    with writing(1):
        pass
    assert Stream.objects.get().head == 0
