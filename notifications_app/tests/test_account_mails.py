"""Mails about accounts on their way out, against real mail servers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings

from accounts_app.models import AccountMail, AddressRequest, User
from accounts_app.operations.mail.addresses import request_email
from accounts_app.operations.mail.outbox import _LEASE_SECONDS
from accounts_app.tests.factories import PASSWORD, make_user
from events_app.runtime import crash
from notifications_app.operations.account_mails import send_account_mails
from notifications_app.retries import MAX_ATTEMPTS
from notifications_app.sender import send_all_due
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.mail_servers import HOST, mail_server

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a simulated crash raises."""


@pytest.fixture
def planned_mail(at: SetClock) -> AccountMail:
    """A link that waits to be sent."""
    request_email(make_user(), "new@example.org", PASSWORD, address="192.0.2.1")
    return AccountMail.objects.get()


@pytest.fixture
def use_server(settings: LazySettings) -> Callable[[int], None]:
    def use(port: int) -> None:
        settings.EMAIL_BACKEND = "notifications_app.channels.smtp.Backend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, port

    return use


def test_a_mail_is_sent_once_by_the_job_as_well(
    planned_mail: AccountMail, use_server: Callable[[int], None]
) -> None:
    with mail_server() as server:
        use_server(server.port)
        assert send_all_due() == 1
        assert send_all_due() == 0
    planned_mail.refresh_from_db()
    assert (planned_mail.attempts, planned_mail.next_attempt_at, planned_mail.detail) == (1, None, "")
    assert planned_mail.sent_at is not None


def test_a_server_that_is_away_is_tried_again_later(
    planned_mail: AccountMail, use_server: Callable[[int], None], at: SetClock
) -> None:
    with mail_server(MAIL="451 mx7 is busy") as server:
        use_server(server.port)
        assert send_account_mails() == 1
        assert send_account_mails() == 0
    planned_mail.refresh_from_db()
    assert planned_mail.next_attempt_at is not None
    assert timedelta(seconds=24) <= planned_mail.next_attempt_at - at.now <= timedelta(seconds=36)
    assert "mx7 is busy" in planned_mail.detail
    at.advance(seconds=36)
    with mail_server() as server:
        use_server(server.port)
        assert send_account_mails() == 1
    planned_mail.refresh_from_db()
    assert (planned_mail.attempts, planned_mail.detail, planned_mail.sent_at) == (2, "", at.now)


def test_an_address_that_is_refused_is_given_up(
    planned_mail: AccountMail, use_server: Callable[[int], None]
) -> None:
    with mail_server(RCPT="550 unknown") as server:
        use_server(server.port)
        send_account_mails()
    planned_mail.refresh_from_db()
    assert (planned_mail.sent_at, planned_mail.next_attempt_at) == (None, None)
    assert planned_mail.detail.startswith("address_refused")


def test_after_eight_attempts_it_is_given_up(
    planned_mail: AccountMail, use_server: Callable[[int], None], at: SetClock
) -> None:
    with mail_server(GREETING="554 no") as server:
        use_server(server.port)
        for _ in range(MAX_ATTEMPTS + 2):
            send_account_mails()
            at.advance(hours=2)
    planned_mail.refresh_from_db()
    assert (planned_mail.attempts, planned_mail.next_attempt_at, planned_mail.sent_at) == (
        MAX_ATTEMPTS,
        None,
        None,
    )


def test_a_sender_that_dies_is_followed_by_another_when_its_lease_ends(
    planned_mail: AccountMail, use_server: Callable[[int], None], at: SetClock
) -> None:
    def kill(step: str) -> None:
        if step == "account_mail.after_lease":
            raise Killed

    with crash.intercept(kill), pytest.raises(Killed):
        send_account_mails()
    first = AddressRequest.objects.get().digest
    with mail_server() as server:
        use_server(server.port)
        assert send_account_mails() == 0
        at.advance(seconds=_LEASE_SECONDS)
        assert send_account_mails() == 1
    assert AddressRequest.objects.get().digest != first


def test_nothing_is_sent_for_whose_account_is_gone(at: SetClock, use_server: Callable[[int], None]) -> None:
    user = make_user()
    request_email(user, "new@example.org", PASSWORD, address="192.0.2.1")
    User.objects.filter(pk=user.pk).delete()
    assert send_account_mails() == 0
