"""A handler that hung counts as one attempt of its event, and of no other event."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from events_app.consumers.hangs import take_up_hangs
from events_app.consumers.kernel import advance
from events_app.contracts import RecordedEvent
from events_app.log.history import events_between
from events_app.models import Cursor, DeadLetter, HangNote
from events_app.runtime import hang_notes
from events_app.runtime.hang_notes import keep_notes, notes_path
from events_app.tests import recorders
from events_app.tests.consumers.test_advance import let_retries_come
from events_app.tests.recorders import MANY, ONE, SKIPPING, consumers_are, write_events
from foundation import counters

pytestmark = pytest.mark.django_db(transaction=True)
batches: list[int] = []
REASON = "consumer one (take_one) did not return in time"


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put the notes into a folder of the test, on each database."""
    path = tmp_path / "todo.sqlite3"
    monkeypatch.setattr(hang_notes, "database_file", lambda: path)
    batches.clear()
    with consumers_are(ONE, replace(MANY, handler=f"{__name__}.count_events"), SKIPPING):
        yield path


def count_events(events: Sequence[RecordedEvent]) -> None:
    batches.append(len(events))


def of_user(user_id: int, *numbers: int) -> list[RecordedEvent]:
    return [event for event in events_between(user_id, after=0, to=100) if event.seq in numbers]


def cursor(name: str, user_id: int = 1) -> Cursor:
    return Cursor.objects.get(consumer=name, stream__key=f"user:{user_id}")


def test_the_events_before_are_applied_and_the_one_that_hung_waits() -> None:
    write_events(1, 5)
    keep_notes("one", of_user(1, 3), reason=REASON)
    assert take_up_hangs() == 1
    assert recorders.seen == [("user:1", 1), ("user:1", 2)]
    assert (cursor("one").seq, cursor("one").attempts) == (2, 1)
    assert cursor("one").last_error == f"HandlerHung: {REASON}"
    assert cursor("one").retry_at is not None
    assert take_up_hangs() == 0
    assert cursor("one").attempts == 1


@pytest.mark.parametrize("name", ["one", "skipping"])
def test_after_the_last_attempt_the_policy_decides(name: str) -> None:
    write_events(1, 2)
    for _ in range(3):
        keep_notes(name, of_user(1, 1), reason=REASON)
        take_up_hangs()
        let_retries_come()
    if name == "one":
        assert cursor(name).blocked_at is not None
    else:
        assert DeadLetter.objects.get().seq == 1
        advance(name, {"user:1": 2})
        assert recorders.seen == [("user:1", 2)]


def test_of_several_events_none_is_blamed_and_each_is_applied_alone() -> None:
    write_events(1, 3)
    write_events(2, 2)
    keep_notes("many", [*of_user(1, 1, 2, 3), *of_user(2, 1, 2)], reason=REASON)
    assert take_up_hangs() == 2
    assert batches == [1] * 5
    assert cursor("many", 1).seq == 3
    assert cursor("many", 2).seq == 2
    assert not Cursor.objects.filter(attempts__gt=0)


def test_what_has_been_applied_meanwhile_is_no_attempt() -> None:
    write_events(1, 3)
    keep_notes("one", of_user(1, 2), reason=REASON)
    advance("one", {"user:1": 3})
    assert take_up_hangs() == 1
    assert (cursor("one").seq, cursor("one").attempts) == (3, 0)


def test_an_earlier_event_that_waits_keeps_its_own_attempts() -> None:
    write_events(1, 3)
    recorders.poison.add(1)
    advance("one", {"user:1": 3})
    keep_notes("one", of_user(1, 3), reason=REASON)
    assert take_up_hangs() == 1
    assert (cursor("one").seq, cursor("one").attempts) == (0, 1)
    assert "Poison" in cursor("one").last_error


def test_a_consumer_or_user_that_is_gone_leaves_nothing() -> None:
    write_events(1, 1)
    keep_notes("former", of_user(1, 1), reason=REASON)
    HangNote.objects.create(
        consumer="one", stream_key="user:9", first_seq=1, last_seq=1, is_alone=True, reason=REASON
    )
    assert take_up_hangs() == 2
    assert not HangNote.objects.exists()


def test_a_truncated_or_repeated_file_gives_each_complete_note_once(database: Path) -> None:
    write_events(1, 1)
    keep_notes("one", of_user(1, 1), reason=REASON)
    path = notes_path(database)
    assert path.stat().st_mode & 0o777 == 0o600
    line = path.read_bytes()
    path.write_bytes(line + line + line[:20])
    before = counters.snapshot().get("hangs.unreadable", 0)
    take_up_hangs()
    assert counters.snapshot()["hangs.unreadable"] == before + 1
    assert cursor("one").attempts == 1
    assert list(database.parent.iterdir()) == []


def test_on_postgresql_a_note_is_a_row_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hang_notes, "database_file", lambda: None)
    write_events(1, 1)
    keep_notes("one", of_user(1, 1), reason=REASON)
    assert HangNote.objects.get().is_alone
