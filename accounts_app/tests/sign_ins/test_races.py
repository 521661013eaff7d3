"""What must hold when the same thing is done several times at once."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from threading import Barrier

import pytest
from django.db import connection

from accounts_app.credentials.tokens import Tokens
from accounts_app.errors import LinkInvalid, TicketInvalid, TokenRefused, TooManyAttempts, UsernameTaken
from accounts_app.models import AccountMail, Attempt, RefreshFamily, User
from accounts_app.operations.accounts import register_user
from accounts_app.operations.mail.addresses import confirm_email, request_email
from accounts_app.operations.mail.outbox import claim_letter
from accounts_app.operations.sign_ins.families import REPEAT_WINDOW, begin_family, rotate_refresh
from accounts_app.operations.sign_ins.limits import Limit, count_attempt
from accounts_app.operations.sign_ins.tickets import issue_ticket, redeem_ticket
from accounts_app.queries.browser_sessions import session_credential
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, session_key_of
from events_app.log.write import writing
from foundation.database.transactions import clock
from foundation.http.errors import DomainError

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
    user = make_user()
    ticket = issue_ticket(session_credential(user, session_key_of(browser_of(user))))

    answers = at_once(lambda: redeem_ticket(ticket))

    assert sorted(map(str, answers)) == sorted(map(str, [None] + [TicketInvalid] * (THREADS - 1)))


def test_a_refresh_token_sent_by_many_at_once_is_rotated_once_and_all_get_the_same_pair() -> None:
    token = begin_family(make_user()).refresh
    pairs: list[Tokens] = []

    answers = at_once(lambda: pairs.append(rotate_refresh(token)))

    assert answers == [None] * THREADS
    assert len(set(pairs)) == 1
    family = RefreshFamily.objects.get()
    assert (family.rotation, family.revoked_at) == (2, None)


def test_a_refresh_token_that_comes_too_late_many_times_at_once_ends_its_family() -> None:
    token = begin_family(make_user()).refresh
    rotate_refresh(token)

    with clock(lambda: datetime.now(UTC) + 2 * REPEAT_WINDOW):
        answers = at_once(lambda: rotate_refresh(token))

    assert answers == [TokenRefused] * THREADS
    assert RefreshFamily.objects.get().revoked_reason == "reused"


def test_no_more_attempts_slip_through_than_allowed() -> None:
    """Side by side all may be refused: each sees the others. One after the other, as many pass as are left."""
    answers = at_once(lambda: count_attempt(Limit(("sign-in", "ann"), 3)))
    passed = answers.count(None)

    assert passed <= 3
    assert passed + answers.count(TooManyAttempts) == THREADS
    assert Attempt.objects.count() == passed
    for _ in range(3 - passed):
        count_attempt(Limit(("sign-in", "ann"), 3))
    with pytest.raises(TooManyAttempts):
        count_attempt(Limit(("sign-in", "ann"), 3))


def test_a_name_is_given_once() -> None:
    answers = at_once(lambda: register_user("ann", PASSWORD))

    assert answers.count(None) == 1
    assert answers.count(UsernameTaken) == THREADS - 1
    assert User.objects.count() == 1


def mailed_token() -> str:
    letter = claim_letter()
    assert letter is not None
    [token] = re.findall(r"[\w-]{43}", letter.text.body)
    return str(token)


def test_a_link_confirms_once() -> None:
    request_email(make_user(), "new@example.org", PASSWORD, address="192.0.2.1")
    token = mailed_token()

    answers = at_once(lambda: confirm_email(token))

    assert sorted(map(str, answers)) == sorted(map(str, [None] + [LinkInvalid] * (THREADS - 1)))


def test_an_address_is_confirmed_by_one_account() -> None:
    tokens = []
    for _ in range(2):
        request_email(make_user(), "new@example.org", PASSWORD, address="192.0.2.1")
        tokens.append(mailed_token())
    waiting = cycle(tokens)

    answers = at_once(lambda: confirm_email(next(waiting)))

    assert answers.count(None) == 1
    assert User.objects.filter(email_verified_at__isnull=False).count() == 1


def test_many_who_ask_for_an_address_at_once_make_three_mails() -> None:
    users = iter([make_user() for _ in range(THREADS)])

    answers = at_once(lambda: request_email(next(users), "new@example.org", PASSWORD, address="192.0.2.1"))

    assert answers == [None] * THREADS
    assert AccountMail.objects.filter(next_attempt_at__isnull=False).count() == 3


def test_the_first_writers_of_an_account_wait_for_one_another_in_one_order() -> None:
    """One creates the history, others find it: whoever locks the account as well locks it second."""
    for user in [make_user() for _ in range(20)]:

        def write(user: User = user) -> None:
            with writing(user):
                User.objects.select_for_update(no_key=True).get(pk=user.pk)

        assert at_once(write) == [None] * THREADS


def test_an_account_that_asks_many_times_at_once_is_mailed_three_times() -> None:
    user = make_user()

    answers = at_once(lambda: request_email(user, "new@example.org", PASSWORD, address="192.0.2.1"))

    assert answers.count(None) == 3
    assert AccountMail.objects.count() == 3
