"""An error at the commit is a failure of one event, like an error of its handler."""

from collections.abc import Iterator

import pytest

from events_app.consumers.kernel import advance
from events_app.consumers.kernel.cursors import cursor_states
from events_app.consumers.kernel.failures import store_too_new
from events_app.models import Cursor
from events_app.tests import recorders
from events_app.tests.recorders import MANY, ONE, consumers_are, write_events

pytestmark = pytest.mark.django_db(transaction=True)
ORPHAN = "of no stream"


def insert_orphan(seq: int) -> None:
    """Insert a row whose foreign key leads nowhere, which the database notices at the commit."""
    Cursor.objects.get_or_create(consumer=f"{ORPHAN} {seq}", stream_id=10**9)


@pytest.fixture(autouse=True)
def _consumers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(recorders, "act_at_poison", insert_orphan)
    with consumers_are(ONE, MANY):
        yield


@pytest.mark.parametrize("name", ["one", "many"])
def test_an_event_that_breaks_the_commit_waits_alone(name: str) -> None:
    write_events(1, 9)
    write_events(2, 2)
    recorders.poison.add(6)
    done = advance(name, {"user:1": 9, "user:2": 2})
    first, second = Cursor.objects.filter(consumer=name).order_by("stream_id")
    assert (first.seq, first.attempts, second.seq) == (5, 1, 2)
    assert first.retry_at is not None
    assert "FOREIGN KEY" in first.last_error.upper()
    assert done.failures == 1
    assert not Cursor.objects.filter(consumer__startswith=ORPHAN).exists()


def test_a_cursor_that_a_newer_release_has_moved_is_not_made_to_wait() -> None:
    write_events(1, 2)
    advance("one", {"user:1": 1})
    [state] = cursor_states([("one", "user:1", 2)])
    store_too_new(ONE, state, position=1)
    assert Cursor.objects.get(consumer="one").retry_at is None
    store_too_new(ONE, state, position=2)
    assert Cursor.objects.get(consumer="one").retry_at is not None


def test_a_failure_that_does_not_repeat_lets_the_stream_reach_its_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Once(set[int]):
        def __contains__(self, seq: object) -> bool:
            return seq == 3 and next(failures, False)

    failures = iter([True])
    monkeypatch.setattr(recorders, "poison", Once())
    write_events(1, 600)
    assert advance("many", {"user:1": 600}).failures == 0
    assert Cursor.objects.get(consumer="many").seq == 600
