"""Signing in, rotating, signing out, and every token that must be refused."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings as django_settings
from django.utils.crypto import salted_hmac
from pytest_django.fixtures import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.tokens import ACCESS_LIFETIME, Tokens, sign_tokens
from accounts_app.models import RefreshFamily, User
from accounts_app.operations.accounts import change_password
from accounts_app.operations.sign_ins.families import REPEAT_WINDOW, begin_family, revoke_families
from accounts_app.tests.factories import PASSWORD, make_user, signed_in_client
from devstack.waiting import wait_until
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db
ME = "/api/auth/me/"


def call_with(authorization: str) -> int:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=authorization)
    response = client.get(ME)
    if response.status_code == 401:
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response["Content-Type"] == "application/problem+json"
    return response.status_code


def refresh(token: str) -> tuple[int, dict[str, str]]:
    response = APIClient().post("/api/auth/token/refresh/", {"refresh": token})
    return response.status_code, response.json()


def signing_key() -> str:
    secret = django_settings.SECRET_KEY
    return salted_hmac("accounts_app.tokens", "signing key", secret=secret, algorithm="sha256").hexdigest()


def claims_of(user: User) -> dict[str, object]:
    return jwt.decode(begin_family(user).access, options={"verify_signature": False})


def tokens_at(user: User, now: datetime) -> Tokens:
    family = RefreshFamily.objects.create(user=user, expires_at=now)
    return sign_tokens(Credential(user.pk, user.credentials_mark, family.pk), rotation=1, now=now)


def test_signing_in_gives_tokens_that_work() -> None:
    user = make_user("ann")

    response = APIClient().post("/api/auth/token/", {"username": "ann", "password": PASSWORD})

    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh"}
    assert response["Cache-Control"] == "private, no-store"
    assert call_with(f"Bearer {response.json()['access']}") == 200
    assert call_with(f"bearer {response.json()['access']}") == 200
    user.refresh_from_db()
    assert user.last_login is not None


@pytest.mark.parametrize(
    ("username", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("anne", PASSWORD), ("gone", PASSWORD)]
)
def test_a_wrong_name_a_wrong_password_and_a_closed_account_look_alike(username: str, password: str) -> None:
    make_user("ann")
    make_user("gone", is_active=False)

    response = APIClient().post("/api/auth/token/", {"username": username, "password": password})

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["code"] == "sign_in_refused"
    assert not RefreshFamily.objects.exists()


def test_an_expired_access_token_does_not_hinder_signing_in() -> None:
    make_user("ann")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer expired")

    assert client.post("/api/auth/token/", {"username": "ann", "password": PASSWORD}).status_code == 200


def test_a_token_that_was_good_is_refused_once_it_has_expired() -> None:
    almost = datetime.now(UTC) - ACCESS_LIFETIME + timedelta(seconds=2)
    token = tokens_at(make_user(), almost).access

    assert call_with(f"Bearer {token}") == 200
    assert wait_until(lambda: call_with(f"Bearer {token}") == 401, seconds=10)


def test_a_refresh_token_is_good_once() -> None:
    first = begin_family(make_user())

    status, second = refresh(first.refresh)

    assert status == 200
    assert call_with(f"Bearer {second['access']}") == 200
    assert refresh(second["refresh"])[0] == 200


@contextmanager
def later(by: timedelta) -> Iterator[None]:
    """Be so much later, by the database's clock."""
    with clock(lambda: datetime.now(UTC) + by):
        yield


def test_a_refresh_whose_answer_was_lost_gives_the_same_pair_again() -> None:
    first = begin_family(make_user())
    lost = refresh(first.refresh)

    with later(REPEAT_WINDOW - timedelta(seconds=1)):
        repeated = refresh(first.refresh)

    assert repeated == lost
    status, pair = repeated
    assert status == 200
    assert call_with(f"Bearer {pair['access']}") == 200
    assert refresh(pair["refresh"])[0] == 200


def test_nothing_that_could_sign_in_lies_in_the_database() -> None:
    first = begin_family(make_user())
    _, pair = refresh(first.refresh)

    family = RefreshFamily.objects.values().get()

    stored = " ".join(map(str, family.values()))
    assert not any(part in stored for token in pair.values() for part in token.split("."))


def test_a_token_whose_successor_was_exchanged_already_revokes_its_family() -> None:
    first = begin_family(make_user())
    _, second = refresh(first.refresh)
    _, third = refresh(second["refresh"])

    assert refresh(second["refresh"])[1] == third
    assert refresh(first.refresh)[0] == 401
    assert refresh(third["refresh"])[0] == 401


@pytest.mark.parametrize("end", ["sign out", "change password", "deactivate", "operator"])
def test_a_repeated_refresh_gives_nothing_once_the_sign_in_has_ended(end: str) -> None:
    user = make_user()
    first = begin_family(user)
    _, second = refresh(first.refresh)
    if end == "sign out":
        APIClient().post("/api/auth/logout/", {"refresh": second["refresh"]})
    elif end == "change password":
        change_password(user, "another correct horse")
    elif end == "deactivate":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        revoke_families(RefreshFamily.objects.all(), reason="by an operator")

    assert refresh(first.refresh)[0] == 401
    assert call_with(f"Bearer {second['access']}") == 401


def test_a_family_from_before_this_release_is_as_strict_as_it_was() -> None:
    first = begin_family(make_user())
    refresh(first.refresh)
    RefreshFamily.objects.update(rotated_at=None)

    assert refresh(first.refresh)[0] == 401


