import json
from typing import Any

import pytest

from accounts_app.tests.factories import make_user
from events_app.log.epochs import begin_epoch, current_epoch
from events_app.log.write import writing
from events_app.models import Epoch, Event, Stream
from realtime_app.errors import ChangesReset, ChangesTooOld
from realtime_app.queries import HistoryPage, read_bounds, read_changes, read_log
from realtime_app.sockets import protocol
from realtime_app.sockets.exchange import Bounds
from realtime_app.tests.payloads import notification, preferences

pytestmark = pytest.mark.django_db


def person_with_history(shown: str) -> int:
    """Write one event for each letter: `n` for a notification, `p` for preferences, which sockets do not send."""
    user = make_user()
    payloads = [notification(n) if letter == "n" else preferences() for n, letter in enumerate(shown)]
    with writing(user) as log:
        log.record_many(payloads)
    return int(user.pk)


def test_somebody_without_history_is_at_zero() -> None:
    user_id = make_user().pk
    assert read_bounds(user_id) == Bounds(0, 0, current_epoch())
    assert read_changes(user_id, after=0, limit=10) == HistoryPage([], 0, more=False, epoch=current_epoch())


def test_a_range_holds_what_is_shown_and_says_how_far_it_goes() -> None:
    user_id = person_with_history("nppnn")
    part, bounds = read_log(user_id, after=1, limit=3)
    assert (part.after, part.to, bounds) == (1, 4, Bounds(5, 0, current_epoch()))
    assert [(event.sequence, event.kind) for event in part.events or ()] == [
        (2, "account"),
        (3, "account"),
        (4, ""),
    ]
    event = (part.events or ())[-1]
    assert json.loads(event.text)["sequence"] == 4


def test_a_range_stops_before_what_a_newer_release_wrote() -> None:
    user_id = person_with_history("nnnn")
    Event.objects.filter(stream__key=f"user:{user_id}", seq=3).update(v=99)
    part, _ = read_log(user_id, after=0, limit=10)
    assert (part.to, [event.sequence for event in part.events or ()]) == (2, [1, 2])


def test_an_event_that_does_not_fit_its_schema_is_skipped() -> None:
    user_id = person_with_history("nnn")
    Event.objects.filter(stream__key=f"user:{user_id}", seq=2).update(data={"nonsense": True})
    part, _ = read_log(user_id, after=0, limit=10)
    assert (part.to, [event.sequence for event in part.events or ()]) == (3, [1, 3])


def test_pages_of_changes_end_where_the_next_begins() -> None:
    user_id = person_with_history("nnpnn")
    seen, after, more = [], 0, True
    while more:
        page = read_changes(user_id, after=after, limit=2)
        seen += [change["sequence"] for change in page.results]
        after, more = page.sequence, page.more
    assert (seen, after) == ([1, 2, 4, 5], 5)


def test_changes_without_after_say_where_now_is() -> None:
    assert read_changes(person_with_history("nn"), after=None, limit=10) == HistoryPage(
        [], 2, more=False, epoch=current_epoch()
    )


def test_changes_ahead_of_the_history_are_reset() -> None:
    user_id = person_with_history("nn")
    assert read_changes(user_id, after=2, limit=10) == HistoryPage([], 2, more=False, epoch=current_epoch())
    for ahead in (3, 2**63 - 1):
        with pytest.raises(ChangesReset):
            read_changes(user_id, after=ahead, limit=10)


def test_changes_of_another_epoch_are_reset_wherever_they_stand() -> None:
    user_id = person_with_history("nn")
    before = current_epoch()
    assert read_changes(user_id, after=1, limit=10, epoch=before).sequence == 2
    begin_epoch(Epoch.Reason.ASKED)
    for after in (None, 0, 1, 2):
        with pytest.raises(ChangesReset):
            read_changes(user_id, after=after, limit=10, epoch=before)
    assert read_changes(user_id, after=1, limit=10).epoch == current_epoch() != before


def test_events_and_bounds_are_of_one_moment(django_assert_num_queries: Any) -> None:
    user_id = person_with_history("nn")
    current_epoch()  # an emptied database begins one
    with django_assert_num_queries(1):
        read_log(user_id, after=0, limit=10)
    with django_assert_num_queries(1):
        read_changes(user_id, after=0, limit=10)


def test_a_database_that_was_emptied_begins_an_epoch() -> None:
    user_id = make_user().pk
    Epoch.objects.all().delete()
    assert read_log(user_id, after=0, limit=10)[1].epoch
    Epoch.objects.all().delete()
    began = read_bounds(user_id).epoch
    assert began
    assert began == current_epoch()


def test_changes_below_what_is_kept_or_too_far_behind_are_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    user_id = person_with_history("nnnnn")
    Stream.objects.filter(key=f"user:{user_id}").update(published=5, tail=2)
    assert len(read_changes(user_id, after=2, limit=10).results) == 3
    with pytest.raises(ChangesTooOld):
        read_changes(user_id, after=1, limit=10)
    monkeypatch.setattr(protocol, "MAX_BEHIND_EVENTS", 2)
    with pytest.raises(ChangesTooOld):
        read_changes(user_id, after=2, limit=10)


def test_one_users_history_never_shows_in_anothers() -> None:
    one, other = person_with_history("nnn"), person_with_history("n")
    assert [change["user_id"] for change in read_changes(one, after=0, limit=9).results] == [str(one)] * 3
    assert [change["user_id"] for change in read_changes(other, after=0, limit=9).results] == [str(other)]
