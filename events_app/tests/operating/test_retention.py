"""What is older than the setting says goes from the log, unless somebody still needs it."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import Settings

from events_app.consumers.reconcile import reconcile
from events_app.models import Cursor, DeadLetter, Event, ParkedMessage, Stream
from events_app.operating.invariants import find_all
from events_app.operating.retention import trim_old_events
from events_app.runtime.time_slices import time_slice
from events_app.tests.recorders import MANY, ONE, consumers_are, write_events

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _consumers(settings: Settings) -> Iterator[None]:
    settings.HISTORY_DAYS = 30
    with consumers_are(ONE, MANY):
        yield


def let_pass(days: int, *, up_to: int) -> None:
    """Have so many days gone by since the first events of every stream."""
    Event.objects.filter(seq__lte=up_to).update(occurred_at=timezone.now() - timedelta(days=days))


def apply_everything(*, published: int = 5) -> None:
    Stream.objects.update(published=published)
    reconcile(quiet_seconds=0)


def tails() -> dict[str, int]:
    return dict(Stream.objects.values_list("key", "tail"))


def test_old_events_go_and_newer_ones_stay() -> None:
    for user in (1, 2):
        write_events(user, 5)
    apply_everything()
    let_pass(31, up_to=3)
    assert trim_old_events() == 6
    assert tails() == {"user:1": 3, "user:2": 3}
    assert set(Event.objects.values_list("seq", flat=True)) == {4, 5}
    assert find_all() == []
    assert trim_old_events() == 0


def test_without_the_setting_the_log_is_kept_for_ever(settings: Settings) -> None:
    settings.HISTORY_DAYS = 0
    write_events(1, 5)
    apply_everything()
    let_pass(10_000, up_to=5)
    assert trim_old_events() == 0


def test_what_is_not_published_or_not_applied_stays_and_holds_up_no_other() -> None:
    for user in (1, 2, 3):
        write_events(user, 5)
    apply_everything()
    let_pass(31, up_to=5)
    Stream.objects.filter(key="user:1").update(published=2)
    Cursor.objects.filter(stream__key="user:2", consumer="one").update(seq=1, blocked_at=timezone.now())
    trim_old_events()
    assert tails() == {"user:1": 2, "user:2": 1, "user:3": 5}


def test_it_makes_progress_in_a_slice_that_is_too_short_for_all() -> None:
    for user in (1, 2, 3):
        write_events(user, 5)
    apply_everything()
    let_pass(31, up_to=5)
    for done in (5, 5, 5, 0):
        with time_slice(0):
            assert trim_old_events() == done


def test_what_a_dead_letter_or_a_parked_message_needs_stays_until_it_is_decided() -> None:
    for user in (1, 2, 3):
        write_events(user, 5)
    apply_everything()
    let_pass(31, up_to=5)
    streams = {each.key: each for each in Stream.objects.all()}
    letter = DeadLetter.objects.create(
        consumer="audit", stream=streams["user:1"], seq=3, event_id=uuid4(), type="x", error="x", attempts=1
    )
    parked = ParkedMessage.objects.create(stream=streams["user:2"], seq=4, topic="task-events", reason="x")
    assert trim_old_events() == 2 + 3 + 5
    assert tails() == {"user:1": 2, "user:2": 3, "user:3": 5}
    DeadLetter.objects.filter(pk=letter.pk).update(resolved_at=Now(), resolution="skipped")
    parked.delete()
    assert trim_old_events() == 3 + 2