def test_a_rotated_refresh_token_used_again_later_revokes_its_family() -> None:
    user = make_user()
    stolen, other = begin_family(user), begin_family(user)
    _, current = refresh(stolen.refresh)

    with later(REPEAT_WINDOW + timedelta(seconds=1)):
        status, problem = refresh(stolen.refresh)

    assert (status, problem["code"]) == (401, "token_not_valid")
    assert refresh(current["refresh"])[0] == 401
    assert call_with(f"Bearer {current['access']}") == 401
    assert refresh(other.refresh)[0] == 200
    assert list(RefreshFamily.objects.exclude(revoked_at=None).values_list("revoked_reason", flat=True)) == [
        "reused"
    ]


def test_signing_out_ends_all_tokens_of_the_sign_in_and_repeating_is_harmless() -> None:
    user = make_user()
    tokens, other = begin_family(user), begin_family(user)
    client = APIClient()

    answers = [client.post("/api/auth/logout/", {"refresh": tokens.refresh}).status_code for _ in range(2)]

    assert answers == [204, 204]
    assert refresh(tokens.refresh)[0] == 401
    assert call_with(f"Bearer {tokens.access}") == 401
    assert call_with(f"Bearer {other.access}") == 200


def test_a_changed_password_ends_tokens_and_sessions_at_once() -> None:
    user = make_user("ann")
    tokens = begin_family(user)
    browser = APIClient()
    browser.force_login(user)
    assert browser.get(ME).status_code == 200

    change_password(user, "another correct horse")

    assert call_with(f"Bearer {tokens.access}") == 401
    assert refresh(tokens.refresh)[0] == 401
    assert browser.get(ME).status_code == 401


def test_a_password_changed_behind_our_back_ends_tokens_too() -> None:
    user = make_user()
    tokens = begin_family(user)

    user.set_password("another correct horse")
    user.save()

    assert call_with(f"Bearer {tokens.access}") == 401
    assert refresh(tokens.refresh)[0] == 401


def test_a_deactivated_user_is_refused_at_once() -> None:
    user = make_user()
    tokens = begin_family(user)
    browser = APIClient()
    browser.force_login(user)

    User.objects.filter(pk=user.pk).update(is_active=False)

    assert call_with(f"Bearer {tokens.access}") == 401
    assert refresh(tokens.refresh)[0] == 401
    assert browser.get(ME).status_code == 401


def test_expired_tokens_are_refused() -> None:
    user = make_user()
    now = datetime.now(UTC)

    assert call_with(f"Bearer {tokens_at(user, now - timedelta(minutes=14)).access}") == 200
    assert call_with(f"Bearer {tokens_at(user, now - timedelta(minutes=15, seconds=1)).access}") == 401
    assert refresh(tokens_at(user, now - timedelta(days=6)).refresh)[0] == 200
    assert refresh(tokens_at(user, now - timedelta(days=7, seconds=1)).refresh)[0] == 401


def test_each_kind_of_token_is_good_for_its_own_purpose_only() -> None:
    tokens = begin_family(make_user())

    assert call_with(f"Bearer {tokens.refresh}") == 401
    assert refresh(tokens.access)[0] == 401


def unsigned(claims: dict[str, object], alg: str) -> str:
    parts = ({"alg": alg, "typ": "JWT"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join([*encoded, ""])


def test_forged_tokens_are_refused() -> None:
    user, victim = make_user(), make_user()
    claims = claims_of(user)
    key = signing_key()
    forged = {
        "as a control, one with the right key": jwt.encode(claims, key, algorithm="HS256"),
        "alg none": unsigned(claims, "none"),
        "alg None": unsigned(claims, "None"),
        "alg of the header, no signature": unsigned(claims, "HS256"),
        "another HMAC": jwt.encode(claims, key, algorithm="HS512"),
        "the secret key itself": jwt.encode(claims, django_settings.SECRET_KEY, algorithm="HS256"),
        "another key": jwt.encode(claims, "x" * 64, algorithm="HS256"),
        "another user": jwt.encode({**claims, "sub": str(victim.pk)}, key, algorithm="HS256"),
        "another family": jwt.encode({**claims, "family": str(uuid4())}, key, algorithm="HS256"),
        "another mark": jwt.encode({**claims, "mark": "x" * 24}, key, algorithm="HS256"),
        "no mark": jwt.encode({k: v for k, v in claims.items() if k != "mark"}, key, algorithm="HS256"),
        "no end": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key, algorithm="HS256"),
        "another issuer": jwt.encode({**claims, "iss": "other"}, key, algorithm="HS256"),
        "more claims": jwt.encode({**claims, "is_staff": True}, key, algorithm="HS256"),
    }

    accepted = [name for name, token in forged.items() if call_with(f"Bearer {token}") != 401]

    assert accepted == ["as a control, one with the right key"]


def test_a_token_signed_with_a_key_pair_is_refused() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = claims_of(make_user())

    assert call_with(f"Bearer {jwt.encode(claims, private, algorithm='RS256')}") == 401


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer a.b.c",
        "Bearer \u00e9",
        "Bearer " + "a" * 100_000,
        "Bearer " + base64.urlsafe_b64encode(b"[" * 100_000).decode() + ".e30.x",
        "Basic YW5uOmFubg==",
        "Token abc",
        "Bearer a b",
    ],
)
def test_junk_credentials_are_401(authorization: str) -> None:
    assert call_with(authorization) == 401


@pytest.mark.parametrize("path", ["/api/auth/token/refresh/", "/api/auth/logout/"])
@pytest.mark.parametrize(
    "token", ["junk", "a.b.c", "é", base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.x"]
)
def test_junk_refresh_tokens_are_401(path: str, token: str) -> None:
    response = APIClient().post(path, {"refresh": token})

    assert response.status_code == 401
    assert response.json()["code"] == "token_not_valid"


def test_one_request_reads_its_credential_with_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in_client(make_user())

    with django_assert_num_queries(2):  # the other reads the address that waits to be confirmed
        assert client.get(ME).status_code == 200
