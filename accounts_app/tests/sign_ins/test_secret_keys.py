"""A secret key that is replaced: what was signed with the one before is accepted as long as it is listed."""

import json
from dataclasses import dataclass

import jwt
import pytest
from django.conf import settings as django_settings
from django.contrib.auth import HASH_SESSION_KEY
from django.core.checks import run_checks
from django.test import Client
from django.utils.crypto import salted_hmac
from jwt.utils import base64url_encode
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import BrowserSession, RefreshFamily, User
from accounts_app.operations.accounts import change_password
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.operations.sign_ins.tickets import redeem_ticket
from accounts_app.queries.browser_sessions import credential_of_session
from accounts_app.queries.credentials import valid_credentials
from accounts_app.sessions import SessionStore
from accounts_app.tests.factories import browser_of, make_user, session_key_of

pytestmark = pytest.mark.django_db
OLD, NEW, OTHER = (
    f"the {name} key, long enough to sign with HMAC SHA-256" for name in ("old", "new", "other")
)
ME = "/api/auth/me/"


@dataclass
class Keys:
    """The keys of a process."""

    settings: Settings

    def are(self, present: str, *fallbacks: str) -> None:
        self.settings.SECRET_KEY, self.settings.SECRET_KEY_FALLBACKS = present, list(fallbacks)


@pytest.fixture
def keys(settings: Settings) -> Keys:
    keys = Keys(settings)
    keys.are(OLD)
    return keys


@pytest.fixture
def ann(db: None) -> User:
    return make_user("ann")


def status(access: str) -> int:
    return APIClient().get(ME, headers={"Authorization": f"Bearer {access}"}).status_code


def refresh(token: str) -> tuple[int, dict[str, str]]:
    answer = APIClient().post("/api/auth/token/refresh/", {"refresh": token})
    return answer.status_code, answer.json()


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_tokens_name_their_key_and_tell_nothing_of_it(keys: Keys, ann: User) -> None:
    old, again = begin_family(ann), begin_family(ann)
    keys.are(NEW, OLD)
    new = begin_family(ann)

    assert kid(old.access) == kid(old.refresh) == kid(again.access) != kid(new.access)
    for token in (old.access, new.access):
        assert len(kid(token)) == 8
        signing = salted_hmac(
            "accounts_app.tokens", "signing key", secret=OLD, algorithm="sha256"
        ).hexdigest()
        assert kid(token) not in (*OLD.split(), signing[:8])


def test_what_the_previous_key_signed_is_good_while_it_is_listed(keys: Keys, ann: User) -> None:
    old = begin_family(ann)

    keys.are(NEW, OTHER, OLD)
    assert status(old.access) == 200
    code, pair = refresh(old.refresh)
    assert code == 200

    keys.are(NEW)
    assert status(old.access) == 401
    assert refresh(old.refresh)[0] == 401
    assert kid(pair["access"]) == kid(pair["refresh"]) != kid(old.access)
    assert status(pair["access"]) == 200
    assert refresh(pair["refresh"])[0] == 200


def test_who_refreshed_under_the_next_key_before_all_signed_with_it_stays_signed_in(
    keys: Keys, ann: User
) -> None:
    keys.are(NEW, OLD)
    new = begin_family(ann)

    keys.are(OLD, NEW)  # a process of the rollout's first step
    assert status(new.access) == 200
    code, pair = refresh(new.refresh)
    keys.are(NEW, OLD)

    assert code == 200
    assert status(pair["access"]) == 200


def test_a_token_without_a_kid_is_tried_with_each_key(keys: Keys, ann: User) -> None:
    """As the release before signed them, for the seven days that they live."""
    claims = jwt.decode(begin_family(ann).access, options={"verify_signature": False})
    signing = salted_hmac("accounts_app.tokens", "signing key", secret=OLD, algorithm="sha256").hexdigest()
    bare = jwt.encode(claims, signing, algorithm="HS256")

    assert status(bare) == 200
    keys.are(NEW, OTHER, OLD)
    assert status(bare) == 200
    keys.are(NEW, OTHER)
    assert status(bare) == 401


@pytest.mark.parametrize("named", ["00000000", "", "../../secret_key", "0" * 5000, 7, None, ["x"], {}])
def test_a_kid_that_names_no_key_of_ours_opens_nothing(keys: Keys, ann: User, named: object) -> None:
    claims = jwt.decode(begin_family(ann).access, options={"verify_signature": False})
    header = json.dumps({"alg": "HS256", "typ": "JWT", "kid": named})
    for key in ("x" * 64, OLD):
        rest = jwt.encode(claims, key, algorithm="HS256").partition(".")[2]
        assert status(f"{base64url_encode(header.encode()).decode()}.{rest}") == 401


