"""Work with the database ends when it is told to, in the middle of a statement."""

from threading import Event, Timer

import pytest
from django.db import OperationalError, connection

from devstack.waiting import wait_until
from todo_project.installation.interruptible import InterruptibleWork
from todo_project.installation.patience import AskedToStop, HeldByAnother, Patience

PATIENCE = 60.0
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}


def run_endless_statement() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS[connection.vendor])


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_cancelled() -> None:
    stopping, began = Event(), Event()
    ended: list[BaseException] = []

    def work() -> None:
        began.set()
        try:
            run_endless_statement()
        except OperationalError as error:
            ended.append(error)
            raise

    Timer(0.3, stopping.set).start()
    with pytest.raises(AskedToStop):
        InterruptibleWork(work).result(stopping.is_set)
    assert began.is_set()
    assert ended, "the database ended it, not the end of this process"


@pytest.mark.django_db(transaction=True)
def test_what_was_done_is_returned_and_what_failed_is_raised() -> None:
    assert InterruptibleWork(lambda: 7).result(lambda: False) == 7

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        InterruptibleWork(fail).result(lambda: False)


@pytest.mark.django_db(transaction=True)
def test_work_that_was_done_when_the_signal_came_counts() -> None:
    done = Event()

    def work() -> str:
        done.set()
        return "done"

    def is_stopping() -> bool:
        assert wait_until(done.is_set, seconds=PATIENCE)
        return True

    assert InterruptibleWork(work).result(is_stopping) == "done"


@pytest.mark.django_db
def test_patience_tries_again_and_raises_the_last_error_when_it_ends() -> None:
    answers = [HeldByAnother("held"), HeldByAnother("held")]

    def work() -> str:
        if answers:
            raise answers.pop()
        return "mine"

    assert Patience(PATIENCE, lambda: False).attempt(work) == "mine"
    answers[:] = [HeldByAnother("still held")]
    with pytest.raises(HeldByAnother, match="still held"):
        Patience(0, lambda: False).attempt(work)


@pytest.mark.django_db
def test_patience_raises_at_once_what_waiting_does_not_mend() -> None:
    def work() -> None:
        raise ValueError("of the work itself")

    with pytest.raises(ValueError, match="of the work itself"):
        Patience(PATIENCE, lambda: False).attempt(work)


def test_patience_attempts_nothing_once_it_is_told_to_stop() -> None:
    with pytest.raises(AskedToStop):
        Patience(PATIENCE, lambda: True).attempt(lambda: pytest.fail("attempted"))
