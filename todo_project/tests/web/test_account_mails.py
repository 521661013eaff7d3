"""Mails about accounts, as a mail server gets them: every kind, and nothing in them that a stranger has written."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts_app.models import SecondFactor, User
from accounts_app.operations.mail.addresses import request_email
from accounts_app.operations.passwords.changing import store_password
from accounts_app.operations.passwords.resetting import request_reset, send_password_link
from accounts_app.operations.second_factors.turning import begin_second_factor, remove_second_factor
from accounts_app.tests.factories import PASSWORD, make_user
from foundation.database.transactions import database_now
from notifications_app.operations.account_mails import send_account_mails
from todo_project.tests.platform.mail import Mailbox, mailbox

pytestmark = pytest.mark.django_db
BASE = "https://todo.example.org"
ADDRESS = "ann@example.org"


@pytest.fixture
def post(settings: Settings) -> Iterator[Mailbox]:
    with mailbox() as opened:
        server = urlsplit(opened.url)
        settings.EMAIL_BACKEND = "notifications_app.channels.smtp.Backend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
        settings.BASE_URL = BASE
        yield opened


@pytest.fixture
def ann() -> User:
    return make_user("ann", email=ADDRESS)


def test_the_link_of_a_reset_comes_by_smtp_and_sets_the_password(post: Mailbox, ann: User) -> None:
    request_reset(ADDRESS, address="192.0.2.1")
    send_account_mails()

    [(subject, text)] = post.texts(ADDRESS)
    [link] = re.findall(rf"{BASE}(/password/reset/\S+)", text)
    assert subject == "Set a new password"
    assert "within an hour" in text
    new = "a horse of another colour"
    assert Client().post(link, {"password": new, "again": new}).status_code == 200
    assert User.objects.get(pk=ann.pk).check_password(new)
    send_account_mails()
    assert [each for each, _ in post.texts(ADDRESS)] == ["Set a new password", "Your password was changed"]


def test_every_other_kind_comes_to_whom_it_is_for(post: Mailbox, ann: User) -> None:
    send_password_link(ann)
    request_email(ann, "new@example.org", PASSWORD, address="192.0.2.1")
    store_password(ann, "yet another horse", how="by_an_operator")
    begin_second_factor(ann)
    SecondFactor.objects.filter(user=ann).update(confirmed_at=database_now())
    remove_second_factor(ann, by_operator=True)
    send_account_mails()

    assert sorted(subject for subject, _ in post.texts(ADDRESS)) == [
        "Set the password of your account",
        "Your e-mail address is about to change",
        "Your password was changed",
        "Your second factor was changed",
    ]
    # The change of the password has ended the request, and with it the link.
    assert post.texts("new@example.org") == []


def test_without_a_public_url_the_mail_says_where_to_send_the_code(
    post: Mailbox, ann: User, settings: Settings
) -> None:
    settings.BASE_URL = ""
    request_reset(ADDRESS, address="192.0.2.1")
    send_account_mails()

    [(_, text)] = post.texts(ADDRESS)
    assert "/api/auth/password/reset/confirm/" in text
    assert re.search(r"^[\w-]{43}\r?$", text, re.MULTILINE)


def test_no_mail_repeats_a_name(post: Mailbox) -> None:
    make_user("https://evil.example", email=ADDRESS)
    request_reset(ADDRESS, address="192.0.2.1")
    send_account_mails()

    [(_, text)] = post.texts(ADDRESS)
    assert "evil" not in text
