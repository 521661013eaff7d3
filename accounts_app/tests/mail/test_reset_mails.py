"""Mails that reset a password: whom they let in, and what is kept of who asked for them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import AccountMail, User
from accounts_app.operations.erasure import close_account
from accounts_app.operations.expiry import remove_expired
from accounts_app.tests.factories import PASSWORD, browser_of, make_user
from accounts_app.tests.mail.mailed_links import ask, confirm, letters, mailed_token, token_in
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db
RESET = "/api/auth/password/reset/"
CONFIRM = "/api/auth/password/reset/confirm/"


@pytest.fixture
def ann() -> User:
    return make_user("ann", email="ann@example.org")


@pytest.mark.parametrize("what", ["confirmed another", "removed", "an operator", "deactivated and back"])
def test_a_link_in_a_mailbox_that_is_no_longer_the_accounts_is_void(ann: User, what: str) -> None:
    APIClient().post(RESET, {"email": "ann@example.org"})
    token = token_in(letters()[0])
    if what == "confirmed another":
        confirm(mailed_token(ann, "elsewhere@example.org"))
    elif what == "removed":
        ask(ann, "")
    else:
        rights = {"email": ann.email if "back" in what else "elsewhere@example.org", "is_active": ""}
        operate(ann, **rights)
        operate(ann, **{**rights, "is_active": "on"})

    answer = APIClient().post(CONFIRM, {"token": token, "new_password": "yet another horse"})

    assert (answer.status_code, answer.json()["code"]) == (400, "link_not_valid")
    assert User.objects.get(pk=ann.pk).check_password(PASSWORD)


def operate(user: User, **fields: str) -> None:
    """Save the page of an account in the admin."""
    root = User.objects.filter(username="root").first() or make_user("root", is_staff=True, is_superuser=True)
    url = f"/admin/accounts_app/user/{user.pk}/change/"
    assert browser_of(root).post(url, {"username": user.username, **fields}).status_code == 302


def test_an_address_that_is_nobodys_is_not_kept(settings) -> None:  # type: ignore[no-untyped-def]
    settings.EMAIL_LINKS_PER_HOUR = 1
    typed = "somebody.else@example.org"
    for _ in range(2):  # the second is withheld
        APIClient().post(RESET, {"email": typed})
    assert [typed in str(each) for each in AccountMail.objects.values()] == [True, False]

    assert letters() == []

    rows = str(list(AccountMail.objects.values()))
    assert typed not in rows
    assert "somebodyelse@" not in rows
    APIClient().post(RESET, {"email": typed})
    assert letters() == [], "it still counts"
    soon = timezone.now() + timedelta(hours=1, seconds=1)
    with clock(lambda: soon):
        remove_expired()
    assert not AccountMail.objects.exists()


def test_a_mail_that_resets_a_password_goes_with_the_account(ann: User) -> None:
    APIClient().post(RESET, {"email": "ann@example.org"})
    [letter] = letters()
    assert letter.email == "ann@example.org"

    close_account(ann.pk)

    assert not AccountMail.objects.exists()
