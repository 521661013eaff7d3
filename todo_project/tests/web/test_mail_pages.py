"""The pages that links in mails lead to, as a browser without script and as a mail scanner meet them."""

import re

import pytest
from django.core import mail
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django.fixtures import Settings

from accounts_app.models import User
from accounts_app.operations.mail.addresses import request_email
from accounts_app.operations.passwords.resetting import request_reset
from accounts_app.tests.factories import PASSWORD, make_user
from events_app.log.history import events_between
from events_app.tests.payloads import make_reminder_due
from notifications_app.models import Delivery
from notifications_app.operations.account_mails import send_account_mails
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.tests.events import record_and_notify

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


@pytest.fixture
def reader() -> User:
    return make_user(email="ann@example.org", channels=["email", "in_app"])


@pytest.fixture
def off(reader: User) -> str:
    """The path that turns mail off, from the header of a mail."""
    record_and_notify(reader.pk, make_reminder_due())
    send_due_deliveries()
    [letter] = mail.outbox
    header = letter.message()["List-Unsubscribe"]
    assert header[1:-1] in str(letter.body)
    return str(header).removeprefix(f"<{BASE}").removesuffix(">")


def channels_of(user: User) -> list[str]:
    user.refresh_from_db()
    return list(user.channels)


def test_the_button_turns_mail_off_without_a_sign_in(browser: Client, reader: User, off: str) -> None:
    page = browser.get(off)
    assert (page.status_code, b"<button" in page.content, is_strict(page)) == (200, True, True)
    assert channels_of(reader) == ["email", "in_app"]
    assert browser.post(off).status_code == 200
    assert channels_of(reader) == ["in_app"]


@pytest.mark.parametrize(
    "form", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"]
)
def test_a_mail_program_turns_it_off_with_one_request(reader: User, off: str, form: str) -> None:
    assert "List-Unsubscribe=One-Click" in mail.outbox[0].message()["List-Unsubscribe-Post"]
    answer = Client(enforce_csrf_checks=True).post(off, b"List-Unsubscribe=One-Click", content_type=form)
    assert (answer.status_code, answer.cookies.output()) == (200, "")
    assert channels_of(reader) == ["in_app"]


def test_turning_it_off_is_recorded_once_however_often_it_is_asked(
    browser: Client, reader: User, off: str
) -> None:
    for _ in range(3):
        assert browser.post(off).status_code == 200
    [event] = [each for each in events_between(reader.pk, after=0, to=100) if "preferences" in each.type]
    assert (event.actor.type, event.actor.id) == ("user", str(reader.pk))
    assert event.data["previous"] == {"channels": ["email", "in_app"]}


def test_what_waited_is_not_sent_any_more(browser: Client, reader: User, off: str) -> None:
    record_and_notify(reader.pk, make_reminder_due(10), make_reminder_due(11))
    browser.post(off)
    send_due_deliveries()
    assert len(mail.outbox) == 1
    reasons = Delivery.objects.filter(channel="email", status="suppressed").values_list("reason", flat=True)
    assert list(reasons) == ["channel_off"] * 2


def test_a_link_is_good_for_its_own_address_alone(browser: Client, reader: User, off: str) -> None:
    User.objects.filter(pk=reader.pk).update(email="new@example.org")
    assert browser.post(off).status_code == 400
    User.objects.filter(pk=reader.pk).update(email="", email_verified_at=None)
    assert browser.post(off).status_code == 400
    assert channels_of(reader) == ["email", "in_app"]


@pytest.mark.parametrize(
    "token", ["", "1", "1.", "1.x", ".x", "-1.x", "1" * 30 + ".x", "\u0661.x", "%00.%ff", "1.x.y"]
)
def test_a_made_up_link_turns_nothing_off(browser: Client, reader: User, token: str) -> None:
    for user_id in ("1", str(reader.pk)):
        path = f"/email/unsubscribe/?token={token.replace('1', user_id, 1)}"
        assert browser.post(path).status_code == 400
    assert channels_of(reader) == ["email", "in_app"]


def test_a_link_of_one_user_is_no_link_of_another(browser: Client, reader: User, off: str) -> None:
    other = make_user(email="other@example.org", channels=["email"])
    assert browser.post(off.replace(f"={reader.pk}.", f"={other.pk}.")).status_code == 400
    assert channels_of(other) == ["email"]


def test_a_link_outlives_a_change_of_the_key(
    browser: Client, reader: User, off: str, settings: Settings
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough to sign with HMAC SHA-256"
    assert browser.post(off).status_code == 200
    assert channels_of(reader) == ["in_app"]


def test_without_a_public_url_mails_have_no_link(settings: Settings, reader: User) -> None:
    settings.BASE_URL = ""
    record_and_notify(reader.pk, make_reminder_due())
    send_due_deliveries()
    assert mail.outbox[0].message()["List-Unsubscribe"] is None


def test_the_link_of_a_forgotten_password_leads_to_a_form_that_sets_a_new_one(browser: Client) -> None:
    ann = make_user("ann", email="ann@example.org")
    request_reset("ann@example.org", address="192.0.2.1")
    send_account_mails()
    [link] = re.findall(rf"{BASE}(/password/reset/\S+)", str(mail.outbox[0].body))
    shown = browser.get(link)
    assert is_strict(shown)
    assert b'type="password"' in shown.content
    new = "a horse of another colour"

    differing = browser.post(link, {"password": new, "again": "other"})
    weak = browser.post(link, {"password": "12345", "again": "12345"})
    assert (differing.status_code, weak.status_code) == (400, 400)
    assert b"differ" in differing.content
    assert b'type="password"' in weak.content
    assert User.objects.get(pk=ann.pk).check_password(PASSWORD)

    done = browser.post(link, {"password": new, "again": new})

    assert is_strict(done)
    assert b"The password is set" in done.content
    assert User.objects.get(pk=ann.pk).check_password(new)
    assert browser.post(link, {"password": new, "again": new}).status_code == 400
