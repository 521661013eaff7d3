"""Signing a browser in and out by the API, as its page does."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.credentials.lifetimes import KEPT_SESSION, STAFF_IDLE, STAFF_TOTAL, UNTIL_CLOSED
from accounts_app.models import BrowserSession, User
from accounts_app.operations.sign_ins.tickets import issue_ticket
from accounts_app.queries.browser_sessions import credential_of_session
from accounts_app.queries.credentials import is_credential_valid
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, session_key_of, signed_in_client
from events_app.log.history import events_between

pytestmark = pytest.mark.django_db
SESSION = "/api/auth/session/"
ME = "/api/auth/me/"
REGISTER = "/api/auth/register/"


class Page:
    """A page in a browser that checks CSRF, as a real one does."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"user-agent": "Firefox/1"})
        self.token = str(self.read()["csrf_token"])

    def read(self) -> dict[str, object]:
        answer = self.client.get(SESSION)
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        found: dict[str, object] = answer.json()
        return found

    def send(self, method: str, path: str, body: object = None, *, token: str | None = None):  # type: ignore[no-untyped-def]
        headers = {"X-CSRFToken": self.token if token is None else token}
        call = getattr(self.client, method)
        return call(path, body or {}, content_type="application/json", headers=headers)

    def sign_in(self, username: str = "ann", password: str = PASSWORD, **more: object):  # type: ignore[no-untyped-def]
        answer = self.send("post", SESSION, {"username": username, "password": password, **more})
        if answer.status_code == 200:
            self.token = answer.json()["csrf_token"]
        return answer

    @property
    def key(self) -> str:
        return session_key_of(self.client)


@pytest.fixture
def ann() -> User:
    return make_user("ann")


def age(seconds: float, **only: object) -> None:
    """Have the sessions been begun and used so long ago."""
    then = timezone.now() - timedelta(seconds=seconds)
    for row in BrowserSession.objects.all():
        gone = then - row.used_at
        row.began_at, row.used_at, row.expire_date = row.began_at + gone, then, row.expire_date + gone
        row.save()


def test_a_visitor_is_nobody_and_gets_a_token_for_the_forms() -> None:
    found = Page().read()

    assert found["user"] is None
    assert found["push_key"] is None
    assert len(str(found["csrf_token"])) == 64
    assert len(str(found["build"])) == 12
    assert not BrowserSession.objects.exists()


def test_signing_in_answers_the_account_and_gives_the_session_a_new_key(ann: User) -> None:
    page = Page()
    page.client.force_login(make_user("bob"))
    page.token = str(page.read()["csrf_token"])
    before = page.key

    answer = page.sign_in(keep=True)

    assert answer.status_code == 200
    assert answer.json()["user"]["username"] == "ann"
    assert page.key != before
    assert page.client.get(ME).json()["username"] == "ann"
    assert credential_of_session(before) is None
    [event] = events_between(ann.pk, after=0, to=10)
    assert (event.type, event.data["kind"], event.data["client"]) == (
        "account.signed_in",
        "session",
        "Firefox/1",
    )
    assert event.data["sign_in_id"] == str(BrowserSession.objects.get(user=ann).public_id)
    assert (event.actor.type, event.actor.id) == ("user", str(ann.pk))


def test_the_same_key_never_survives_a_second_sign_in_of_the_same_person(ann: User) -> None:
    page = Page()
    page.sign_in()
    before = page.key

    page.sign_in()

    assert page.key != before
    assert credential_of_session(before) is None


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize("token", ["", "x" * 64])
def test_without_the_token_of_the_browser_nothing_happens(ann: User, method: str, token: str) -> None:
    page = Page()
    body = {"username": "ann", "password": PASSWORD}
    assert page.send(method, SESSION, body, token=token).status_code == 403
    page.sign_in()

    assert page.send(method, SESSION, body, token=token).status_code == 403
    assert page.client.get(ME).status_code == 200


@pytest.mark.parametrize(("keep", "most"), [(True, KEPT_SESSION), (False, UNTIL_CLOSED)])
def test_only_a_session_that_is_kept_has_a_cookie_that_outlives_the_browser(
    ann: User, keep: bool, most: timedelta
) -> None:
    page = Page()
    answer = page.sign_in(keep=keep)

    cookie = answer.cookies[settings.SESSION_COOKIE_NAME]
    row = BrowserSession.objects.get()
    assert (cookie["max-age"] == KEPT_SESSION.total_seconds()) is keep
    assert abs(row.expire_date - row.began_at - most) < timedelta(minutes=1)


