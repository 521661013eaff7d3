"""What may be asked for as a mail address, what is answered, and whose it is."""

import pytest
from django.core.mail.message import sanitize_address
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import PASSWORD, make_user, signed_in_client
from accounts_app.tests.mail.mailed_links import (
    EMAIL,
    NEW,
    ask,
    code_of,
    confirm,
    letters,
    mailed_token,
    register,
)

pytestmark = pytest.mark.django_db


def test_a_wrong_password_changes_nothing_and_counts_like_a_failed_sign_in(settings: Settings) -> None:
    settings.FAILED_SIGNINS_PER_MINUTE = 3
    user = make_user()

    answers = [ask(user, password="wrong").status_code for _ in range(3)]

    assert answers == [400] * 3
    assert ask(user).status_code == 429
    body = {"username": user.username, "password": PASSWORD}
    assert APIClient().post("/api/auth/token/", body).status_code == 429
    assert letters() == []


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"email": "required", "password": "required"}),
        ({"email": "nobody", "password": "x"}, {"email": "invalid"}),
        ({"email": "ann@ex ample.org", "password": "x"}, {"email": "invalid"}),
        ({"email": "\u017fomeone@example.org", "password": "x"}, {"email": "invalid"}),
        ({"email": f"{'x' * 250}@example.org", "password": "x"}, {"email": "invalid"}),
        ({"email": "a@b.example\r\nBcc: c@d.example", "password": "x"}, {"email": "invalid"}),
        ({"email": None, "password": "x"}, {"email": "null"}),
        ({"email": NEW, "password": "x", "verified": True}, {"verified": "unknown_field"}),
    ],
)
def test_a_wrong_body_names_each_field(body: dict[str, object], wrong: dict[str, str]) -> None:
    response = signed_in_client(make_user()).post(EMAIL, body)
    assert response.status_code == 400
    assert {each["field"]: each["code"] for each in response.json()["errors"]} == wrong


def test_a_domain_is_kept_in_lower_case_ascii() -> None:
    user = make_user()
    assert confirm(mailed_token(user, "Ann@BÜCHER.Example")).status_code == 204
    user.refresh_from_db()
    assert user.email == "Ann@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "email",
    [
        *('"new"@example.org', '"n\\ew"@example.org', '""@example.org', '"a,b"@example.org'),
        *(
            "=?utf-8?q?n=65w?=@example.org",
            "=?utf-8?b?bmV3?=@example.org",
            "=?x?q?new=40third.example=3e?=x@example.org",
        ),
        *("new@[127.0.0.1]", "new@[IPv6:::1]", "new@[10.0.0.7]", "new@\uff3b127.0.0.1\uff3d"),
    ],
)
def test_a_mailbox_has_one_spelling_and_a_domain(email: str) -> None:
    """Each of those that the mail library reads as new@example.org would get what the limit allows to one."""
    user = make_user()
    assert ask(user, email).status_code == 400
    assert register("bob", email).status_code == 400
    assert letters() == []


@pytest.mark.parametrize("local", ["new", "Ann.Lee+tag", "o'neil", "a=b?c", "!#$%&*+-/?=^_`{|}~"])
def test_a_letter_goes_to_the_very_address_that_was_asked_for(local: str) -> None:
    assert ask(make_user(), f"{local}@example.org").status_code == 202
    [letter] = letters()
    assert sanitize_address(letter.email, "utf-8") == letter.email == f"{local}@example.org"


def test_nobody_asks_without_being_signed_in() -> None:
    assert APIClient().post(EMAIL, {"email": NEW, "password": PASSWORD}).status_code == 401


def test_asking_answers_the_same_for_an_address_of_another() -> None:
    make_user(email=NEW)
    asker = make_user()

    answers = [ask(asker, email) for email in (NEW, "unknown@example.org")]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"")}


def test_a_verified_address_belongs_to_one_account_however_it_is_written() -> None:
    make_user(email="Ann@example.org")
    user = make_user()

    response = confirm(mailed_token(user, "ann@EXAMPLE.org"))

    assert (response.status_code, code_of(response)) == (409, "address_in_use")
    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == ("", False)


def test_the_database_keeps_a_verified_address_for_one_account() -> None:
    make_user(email="ann@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(email="Ann@example.org")
    make_user(email="ann@example.org", email_verified_at=None)


def test_the_database_keeps_that_only_an_address_is_verified() -> None:
    user = make_user(email="ann@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="")


def test_asking_for_the_address_that_one_has_ends_a_request() -> None:
    user = make_user(email="ann@example.org")
    token = mailed_token(user)

    assert ask(user, "Ann@example.org").status_code == 202

    assert letters() == []
    assert confirm(token).status_code == 400


def test_an_address_can_be_taken_away() -> None:
    user = make_user(email="ann@example.org")
    token = mailed_token(user)

    assert ask(user, "").status_code == 202

    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == ("", False)
    assert confirm(token).status_code == 400
    assert [letter.email for letter in letters()] == ["ann@example.org"]
