"""The operators' commands show faults and repair them."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from events_app.consumers.kernel import advance
from events_app.consumers.reconcile import reconcile
from events_app.models import Consumer, Cursor, DeadLetter, Event, Stream
from events_app.operating.recovery import retry_cursor, skip_event
from events_app.tests import recorders
from events_app.tests.recorders import MANY, ONE, SKIPPING, consumers_are, write_events

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _consumers() -> Iterator[None]:
    with consumers_are(ONE, MANY, SKIPPING):
        yield


def run(*words: str) -> tuple[int, list[dict[str, object]]]:
    """Run a command with --json; return its exit code and its lines."""
    out = io.StringIO()
    code = 0
    try:
        call_command(*words, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def apply_everything() -> None:
    Stream.objects.update(published=2)
    reconcile(quiet_seconds=0)


def fail_three_times(consumer: str, seq: int, head: int) -> None:
    recorders.poison.add(seq)
    for _ in range(3):
        Cursor.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
        advance(consumer, {"user:1": head})


def test_event_audit_finds_nothing_when_everything_is_applied() -> None:
    write_events(1, 2)
    apply_everything()
    assert run("event_audit") == (0, [{"ok": True}])


def test_event_audit_reports_what_is_under_way_as_lag() -> None:
    write_events(1, 2)
    code, findings = run("event_audit")
    assert code == 3
    assert {finding["kind"] for finding in findings} == {"lag"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda: Event.objects.filter(seq=1).delete(),
        lambda: Event.objects.filter(seq=2).delete(),
        lambda: Cursor.objects.filter(consumer="one").update(seq=9),
        lambda: Cursor.objects.filter(consumer="one").update(seq=1),
        lambda: Cursor.objects.filter(consumer="one").update(attempts=2),
        lambda: Stream.objects.update(head=3),
    ],
    ids=["lost first", "lost last", "cursor beyond", "settled too early", "stuck", "head without event"],
)
def test_event_audit_fails_for_a_fault_that_time_does_not_repair(damage: object) -> None:
    write_events(1, 2)
    apply_everything()
    damage()  # type: ignore[operator]
    code, findings = run("event_audit")
    assert code == 1
    assert "broken" in {finding["kind"] for finding in findings}


def test_a_blocked_consumer_is_listed_and_its_event_can_be_skipped() -> None:
    write_events(1, 2)
    fail_three_times("one", 1, 2)
    code, lines = run("consumers", "list")
    assert code == 3
    assert [(line["name"], line["blocked"]) for line in lines] == [("one", 1), ("many", 0), ("skipping", 0)]
    skip_event(Cursor.objects.get(consumer="one").pk)
    advance("one", {"user:1": 2})
    assert Cursor.objects.get(consumer="one").seq == 2
    assert DeadLetter.objects.get().resolution == "skipped"


def test_a_blocked_consumer_can_be_retried_at_once() -> None:
    write_events(1, 1)
    fail_three_times("one", 1, 1)
    recorders.poison.clear()
    retry_cursor(Cursor.objects.get(consumer="one").pk)
    advance("one", {"user:1": 1})
    assert Cursor.objects.get(consumer="one").seq == 1


def test_dead_letters_are_listed_retried_and_closed_once() -> None:
    write_events(1, 3)
    fail_three_times("skipping", 2, 3)
    code, [line] = run("dead_letters", "list")
    assert (code, line["sequence"]) == (3, 2)
    assert run("dead_letters", "retry")[0] == 1  # the event is still poison
    recorders.poison.clear()
    assert run("dead_letters", "retry", str(line["id"]))[0] == 0
    assert ("user:1", 2) in recorders.seen
    assert run("dead_letters", "list") == (0, [])
    assert run("dead_letters", "retry", str(line["id"]))[0] == 1


@pytest.mark.parametrize("lost", ["event", "consumer"])
def test_a_dead_letter_whose_event_or_consumer_is_gone_stays_open_and_says_so(lost: str) -> None:
    write_events(1, 1)
    fail_three_times("skipping", 1, 1)
    recorders.poison.clear()
    if lost == "event":
        Event.objects.all().delete()
    else:
        DeadLetter.objects.update(consumer="removed")
    code, [line] = run("dead_letters", "retry")
    assert (code, line["ok"]) == (1, False)
    assert "skip the letter" in str(line["reason"])
    assert DeadLetter.objects.get().resolved_at is None


def test_pausing_and_resuming_name_only_consumers_that_exist() -> None:
    assert run("consumers", "pause", "one")[1] == [{"action": "pause", "changed": 1}]
    assert run("consumers", "resume", "one")[1] == [{"action": "resume", "changed": 1}]
    assert run("consumers", "pause", "nobody")[0] == 2


def test_replay_counts_what_it_applied_again_and_refuses_unknown_consumers() -> None:
    write_events(1, 2)
    advance("one", {"user:1": 2})
    assert run("replay", "one", "--user", "1")[1] == [{"events": 2, "streams": 1}]
    assert run("replay", "nobody")[0] == 2


def test_trimming_keeps_the_last_events_and_those_not_applied() -> None:
    write_events(1, 10)
    assert run("trim_events", "--keep", "3")[1] == [{"removed": 0}]
    Stream.objects.update(published=10)
    reconcile(quiet_seconds=0)
    assert run("trim_events", "--keep", "3")[1] == [{"removed": 7}]
    assert Stream.objects.get().tail == 7
    assert run("event_audit") == (0, [{"ok": True}])


@pytest.mark.parametrize(("hours", "removed"), [(1, 0), (48, 7)])
def test_trimming_waits_a_day_for_a_consumer_of_a_newer_release(hours: float, removed: int) -> None:
    write_events(1, 10)
    Stream.objects.update(published=10)
    reconcile(quiet_seconds=0)
    newer = Consumer.objects.create(name="newer", state=Consumer.State.CATCHING_UP)
    Consumer.objects.filter(pk=newer.pk).update(registered_at=timezone.now() - timedelta(hours=hours))
    assert run("trim_events", "--keep", "3")[1] == [{"removed": removed}]
