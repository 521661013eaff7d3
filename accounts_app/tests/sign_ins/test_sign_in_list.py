"""The list of one's sign-ins, and ending them from elsewhere."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import BrowserSession, RefreshFamily, User
from accounts_app.operations.sign_ins.families import begin_family, rotate_refresh
from accounts_app.queries.browser_sessions import credential_of_session
from accounts_app.queries.credentials import is_credential_valid
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, session_key_of
from events_app.log.history import events_between

pytestmark = pytest.mark.django_db
SIGN_INS = "/api/auth/sign-ins/"
ME = "/api/auth/me/"


@pytest.fixture
def ann() -> User:
    return make_user("ann")


def with_token(access: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def signed_in(user: User, *, client: str = "curl/8", address: str = "192.0.2.1") -> tuple[APIClient, str]:
    answer = APIClient().post(
        "/api/auth/token/",
        {"username": user.username, "password": PASSWORD},
        headers={"user-agent": client},
        REMOTE_ADDR=address,
    )
    return with_token(answer.json()["access"]), answer.json()["refresh"]


def rows_of(client: Client) -> list[dict[str, Any]]:
    answer = client.get(SIGN_INS)
    assert answer.status_code == 200
    assert (answer.json()["next"], answer.json()["previous"]) == (None, None)
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_the_list_says_with_what_from_where_since_when_and_which_is_this_one(ann: User) -> None:
    phone, _ = signed_in(ann, client="Phone/2", address="2001:db8:1:2:3::4")
    browser = browser_of(ann)
    begin_family(make_user("bob"))

    [in_browser, with_tokens] = rows_of(phone)

    assert (in_browser["kind"], in_browser["current"]) == ("session", False)
    assert in_browser["id"] == str(BrowserSession.objects.get().public_id)
    assert (with_tokens["kind"], with_tokens["current"]) == ("tokens", True)
    assert (with_tokens["client"], with_tokens["address"]) == ("Phone/2", "2001:db8:1:2::/64")
    assert with_tokens["created_at"] == with_tokens["last_used_at"] < with_tokens["expires_at"]
    assert [each["current"] for each in rows_of(browser)] == [True, False]


def test_an_exchange_of_tokens_is_a_use_and_says_from_where(ann: User) -> None:
    client, refresh = signed_in(ann, client="curl/8")

    answer = APIClient().post(
        "/api/auth/token/refresh/",
        {"refresh": refresh},
        headers={"user-agent": "curl/9"},
        REMOTE_ADDR="192.0.2.9",
    )

    assert answer.status_code == 200
    [row] = rows_of(client)
    assert (row["client"], row["address"]) == ("curl/9", "192.0.2.9")
    assert row["last_used_at"] > row["created_at"]


def test_what_has_ended_is_not_listed(ann: User) -> None:
    client, _ = signed_in(ann)
    signed_in(ann)
    browser_of(ann)
    BrowserSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    mine = rows_of(client)[0]["id"] if rows_of(client)[0]["current"] else rows_of(client)[1]["id"]
    RefreshFamily.objects.exclude(pk=mine).update(revoked_at=timezone.now(), revoked_reason="ended")

    assert [each["id"] for each in rows_of(client)] == [mine]


def test_ending_one_refuses_its_tokens_and_is_recorded(ann: User) -> None:
    here, _ = signed_in(ann)
    there, refresh = signed_in(ann)
    [other] = [each for each in rows_of(here) if not each["current"]]

    assert here.delete(f"{SIGN_INS}{other['id']}/").status_code == 204

    assert there.get(ME).status_code == 401
    assert APIClient().post("/api/auth/token/refresh/", {"refresh": refresh}).status_code == 401
    assert here.get(ME).status_code == 200
    assert here.delete(f"{SIGN_INS}{other['id']}/").status_code == 404
    [*_, event] = events_between(ann.pk, after=0, to=10)
    assert (event.type, event.data["sign_in_id"]) == ("account.sign_ins_ended", other["id"])


def test_ending_a_browser_s_session_ends_its_sockets_credential(ann: User) -> None:
    here, _ = signed_in(ann)
    browser = browser_of(ann)
    credential = credential_of_session(session_key_of(browser))
    assert credential is not None

    assert here.delete(f"{SIGN_INS}{credential.session_id}/").status_code == 204

    assert not is_credential_valid(credential)
    assert browser.get(ME).status_code == 401


def test_one_may_end_the_sign_in_that_one_uses(ann: User) -> None:
    client, _ = signed_in(ann)

    assert client.delete(f"{SIGN_INS}{rows_of(client)[0]['id']}/").status_code == 204

    assert client.get(ME).status_code == 401


def test_ending_all_others_leaves_this_one_alone(ann: User) -> None:
    here, refresh = signed_in(ann)
    there, _ = signed_in(ann)
    browser = browser_of(ann)
    bob = make_user("bob")
    theirs = with_token(begin_family(bob).access)

    assert here.delete(f"{SIGN_INS}?others=true").status_code == 204

    assert here.get(ME).status_code == 200
    assert rotate_refresh(refresh)
    assert there.get(ME).status_code == 401
    assert browser.get(ME).status_code == 401
    assert theirs.get(ME).status_code == 200


def test_a_browser_that_ends_all_others_stays_signed_in(ann: User) -> None:
    browser, other = browser_of(ann), browser_of(ann)

    assert browser.delete(f"{SIGN_INS}?others=true").status_code == 204

    assert browser.get(ME).status_code == 200
    assert other.get(ME).status_code == 401


@pytest.mark.parametrize("query", ["", "?others=", "?others=false", "?others=1", "?others=TRUE"])
def test_nobody_ends_all_others_by_a_slip(ann: User, query: str) -> None:
    here, _ = signed_in(ann)
    there, _ = signed_in(ann)

    assert here.delete(f"{SIGN_INS}{query}").status_code == 400
    assert there.get(ME).status_code == 200


def test_another_s_sign_in_is_as_absent_as_one_that_never_was(ann: User) -> None:
    here, _ = signed_in(ann)
    bob = make_user("bob")
    theirs = with_token(begin_family(bob).access)
    browser_of(bob)
    ids = [
        RefreshFamily.objects.get(user=bob).pk,
        BrowserSession.objects.get().public_id,
        uuid4(),
        "x",
        "1" * 40,
    ]

    answers = [here.delete(f"{SIGN_INS}{each}/") for each in ids]

    assert [each.status_code for each in answers] == [404] * 5
    assert theirs.get(ME).status_code == 200
