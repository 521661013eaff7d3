"""Failed sign-ins and registrations are counted, in every process alike."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.errors import TooManyAttempts
from accounts_app.models import Attempt, RefreshFamily, SocketTicket
from accounts_app.operations.expiry import remove_expired
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.operations.sign_ins.limits import Limit, count_attempt
from accounts_app.operations.sign_ins.tickets import issue_ticket
from accounts_app.queries.browser_sessions import session_credential
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, session_key_of
from events_app.consumers import registry
from foundation.database.transactions import clock
from foundation.http.client_addresses import client_address

pytestmark = pytest.mark.django_db
START = datetime(2030, 1, 1, tzinfo=UTC)


def sign_in(password: str, *, username: str = "ann", address: str = "192.0.2.1") -> int:
    body = {"username": username, "password": password}
    return APIClient().post("/api/auth/token/", body, REMOTE_ADDR=address).status_code


def test_the_eleventh_failure_in_a_minute_is_429_even_with_the_right_password() -> None:
    make_user("ann")

    answers = [sign_in("wrong") for _ in range(11)]

    assert answers == [401] * 10 + [429]
    assert sign_in(PASSWORD) == 429
    assert sign_in(PASSWORD, address="192.0.2.2") == 200
    assert sign_in("wrong", username="bob") == 401


def test_a_minute_later_the_name_may_try_again() -> None:
    make_user("ann")
    with clock(lambda: START):
        assert [sign_in("wrong") for _ in range(11)][-1] == 429
    with clock(lambda: START + timedelta(seconds=59)):
        assert sign_in(PASSWORD) == 429
    with clock(lambda: START + timedelta(seconds=60)):
        assert sign_in(PASSWORD) == 200


def test_success_does_not_count() -> None:
    make_user("ann")

    assert [sign_in(PASSWORD) for _ in range(12)] == [200] * 12
    assert not Attempt.objects.exists()


def test_a_refusal_says_how_long_to_wait_and_is_not_counted_itself() -> None:
    with clock(lambda: START):
        count_attempt(Limit(("sign-in", "ann"), 1))
    with clock(lambda: START + timedelta(seconds=45)), pytest.raises(TooManyAttempts) as refused:
        count_attempt(Limit(("sign-in", "ann"), 1))

    assert refused.value.retry_after_seconds == 15
    assert Attempt.objects.count() == 1


def test_the_name_is_not_stored() -> None:
    sign_in("wrong", username="secret-name")

    assert "secret-name" not in str(list(Attempt.objects.values()))


def test_the_sign_in_pages_count_together_with_the_api() -> None:
    make_user("root", is_staff=True, is_superuser=True)
    for _ in range(10):
        sign_in("wrong", username="root", address="127.0.0.1")
    client = Client()

    client.post("/admin/login/", {"username": "root", "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_the_browsable_api_signs_in_with_a_session() -> None:
    make_user("ann")
    client = Client()

    response = client.post("/api/auth/session/login/", {"username": "ann", "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, "/api/")
    assert client.get("/api/auth/me/", headers={"accept": "text/html"}).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "direct", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "10.0.0.1", "203.0.113.9"),
        (3, "203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "junk", "192.0.2.1", "unknown"),
        (0, "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (0, "", "::ffff:192.0.2.1", "192.0.2.1"),
        (0, "", "", "unknown"),
    ],
)
def test_only_proxies_of_ours_are_believed(
    settings: Settings, proxies: int, forwarded: str, direct: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    assert client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=direct)) == expected


def test_the_sweep_that_is_registered_removes_what_expired() -> None:
    count_attempt(Limit(("sign-in", "ann"), 10))

    with clock(lambda: datetime.now(UTC) + timedelta(minutes=2)):
        assert registry.run_sweep("expiry", waker="celery") == 1


def test_the_sweep_removes_what_expired_and_nothing_else() -> None:
    user = make_user()
    begin_family(user)
    issue_ticket(session_credential(user, session_key_of(browser_of(user))))
    count_attempt(Limit(("sign-in", "ann"), 10))

    assert remove_expired() == 0
    with clock(lambda: datetime.now(UTC) + timedelta(days=8)):
        assert remove_expired() == 3
        assert remove_expired() == 0
    assert not any(model.objects.exists() for model in (RefreshFamily, SocketTicket, Attempt))
