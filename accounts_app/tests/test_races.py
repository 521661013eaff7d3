"""What must hold when the same thing is done several times at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.db import connection

from accounts_app.errors import TicketInvalid, TokenRefused, TooManyAttempts, UsernameTaken
from accounts_app.models import Attempt, RefreshFamily, User
from accounts_app.operations.accounts import register_user
from accounts_app.operations.limits import count_attempt
from accounts_app.operations.sign_in import begin_family, rotate_refresh
from accounts_app.operations.tickets import issue_ticket, redeem_ticket
from accounts_app.queries import session_credential
from accounts_app.tests.factories import PASSWORD, make_user
from events_app.http import DomainError

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


def at_once(call: Callable[[], object]) -> list[type[DomainError] | None]:
    """Make the same call from several threads together; return what each was refused with."""
    barrier = Barrier(THREADS)

    def attempt(_: int) -> type[DomainError] | None:
        with own_connection():
            barrier.wait(timeout=30)
            try:
                call()
            except DomainError as refused:
                return type(refused)
            return None

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(attempt, range(THREADS)))


@contextmanager
def own_connection() -> Iterator[None]:
    try:
        yield
    finally:
        connection.close()


def test_a_ticket_opens_one_socket() -> None:
    ticket = issue_ticket(session_credential(make_user()))

    answers = at_once(lambda: redeem_ticket(ticket))

    assert sorted(map(str, answers)) == sorted(map(str, [None] + [TicketInvalid] * (THREADS - 1)))


def test_a_refresh_token_is_rotated_once_and_the_family_ends() -> None:
    token = begin_family(make_user()).refresh

    answers = at_once(lambda: rotate_refresh(token))

    assert answers.count(None) == 1
    assert answers.count(TokenRefused) == THREADS - 1
    assert RefreshFamily.objects.get().revoked_reason == "reused"


def test_no_more_attempts_slip_through_than_allowed() -> None:
    answers = at_once(lambda: count_attempt("sign-in", "ann", limit=3))

    assert 1 <= answers.count(None) <= 3
    assert answers.count(None) + answers.count(TooManyAttempts) == THREADS
    assert Attempt.objects.count() == answers.count(None)


def test_a_name_is_given_once() -> None:
    answers = at_once(lambda: register_user("ann", PASSWORD, address="192.0.2.1"))

    assert answers.count(None) == 1
    assert answers.count(UsernameTaken) == THREADS - 1
    assert User.objects.count() == 1
