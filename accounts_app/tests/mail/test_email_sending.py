"""How many links are mailed, and that a mail which could not be sent goes again."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import AccountMail, AddressRequest, User
from accounts_app.operations.expiry import remove_expired
from accounts_app.operations.mail.outbox import _LEASE_SECONDS, claim_letter, close_letter, retry_letter
from accounts_app.tests.factories import PASSWORD, make_user
from accounts_app.tests.mail.mailed_links import NEW, ask, confirm, letters, mailed_token, token_in
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db


def test_one_account_is_mailed_three_links_an_hour_to_one_address() -> None:
    user, now = make_user(), datetime.now(UTC)

    answers = [ask(user) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert 3500 < int(answers[3]["Retry-After"]) <= 3600
    assert ask(user, "other@example.org").status_code == 202
    with clock(lambda: now + timedelta(hours=1, seconds=5)):
        assert ask(user).status_code == 202


def test_one_account_asks_ten_times_a_day(settings: Settings) -> None:
    settings.EMAIL_LINKS_PER_DAY = 2
    user = make_user()
    answers = [ask(user, f"a{number}@example.org").status_code for number in range(3)]
    assert answers == [202, 202, 429]
    settings.EMAIL_LINKS_PER_DAY = 0
    assert ask(user).status_code == 202


def test_many_accounts_together_are_mailed_three_links_to_one_address_and_do_not_learn_of_it() -> None:
    answers = [ask(make_user()) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [202] * 5
    assert [letter.email for letter in letters()] == [NEW] * 3


def test_spellings_of_one_mailbox_share_the_limit() -> None:
    for email in (
        "victim+1@example.org",
        "VICTIM+2@example.org",
        "v.i.c.tim@EXAMPLE.org",
        "victim@example.org",
    ):
        assert ask(make_user(), email).status_code == 202
    assert len(letters()) == 3
    assert ask(make_user(), "other@example.org").status_code == 202
    assert len(letters()) == 1


def test_registrations_count_as_well() -> None:
    for number in range(5):
        body = {"username": f"ann{number}", "password": PASSWORD, "email": NEW}
        response = APIClient().post("/api/auth/register/", body)
        assert response.status_code == 201
        assert response.json()["user"]["pending_email"] == NEW
    assert len(letters()) == 3


def test_a_registered_address_is_confirmed_by_its_link() -> None:
    body = {"username": "ann", "password": PASSWORD, "email": "Ann@EXAMPLE.org"}
    assert APIClient().post("/api/auth/register/", body).json()["user"]["email"] == "Ann@example.org"
    assert confirm(token_in(letters()[0])).status_code == 204
    assert User.objects.get(username="ann").is_email_verified


def test_a_link_that_could_not_be_sent_goes_again_with_another_token() -> None:
    user, now = make_user(), datetime.now(UTC)
    with clock(lambda: now):
        ask(user)
        first = claim_letter()
        assert first is not None
        retry_letter(first, at=now + timedelta(seconds=30), detail="away")
        assert claim_letter() is None
    with clock(lambda: now + timedelta(seconds=30)):
        [second] = letters()
    assert first.key != second.key
    assert confirm(token_in(first)).status_code == 400
    assert confirm(token_in(second)).status_code == 204


def test_a_sender_that_died_is_followed_by_another_when_its_lease_ends() -> None:
    user, now = make_user(), datetime.now(UTC)
    with clock(lambda: now):
        ask(user)
        lost = claim_letter()
        assert lost is not None
        assert claim_letter() is None
    with clock(lambda: now + timedelta(seconds=_LEASE_SECONDS)):
        [letter] = letters()
        assert not close_letter(lost, sent=True)
    assert confirm(token_in(letter)).status_code == 204


def test_what_is_old_is_removed() -> None:
    now = datetime.now(UTC)
    with clock(lambda: now):
        mailed_token(make_user())
    with clock(lambda: now + timedelta(hours=25)):
        remove_expired()
    assert not AddressRequest.objects.exists()
    assert not AccountMail.objects.exists()
