"""Confirming a mail address over HTTP: what a link is good for, and what ends it."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import AccountMail, AddressRequest, User
from accounts_app.operations.accounts import change_password
from accounts_app.operations.mail.addresses import confirm_email
from accounts_app.tests.factories import browser_of, make_user, signed_in_client
from accounts_app.tests.mail.mailed_links import (
    ME,
    NEW,
    ask,
    code_of,
    confirm,
    letters,
    mailed_token,
    token_in,
)
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db


def test_an_address_is_used_once_its_link_came_back() -> None:
    user = make_user()
    client = signed_in_client(user)

    token = mailed_token(user)
    asked = client.get(ME).json()
    assert confirm(token).status_code == 204

    assert (asked["email"], asked["email_verified"], asked["pending_email"]) == ("", False, NEW)
    now = client.get(ME).json()
    assert (now["email"], now["email_verified"], now["pending_email"]) == (NEW, True, None)


def test_the_verified_address_gets_a_notice_and_stays_until_the_new_one_is_confirmed() -> None:
    user = make_user(email="old@example.org")

    assert ask(user).status_code == 202

    notice, link = letters()
    assert (notice.email, link.email) == ("old@example.org", NEW)
    assert NEW not in notice.text.body
    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == ("old@example.org", True)


def test_an_address_that_was_never_verified_gets_no_notice() -> None:
    user = make_user(email="somebody@example.org", email_verified_at=None)

    ask(user)

    assert [letter.email for letter in letters()] == [NEW]


def test_the_database_never_holds_the_token() -> None:
    user = make_user()
    token = mailed_token(user)

    rows = [*AddressRequest.objects.values(), *AccountMail.objects.values(), *User.objects.values()]
    assert token not in str(rows)
    assert len(token) * 6 >= 256


def test_a_link_is_good_once() -> None:
    token = mailed_token(make_user())
    assert [confirm(token).status_code for _ in range(2)] == [204, 400]


@pytest.mark.parametrize("token", ["junk", "x" * 200, "é", "a" * 43])
def test_junk_is_no_link(token: str) -> None:
    mailed_token(make_user())
    response = confirm(token)
    assert (response.status_code, code_of(response)) == (400, "link_not_valid")


def test_a_link_is_good_for_an_hour_from_when_it_was_sent() -> None:
    user, now = make_user(), datetime.now(UTC)
    with clock(lambda: now):
        ask(user)
    sent = now + timedelta(minutes=30)
    with clock(lambda: sent):
        token = token_in(letters()[0])
    with clock(lambda: sent + timedelta(hours=1)):
        assert confirm(token).status_code == 400
    with clock(lambda: sent + timedelta(minutes=59)):
        assert confirm(token).status_code == 204


def test_a_newer_request_ends_the_one_before() -> None:
    user = make_user()
    first = mailed_token(user)
    second = mailed_token(user, "newer@example.org")

    assert confirm(first).status_code == 400
    assert confirm(second).status_code == 204
    user.refresh_from_db()
    assert user.email == "newer@example.org"


def test_a_request_that_was_replaced_before_it_was_sent_is_not_sent() -> None:
    user = make_user()
    ask(user)
    ask(user, "newer@example.org")
    assert [letter.email for letter in letters()] == ["newer@example.org"]


def test_a_changed_password_ends_a_link() -> None:
    user = make_user()
    token = mailed_token(user)
    change_password(user, "another correct horse")
    assert confirm(token).status_code == 400


def test_a_password_changed_behind_our_back_ends_a_link_too() -> None:
    user = make_user()
    token = mailed_token(user)
    user.set_password("another correct horse")
    user.save()
    assert confirm(token).status_code == 400
    assert signed_in_client(user).get(ME).json()["pending_email"] is None


def test_a_link_outlives_a_change_of_the_platform_s_key(settings: Settings) -> None:
    token = mailed_token(make_user())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough to sign with HMAC SHA-256"
    assert confirm(token).status_code == 204


def test_deactivation_ends_a_link() -> None:
    user = make_user()
    token = mailed_token(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert confirm(token).status_code == 400


def test_nothing_is_sent_for_who_was_deactivated_meanwhile() -> None:
    user = make_user()
    ask(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert letters() == []
    assert not AccountMail.objects.filter(next_attempt_at__isnull=False).exists()


def test_an_operator_who_writes_an_address_does_not_verify_it() -> None:
    user = make_user("ann", email="ann@example.org")
    token = mailed_token(user)
    client = APIClient()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    form = {"username": "ann", "email": "other@example.org", "is_active": "on"}

    assert (
        client.post(f"/admin/accounts_app/user/{user.pk}/change/", form, format="multipart").status_code
        == 302
    )

    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == ("other@example.org", False)
    assert confirm(token).status_code == 400


@pytest.mark.parametrize("written", ["other@example.org", ""])
def test_an_address_that_an_operator_replaces_gets_a_notice(written: str) -> None:
    user = make_user("ann")
    confirm(mailed_token(user, "ann@example.org"))
    staff = browser_of(make_user("root", is_staff=True, is_superuser=True))
    page = f"/admin/accounts_app/user/{user.pk}/change/"

    for _ in range(2):  # there is nobody left to notify a second time
        assert staff.post(page, {"username": "ann", "email": written, "is_active": "on"}).status_code == 302

    [letter] = letters()
    assert (letter.email, letter.text.subject) == ("ann@example.org", "Your e-mail address was removed")
    assert "operator" in letter.text.body
    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == (written, False)


def test_an_operator_who_deactivates_ends_a_link_for_good() -> None:
    user = make_user("ann")
    token = mailed_token(user)
    client = APIClient()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))

    client.post(f"/admin/accounts_app/user/{user.pk}/change/", {"username": "ann"}, format="multipart")
    User.objects.filter(pk=user.pk).update(is_active=True)

    assert confirm(token).status_code == 400


def test_confirming_again_raises_and_names_nobody() -> None:
    token = mailed_token(make_user())
    assert confirm_email(token).email == NEW
