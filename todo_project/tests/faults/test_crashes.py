"""kill -9 of `manage.py relay` and `manage.py deliver`, at every step that they pass, on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.waiting import wait_until
from events_app.runtime.crash import CRASH_POINTS
from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.mail import Mailbox, mailbox
from todo_project.tests.platform.platforms import Platform, platform
from todo_project.tests.platform.roles import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

KILLED = -9
# In this order: test_crashes_on_kafka.py, test_crashes_of_receivers.py, notifications_app/tests/test_account_mails.py,
# todo_project/tests/backup/test_ended_restores.py.
ELSEWHERE = ("subscriber.", "inbox.", "account_mail.", "restore.")
# At these passages, with the work below, the consumer that counts what is applied twice is at it.
PASSAGES = {
    "kernel.after_lock": 4,
    "kernel.after_handlers": 4,
    "kernel.after_cursors": 5,
    "kernel.after_commit": 4,
}
STEPS = [f"{point}:{PASSAGES.get(point, 1)}" for point in CRASH_POINTS if not point.startswith(ELSEWHERE)]


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, templates: Path, box: Mailbox) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("crashes")
    with platform(folder, new_sqlite(folder, templates), {"TODO_EMAIL_URL": box.url}) as made:
        yield made


@pytest.mark.parametrize("step", STEPS)
def test_an_engine_killed_at_this_step_leaves_nothing_lost_twice_or_stuck(
    shared: Platform, box: Mailbox, step: str
) -> None:
    address = f"{step.replace(':', '-')}@example.org"
    user = _give_work(shared, address, fails_at=3 if "failure" in step else 0)
    if "parting" in step:
        # The next event is of the engine itself; what was there before is reconcile's, consumer by consumer.
        _order_to_fail(shared, user, shared.head(user) + 1)
    _die_at(shared, step)

    shared.let_leases_end()
    _let_delivery_leases_end(shared)
    _finish(shared, user)

    shared.applied_everything_once(user)
    assert _tasks(shared, user) == ["Milk"] * 3 + ["Stretch"] * 3
    _reminded_once(shared, box, user, address)
    shared.finds_nothing()


@pytest.mark.parametrize(("step", "kept"), [("writing.before_commit:3", 2), ("writing.after_commit:3", 3)])
def test_a_writer_killed_in_the_third_change_leaves_whole_changes(
    shared: Platform, step: str, kept: int
) -> None:
    [user] = shared.users(1)
    victim = shared.more_hands(TODO_CRASH_POINT=step)
    victim.ask("create", user_ids=[user], count=5)
    assert victim.ended() == KILLED

    assert _tasks(shared, user) == ["Milk"] * kept
    assert shared.head(user) == kept
    shared.hands.do("finish")
    shared.applied_everything_once(user)
    shared.finds_nothing()


def _give_work(shared: Platform, address: str, *, fails_at: int) -> int:
    """One user's work that takes an engine through every step: events, a successor, a firing, a mail."""
    [user] = shared.users(1, email=address, channels=["in_app", "email"])
    hands = shared.hands
    hands.do("create", user_ids=[user], count=3)
    _order_to_fail(shared, user, fails_at)
    done = hands.do("remind", user_id=user, seconds=600, recurring=True)
    hands.do("complete", user_id=user, task_id=done)
    hands.do("remind", user_id=user, seconds=1)
    return user


def _order_to_fail(shared: Platform, user: int, seq: int) -> None:
    shared.database.rows("INSERT INTO probe_order VALUES (%s, %s, 'raise once')", f"user:{user}", seq)


def _die_at(shared: Platform, step: str) -> None:
    """Start the role that passes this step and wait for its death. A sender needs an engine to have work."""
    if step.startswith("delivery."):
        engine, victim = shared.relay(), shared.deliver(TODO_CRASH_POINT=step)
    else:
        engine, victim = None, shared.relay(TODO_CRASH_POINT=step)
    assert victim.ended() == KILLED, victim.tail
    if engine is not None:
        assert engine.stop() == 0, engine.tail


def _finish(shared: Platform, user: int) -> None:
    """Be an engine until the reminder has become a notification and a mail."""

    def is_told() -> bool:
        shared.hands.do("finish")
        sent = "SELECT COUNT(*) FROM notifications_app_delivery d JOIN notifications_app_notification n"
        sent += " ON n.id = d.notification_id WHERE n.user_id = %s AND d.status = 'sent'"
        return bool(shared.database.value(sent, user) == 2)

    assert wait_until(is_told, seconds=PATIENCE)


def _let_delivery_leases_end(shared: Platform) -> None:
    """Be a minute later, for senders that died."""
    now = shared.database.value("SELECT MAX(moved_at) FROM events_app_stream")
    shared.database.rows(
        "UPDATE notifications_app_delivery SET lease_until = %s, next_attempt_at = %s"
        " WHERE status = 'sending'",
        now,
        now,
    )


def _tasks(shared: Platform, user: int) -> list[str]:
    rows = shared.database.rows("SELECT title FROM tasks_app_task WHERE owner_id = %s ORDER BY title", user)
    return [title for (title,) in rows]


def _reminded_once(shared: Platform, box: Mailbox, user: int, address: str) -> None:
    told = "SELECT COUNT(*) FROM notifications_app_notification WHERE user_id = %s"
    assert shared.database.value(told, user) == 1
    fired = "SELECT COUNT(*) FROM events_app_event e JOIN events_app_stream s ON s.id = e.stream_id"
    fired += " WHERE s.key = %s AND e.type = 'reminder.due'"
    assert shared.database.value(fired, f"user:{user}") == 1
    # At least once, and always under the same key: a provider that knows it takes it once.
    assert len(set(box.to(address))) == 1