def test_signing_out_ends_the_session_its_tickets_and_its_sockets_credential(ann: User) -> None:
    page = Page()
    page.sign_in()
    credential = credential_of_session(page.key)
    assert credential is not None
    issue_ticket(credential)

    assert page.send("delete", SESSION).status_code == 204

    assert not is_credential_valid(credential)
    assert page.read()["user"] is None
    assert page.client.get(ME).status_code == 401
    page.token = str(page.read()["csrf_token"])
    assert page.send("delete", SESSION).status_code == 204


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"username": "ann"}, "password"),
        ({"username": "ann", "password": PASSWORD, "keep": "yes"}, "keep"),
        ({"username": "ann", "password": PASSWORD, "keep": 1}, "keep"),
        ({"username": "ann", "password": PASSWORD, "keep": None}, "keep"),
        ({"username": "ann", "password": PASSWORD, "remember": True}, "remember"),
        ({"username": ["ann"], "password": PASSWORD}, "username"),
    ],
)
def test_a_body_that_cannot_be_names_its_field(ann: User, body: object, wrong: str) -> None:
    answer = Page().send("post", SESSION, body)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [wrong]


def test_failures_count_together_with_those_of_tokens(ann: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.FAILED_SIGNINS_PER_MINUTE = 2
    page = Page()
    assert page.sign_in(password="wrong").status_code == 401
    assert APIClient().post("/api/auth/token/", {"username": "ann", "password": "wrong"}).status_code == 401

    refused = page.sign_in()

    assert refused.status_code == 429
    assert "Retry-After" in refused


def test_a_bearer_token_is_not_read_here(ann: User) -> None:
    client = signed_in_client(ann)

    assert client.get(SESSION).json()["user"] is None
    assert client.get(SESSION.rstrip("/")).json()["user"] is None


def test_a_session_is_renewed_on_the_next_day_with_its_cookie_and_not_before(ann: User) -> None:
    page = Page()
    page.sign_in(keep=True)
    age(23 * 3600)
    assert settings.SESSION_COOKIE_NAME not in page.client.get(ME).cookies
    age(25 * 3600)

    renewed = page.client.get(ME)

    assert renewed.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == KEPT_SESSION.total_seconds()
    assert BrowserSession.objects.get().expire_date > timezone.now() + KEPT_SESSION - timedelta(minutes=1)


def test_the_last_use_is_noted_once_a_minute(ann: User) -> None:
    page = Page()
    page.sign_in()
    used_at = BrowserSession.objects.get().used_at
    page.client.get(ME)
    assert BrowserSession.objects.get().used_at == used_at
    age(90)

    page.client.get(ME, headers={"user-agent": "Chrome\x07/2"}, REMOTE_ADDR="192.0.2.7")

    row = BrowserSession.objects.get()
    assert row.used_at > timezone.now() - timedelta(minutes=1)
    assert (row.client, row.address) == ("Chrome/2", "192.0.2.7")


def test_a_session_of_staff_ends_after_half_an_hour_without_a_call() -> None:
    browser = browser_of(make_user("root", is_staff=True))
    credential = credential_of_session(session_key_of(browser))
    assert credential is not None
    age(STAFF_IDLE.total_seconds() - 60)
    assert browser.get(ME).status_code == 200
    age(STAFF_IDLE.total_seconds() + 1)

    assert not is_credential_valid(credential)
    assert browser.get(ME).status_code == 401


def test_a_session_of_staff_ends_after_twelve_hours_however_busy() -> None:
    browser = browser_of(make_user("root", is_staff=True))
    age(STAFF_TOTAL.total_seconds() - 60)
    BrowserSession.objects.update(used_at=timezone.now(), expire_date=timezone.now() + timedelta(minutes=1))
    assert browser.get(ME).status_code == 200
    BrowserSession.objects.update(began_at=timezone.now() - STAFF_TOTAL)

    assert browser.get(ME).status_code == 401
    assert not BrowserSession.objects.exists()


def test_who_has_become_staff_meanwhile_has_the_sessions_of_staff() -> None:
    user = make_user("climber")
    browser = browser_of(user)
    age(STAFF_IDLE.total_seconds() + 1)
    User.objects.filter(pk=user.pk).update(is_staff=True)

    assert browser.get(ME).status_code == 401


def test_a_registration_can_sign_the_browser_in_and_gives_no_tokens() -> None:
    page = Page()
    body = {"username": "new", "password": PASSWORD, "session": True}
    assert page.send("post", REGISTER, body, token="").status_code == 403
    assert not User.objects.exists()

    answer = page.send("post", REGISTER, body)

    assert answer.status_code == 201
    assert set(answer.json()) == {"user"}
    assert page.client.get(ME).json()["username"] == "new"
    assert User.objects.get().refresh_families.count() == 0


def test_a_registration_for_tokens_needs_no_csrf_token() -> None:
    answer = Page().send(
        "post", REGISTER, {"username": "new", "password": PASSWORD, "session": False}, token=""
    )

    assert answer.status_code == 201
    assert set(answer.json()) == {"user", "access", "refresh"}
    assert not BrowserSession.objects.exists()


def test_a_person_can_sign_in_on_the_page_of_the_browsable_api(ann: User) -> None:
    page = Client().get(SESSION, headers={"accept": "text/html"}).content.decode()

    assert "&quot;username&quot;: &quot;&quot;" in page
    assert "&quot;keep&quot;" in page