def test_a_token_is_not_verified_with_another_key_than_it_names(keys: Keys, ann: User) -> None:
    keys.are(NEW, OLD)
    token = begin_family(ann).access
    claims = jwt.decode(token, options={"verify_signature": False})
    signing = salted_hmac("accounts_app.tokens", "signing key", secret=OLD, algorithm="sha256").hexdigest()

    crossed = jwt.encode(claims, signing, algorithm="HS256", headers={"kid": kid(token)})

    assert status(crossed) == 401


def test_a_browser_stays_signed_in_and_goes_on_under_the_present_key(keys: Keys, ann: User) -> None:
    browser = browser_of(ann)
    key = session_key_of(browser)
    keys.are(NEW, OLD)

    assert browser.get(ME).status_code == 200

    assert session_key_of(browser) == key
    assert SessionStore(key)[HASH_SESSION_KEY] == ann.get_session_auth_hash()
    keys.are(NEW)
    assert browser.get(ME).status_code == 200


def test_requests_that_a_page_sends_at_once_all_stay_signed_in(keys: Keys, ann: User) -> None:
    """Django gives the first a new key and deletes the row from under the others."""
    key = session_key_of(browser_of(ann))
    keys.are(NEW, OLD)

    def with_the_same_cookie() -> int:
        browser = Client()
        browser.cookies[django_settings.SESSION_COOKIE_NAME] = key
        return browser.get(ME).status_code

    assert [with_the_same_cookie() for _ in range(5)] == [200] * 5
    assert BrowserSession.objects.count() == 1


def test_a_session_that_nobody_used_meanwhile_is_signed_out_with_its_key(keys: Keys, ann: User) -> None:
    browser = browser_of(ann)
    keys.are(NEW)

    assert browser.get(ME).status_code == 401


def test_sockets_and_tickets_outlive_the_key(keys: Keys, ann: User) -> None:
    browser = browser_of(ann)
    ticket = browser.post("/api/ws-tickets/", {}, "application/json").json()["ticket"]
    credential = credential_of_session(session_key_of(browser))
    assert credential is not None

    keys.are(NEW, OLD)
    assert valid_credentials([credential]) == {credential}
    assert credential_of_session(session_key_of(browser)) is not None
    assert redeem_ticket(ticket) == credential

    keys.are(NEW)
    assert valid_credentials([credential]) == set()


def test_a_socket_only_looks_at_a_session_of_the_previous_key(keys: Keys, ann: User) -> None:
    key = session_key_of(browser_of(ann))
    before = SessionStore(key)[HASH_SESSION_KEY]
    keys.are(NEW, OLD)

    assert credential_of_session(key) is not None

    assert SessionStore(key)[HASH_SESSION_KEY] == before


def test_cursors_of_lists_outlive_the_key(keys: Keys, ann: User) -> None:
    client = APIClient()
    client.force_login(ann)
    for number in range(3):
        client.post("/api/tasks/", {"title": str(number)})
    following = client.get("/api/tasks/?limit=1").json()["next"]

    keys.are(NEW, OLD)
    assert client.get(following).status_code == 200
    keys.are(NEW)
    assert client.get(following).status_code == 400


@pytest.mark.parametrize("fallbacks", [[], [OLD]])
def test_a_changed_password_ends_what_any_key_signed(keys: Keys, ann: User, fallbacks: list[str]) -> None:
    tokens, browser = begin_family(ann), browser_of(ann)
    keys.are(NEW, *fallbacks)

    change_password(ann, "another correct horse battery")
    RefreshFamily.objects.update(revoked_at=None, revoked_reason="")

    assert status(tokens.access) == 401
    assert browser.get(ME).status_code == 401


def test_the_mark_of_a_credential_is_the_present_key_s_and_every_listed_one_is_accepted(
    keys: Keys, ann: User
) -> None:
    of_old = ann.credentials_mark
    keys.are(NEW, OLD)

    assert ann.credentials_mark != of_old
    assert ann.credentials_marks == (ann.credentials_mark, of_old)


@pytest.mark.parametrize(
    "names", [("SECRET_KEY",), ("SECRET_KEY_FALLBACKS",), ("SECRET_KEY", "SECRET_KEY_FALLBACKS")]
)
def test_a_short_key_is_refused_wherever_it_stands(keys: Keys, names: tuple[str, ...]) -> None:
    short = "x" * 31
    present = short if "SECRET_KEY" in names else NEW
    keys.are(present, OLD, *([short] if "SECRET_KEY_FALLBACKS" in names else []))

    found = [error.msg for error in run_checks() if error.id == "accounts_app.E001"]

    assert [message.split()[0] for message in found] == [f"TODO_{name}" for name in names]
