"""Registering over HTTP."""

import json
from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import Attempt, User
from accounts_app.operations.accounts import UNLESS_PROXIED
from accounts_app.tests.factories import PASSWORD, make_user
from foundation import counters

pytestmark = pytest.mark.django_db
URL = "/api/auth/register/"


def body(**changes: object) -> dict[str, object]:
    return {"username": "ann", "password": PASSWORD, **changes}


def errors_of(response: HttpResponse) -> dict[str, str]:
    return {each["field"]: each["code"] for each in json.loads(response.content)["errors"]}


def test_registering_answers_the_account_and_working_tokens() -> None:
    client = APIClient()

    response = client.post(URL, body(email="ann@example.org", time_zone="Europe/Berlin"))

    assert response.status_code == 201
    answer = response.json()
    assert answer["user"] == {
        "id": str(User.objects.get().pk),
        "username": "ann",
        "email": "ann@example.org",
        "email_verified": False,
        "pending_email": "ann@example.org",
        "time_zone": "Europe/Berlin",
        "week_start": "mo",
        "quiet_from": None,
        "quiet_until": None,
        "channels": ["in_app"],
    }
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer['access']}")
    assert client.get("/api/auth/me/").json() == answer["user"]
    assert client.post("/api/auth/token/refresh/", {"refresh": answer["refresh"]}).status_code == 200


def test_the_trailing_slash_is_optional() -> None:
    assert APIClient().post("/api/auth/register", body()).status_code == 201


def test_a_taken_name_is_refused_and_nothing_is_written() -> None:
    make_user("ann")

    response = APIClient().post(URL, body())

    assert response.status_code == 400
    assert errors_of(response) == {"username": "taken"}
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"username": ""}, {"username": "blank"}),
        ({"username": "a b"}, {"username": "invalid"}),
        ({"username": "x" * 151}, {"username": "max_length"}),
        ({"username": None}, {"username": "null"}),
        ({"username": ["ann"]}, {"username": "invalid"}),
        ({"password": "xq7"}, {"password": "password_too_short"}),
        ({"password": ""}, {"password": "blank"}),
        ({"password": "x" * 1001}, {"password": "max_length"}),
        ({"email": "nobody"}, {"email": "invalid"}),
        ({"time_zone": "Mars/Olympus"}, {"time_zone": "unknown_zone"}),
        ({"time_zone": "../UTC"}, {"time_zone": "unknown_zone"}),
        ({"time_zone": "/etc/localtime"}, {"time_zone": "unknown_zone"}),
        ({"time_zone": "europe/berlin"}, {"time_zone": "unknown_zone"}),
        ({"is_staff": True}, {"is_staff": "unknown_field"}),
        ({"id": "1", "is_superuser": True}, {"id": "unknown_field", "is_superuser": "unknown_field"}),
    ],
)
def test_a_wrong_body_names_each_field(changes: dict[str, object], wrong: dict[str, str]) -> None:
    response = APIClient().post(URL, body(**changes))

    assert response.status_code == 400
    assert errors_of(response) == wrong
    assert not User.objects.exists()


def test_a_password_like_the_name_is_refused() -> None:
    response = APIClient().post(URL, body(username="annabelle-lee", password="annabelle-lee"))

    assert errors_of(response) == {"password": "password_too_similar"}


def test_the_sixty_first_registration_of_an_address_in_a_minute_waits(settings: Settings) -> None:
    settings.REGISTRATIONS_PER_MINUTE = 2
    client = APIClient()
    answers = [client.post(URL, body(username=f"ann{number}")) for number in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert client.post(URL, body(username="bob"), REMOTE_ADDR="192.0.2.7").status_code == 201


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"username": ""}, "user_has_name"),
        ({"time_zone": ""}, "user_has_time_zone"),
        ({"week_start": "xx"}, "user_week_start_is_a_day"),
    ],
)
def test_the_database_keeps_what_a_user_is(fields: dict[str, str], constraint: str) -> None:
    user = make_user()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        User.objects.filter(pk=user.pk).update(**fields)
    assert connection.is_usable()


class TestWhoMayRegister:
    """`TODO_REGISTRATION`, and what holds without it."""

    @pytest.fixture(autouse=True)
    def no_proxy_was_seen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counters, "_counts", Counter())

    def register(self, **headers: str):  # type: ignore[no-untyped-def]
        body = {"username": "new", "password": "correct horse battery staple"}
        return APIClient().post("/api/auth/register/", body, headers=headers)

    def test_closed_means_closed_before_anything_is_read_or_counted(self, settings: Settings) -> None:
        settings.REGISTRATION = "closed"

        answer = self.register()

        assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")
        assert not User.objects.exists()
        assert not Attempt.objects.exists()

    def test_open_means_open_behind_a_proxy_too(self, settings: Settings) -> None:
        settings.REGISTRATION = "open"

        assert self.register(**{"x-forwarded-for": "192.0.2.1"}).status_code == 201

    @pytest.mark.parametrize("header", ["x-forwarded-for", "x-forwarded-proto", "forwarded"])
    def test_unless_proxied_closes_with_the_first_request_through_a_proxy(
        self, settings: Settings, header: str
    ) -> None:
        settings.REGISTRATION = UNLESS_PROXIED
        assert self.register().status_code == 201

        assert self.register(**{header: "192.0.2.1"}).status_code == 403
        assert self.register().status_code == 403
