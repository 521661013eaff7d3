"""Calls with which a browser subscribes: what is taken, whose it is, how many there are, and when it ends."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts_app.models import User
from accounts_app.operations.exporting import export_lines
from accounts_app.queries.browser_sessions import session_credential
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, session_key_of, signed_in_client
from notifications_app.channels import SendOutcome, Sent
from notifications_app.models import PushSubscription
from notifications_app.operations import push_subscriptions
from notifications_app.operations.erasure import erase_notifications
from notifications_app.operations.push_subscriptions import MOST_DEVICES, TESTS_PER_MINUTE
from notifications_app.tests.push_services import VAPID_KEY, Browser, PushService

pytestmark = pytest.mark.django_db
PATH = "/api/push/subscriptions/"
ENDPOINT = "https://push.example.org/wpush/v2/abc"


@pytest.fixture(autouse=True)
def _with_key(settings: Settings) -> None:
    settings.VAPID_PRIVATE_KEY = VAPID_KEY


@pytest.fixture
def client(user: User) -> Client:
    return browser_of(user)


def body(**changed: object) -> dict[str, object]:
    return {"endpoint": ENDPOINT, "name": "Firefox", **Browser().keys(), **changed}


def post(client: Any, path: str = PATH, /, **changed: object) -> Any:
    return client.post(path, body(**changed), "application/json")


def listed(client: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(PATH).json()["results"]
    return found


def test_a_browser_subscribes_once_however_often_it_says_so(client: Client) -> None:
    first, second = post(client), post(client, name="Firefox on desk")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    [row] = listed(client)
    assert (row["name"], row["endpoint"], row["failures"]) == ("Firefox on desk", ENDPOINT, 0)
    assert not {"p256dh", "auth", "mark", "session"} & row.keys()
    assert "no-store" in client.get(PATH)["Cache-Control"]


def test_it_moves_to_the_user_who_is_signed_in_there_now(client: Client) -> None:
    other = browser_of(make_user())
    mine, theirs = post(client), post(other)
    assert theirs.status_code == 200
    assert listed(client) == []
    assert [row["id"] for row in listed(other)] == [theirs.json()["id"]]
    assert client.delete(f"{PATH}{mine.json()['id']}/").status_code == 404


def test_nobody_reaches_another_one_s(client: Client) -> None:
    row = post(client).json()["id"]
    other = browser_of(make_user())
    assert listed(other) == []
    assert other.delete(f"{PATH}{row}/").status_code == 404
    assert other.post(f"{PATH}{row}/test/", {}, "application/json").status_code == 404
    assert len(listed(client)) == 1


def test_taking_it_away_is_done_once(client: Client) -> None:
    row = post(client).json()["id"]
    assert client.delete(f"{PATH}{row}/").status_code == 204
    assert client.delete(f"{PATH}{row}/").status_code == 404
    assert not PushSubscription.objects.exists()


def test_there_are_ten_at_most(client: Client) -> None:
    for number in range(MOST_DEVICES):
        assert post(client, endpoint=f"{ENDPOINT}{number}").status_code == 201
    refused = post(client, endpoint=f"{ENDPOINT}x")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_devices")
    assert post(client, endpoint=f"{ENDPOINT}0").status_code == 200, "one that is known is no further one"


def test_many_in_a_minute_are_refused(client: Client) -> None:
    answers = [post(client).status_code for _ in range(21)]
    assert answers == [201, *[200] * 19, 429]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "http://push.example.org/a"),
        ("endpoint", "https://10.0.0.1/a"),
        ("endpoint", "https://localhost/a"),
        ("endpoint", "javascript:alert(1)"),
        ("endpoint", 7),
        ("endpoint", None),
        ("endpoint", "https://push.example.org/" + "a" * 2000),
        ("p256dh", "AAAA"),
        ("p256dh", "x" * 87),
        ("p256dh", "ä"),
        ("auth", "AAAA"),
        ("auth", "*" * 22),
        ("auth", ["a"]),
        ("name", "n" * 101),
        ("name", 5),
        ("color", "red"),
    ],
)
def test_what_is_no_subscription_is_refused_at_its_field(client: Client, field: str, value: object) -> None:
    answer = post(client, **{field: value})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not PushSubscription.objects.exists()


def test_signing_out_ends_that_of_this_browser_alone(user: User, client: Client) -> None:
    other = browser_of(user)
    post(client)
    post(other, endpoint=f"{ENDPOINT}2")
    token = client.get("/api/auth/session/").json()["csrf_token"]
    assert client.delete("/api/auth/session/", headers={"X-CSRFToken": token}).status_code == 204
    assert [row["endpoint"] for row in listed(other)] == [f"{ENDPOINT}2"]
    assert PushSubscription.objects.count() == 1


def test_ending_a_sign_in_elsewhere_ends_it_too(user: User, client: Client) -> None:
    post(client)
    other = browser_of(user)
    assert other.delete("/api/auth/sign-ins/?others=true").status_code == 204
    assert listed(other) == []


def test_a_client_with_tokens_may_and_a_personal_token_may_not(user: User) -> None:
    client = signed_in_client(user)
    assert client.post(PATH, body(), format="json").status_code == 201
    made = client.post(
        "/api/auth/personal-tokens/", {"name": "n", "scopes": ["tasks:read", "tasks:write"]}, format="json"
    )
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert Client().get(PATH, headers=bearer).status_code == 403
    assert Client().get(PATH).status_code == 401


def test_the_session_says_with_which_key_and_none_where_there_is_none(
    client: Client, settings: Settings
) -> None:
    key = client.get("/api/auth/session/").json()["push_key"]
    assert len(key) == 87
    settings.VAPID_PRIVATE_KEY = ""
    assert client.get("/api/auth/session/").json()["push_key"] is None
    refused = post(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "push_off")


def test_the_channel_is_a_preference(client: Client) -> None:
    answer = client.patch("/api/auth/me/", {"channels": ["in_app", "web_push"]}, "application/json")
    assert answer.json()["channels"] == ["in_app", "web_push"]


def test_a_test_reaches_the_browser_and_says_what_became_of_it(client: Client, service: PushService) -> None:
    browser = Browser()
    row = post(client, endpoint=service.endpoint("phone"), **browser.keys()).json()["id"]
    path = f"{PATH}{row}/test/"
    assert client.post(path, {}, "application/json").json() == {"sent": True, "reason": ""}
    assert service.pushes[0].read_by(browser)["notification"]["title"] == "This is a test"
    service.statuses["phone"] = 503
    assert client.post(path, {}, "application/json").json() == {
        "sent": False,
        "reason": "push_service_unavailable",
    }
    service.statuses["phone"] = 410
    assert client.post(path, {}, "application/json").json() == {"sent": False, "reason": "no_device"}
    assert listed(client) == []


def test_tests_are_bounded(client: Client, service: PushService) -> None:
    row = post(client, endpoint=service.endpoint("phone")).json()["id"]
    answers = [
        client.post(f"{PATH}{row}/test/", {}, "application/json").status_code
        for _ in range(TESTS_PER_MINUTE + 1)
    ]
    assert answers == [*[200] * TESTS_PER_MINUTE, 429]


def test_a_test_is_sent_outside_of_the_transaction_that_an_idempotency_key_would_open(
    client: Client, service: PushService
) -> None:
    row = post(client, endpoint=service.endpoint("phone")).json()["id"]
    for _ in range(2):
        answer = client.post(f"{PATH}{row}/test/", {}, "application/json", headers={"Idempotency-Key": "k"})
        assert answer.json() == {"sent": True, "reason": ""}
    assert service.paths() == ["phone", "phone"]


def test_one_test_of_a_user_and_two_of_all_are_under_way_at_once(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = [browser_of(owner) for owner in (user, user, make_user(), make_user())]
    paths = [
        f"{PATH}{post(each, endpoint=ENDPOINT + str(at)).json()['id']}/test/"
        for at, each in enumerate(clients)
    ]
    answers: dict[int, Any] = {}

    def under_way(*_: object) -> SendOutcome:
        later = [at for at in range(len(clients)) if at not in answers]
        for at in later:
            if at not in answers:
                run(at)
        return Sent()

    def run(at: int) -> None:
        answers[at] = None
        answers[at] = clients[at].post(paths[at], {}, "application/json")

    monkeypatch.setattr(push_subscriptions, "send_in_time", under_way)
    run(0)
    assert [answers[at].status_code for at in range(4)] == [200, 503, 200, 503]
    assert answers[1].json()["code"] == answers[3].json()["code"] == "push_tests_busy"
    assert answers[3]["Retry-After"] == "5"
    run(3)
    assert answers[3].status_code == 200, "places are given back"


def test_an_export_names_the_browsers_without_their_keys(user: User, client: Client) -> None:
    sent = body()
    client.post(PATH, sent, "application/json")
    credential = session_credential(user, session_key_of(client))
    text = b"".join(export_lines(credential)).decode()
    assert ENDPOINT in text
    assert str(sent["auth"]) not in text
    assert str(sent["p256dh"]) not in text


def test_with_the_account_they_go(user: User, client: Client) -> None:
    post(client)
    while erase_notifications(user.pk):
        pass
    assert not PushSubscription.objects.exists()


def test_a_changed_password_ends_those_of_other_browsers(user: User, client: Client) -> None:
    other = browser_of(user)
    post(other)
    answer = client.post(
        "/api/auth/password/",
        {"current_password": PASSWORD, "new_password": "quite another horse 7"},
        "application/json",
    )
    assert answer.status_code == 204
    assert listed(client) == []
