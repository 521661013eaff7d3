"""The pages that links in mails lead to, as a browser without script and as a mail scanner meet them."""

import re

import pytest
from django.core import mail
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django.fixtures import Settings

from accounts_app.models import User
from accounts_app.operations.email import request_email
from accounts_app.tests.factories import PASSWORD, make_user
from notifications_app.operations.account_mails import send_account_mails

pytestmark = pytest.mark.django_db
BASE = "https://todo.example.org"


@pytest.fixture(autouse=True)
def base_url(settings: Settings) -> None:
    settings.BASE_URL = BASE


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def asker() -> User:
    return make_user()


@pytest.fixture
def link(asker: User) -> str:
    """The path of the link that was mailed, with its query."""
    request_email(asker, "new@example.org", PASSWORD, address="192.0.2.1")
    send_account_mails()
    [found] = re.findall(rf"{BASE}(/\S+)", str(mail.outbox[0].body))
    return str(found)


def is_strict(response: HttpResponseBase) -> bool:
    assert isinstance(response, HttpResponse)
    page = response.content.decode()
    policy = response["Content-Security-Policy"]
    return (
        "default-src 'none'" in policy
        and "unsafe-inline" not in policy
        and response["Referrer-Policy"] == "no-referrer"
        and "no-store" in response["Cache-Control"]
        and not re.search(r"<script|<style|style=|\son\w+=|https?://", page)
        and not response.cookies
    )


def test_the_button_of_the_page_confirms(browser: Client, link: str, asker: User) -> None:
    page = browser.get(link)
    assert (page.status_code, b"<button" in page.content, is_strict(page)) == (200, True, True)

    done = browser.post(link)

    assert (done.status_code, b"<button" in done.content, is_strict(done)) == (200, False, True)
    asker.refresh_from_db()
    assert (asker.email, asker.is_email_verified) == ("new@example.org", True)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_confirms_nothing(browser: Client, link: str, asker: User, method: str) -> None:
    assert getattr(browser, method)(link).status_code == 200
    asker.refresh_from_db()
    assert not asker.is_email_verified


def test_a_used_link_says_so(browser: Client, link: str) -> None:
    assert [browser.post(link).status_code for _ in range(2)] == [200, 400]
    assert is_strict(browser.post(link))


@pytest.mark.parametrize("query", ["", "?token=", "?token=junk", "?token=%00%ff", "?token=a&token=b", "?x=1"])
def test_a_mangled_link_is_refused_in_words(browser: Client, query: str) -> None:
    assert browser.get(f"/email/confirm/{query}").status_code == 200
    refused = browser.post(f"/email/confirm/{query}")
    assert (refused.status_code, b"Ask for a new one" in refused.content) == (400, True)


def test_a_page_says_nothing_that_its_link_says(browser: Client) -> None:
    page = browser.get("/email/confirm/?token=<script>alert(1)</script>")
    assert b"alert" not in page.content


def test_other_methods_are_refused(browser: Client, link: str) -> None:
    assert {getattr(browser, each)(link).status_code for each in ("put", "patch", "delete")} == {405}


def test_without_a_public_url_the_mail_has_the_code(settings: Settings, asker: User) -> None:
    settings.BASE_URL = ""
    request_email(asker, "new@example.org", PASSWORD, address="192.0.2.1")
    send_account_mails()
    body = str(mail.outbox[0].body)
    assert "http" not in body
    assert "/api/auth/email/confirm/" in body
