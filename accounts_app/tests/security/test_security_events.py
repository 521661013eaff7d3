"""Security events: in the history of whose account it is, and as one form of line for operators."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from accounts_app.credentials.one_time_codes import code_at
from accounts_app.models import Attempt, SignInFailureCount, User
from accounts_app.operations.expiry import remove_expired
from accounts_app.operations.security.failures import record_signin_failures
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, signed_in_client
from accounts_app.tests.mail.mailed_links import letters
from events_app.contracts import RecordedEvent
from events_app.log.history import events_between, head_of
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db
TOKEN = "/api/auth/token/"
REFRESH = "/api/auth/token/refresh/"


@pytest.fixture
def ann() -> User:
    return make_user("ann", email="ann@example.org")


def events_of(user: User) -> list[RecordedEvent]:
    return list(events_between(user.pk, after=0, to=100))


def sign_in(password: str = PASSWORD, *, username: str = "ann", address: str = "192.0.2.1"):  # type: ignore[no-untyped-def]
    return APIClient().post(
        TOKEN,
        {"username": username, "password": password},
        headers={"user-agent": "curl/8"},
        REMOTE_ADDR=address,
    )


class Watch:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Iterator[Watch]:
    moving = Watch()
    with clock(moving):
        yield moving


def test_a_sign_in_stands_in_the_history_with_who_where_and_which_call(ann: User) -> None:
    answer = sign_in()

    [event] = events_of(ann)
    assert event.type == "account.signed_in"
    assert event.request_id == answer["X-Request-ID"]
    assert (event.actor.type, event.actor.id) == ("user", str(ann.pk))
    family = ann.refresh_families.get()
    assert event.data == {
        "address": "192.0.2.1",
        "client": "curl/8",
        "kind": "tokens",
        "sign_in_id": str(family.pk),
        "second_factor": "none",
    }


def test_a_sign_in_on_a_page_of_django_is_recorded_as_well(ann: User) -> None:
    Client().post("/api/auth/session/login/", {"username": "ann", "password": PASSWORD})

    assert [(each.type, each.data["kind"]) for each in events_of(ann)] == [("account.signed_in", "session")]


def test_a_stolen_refresh_token_that_comes_again_is_recorded_once(ann: User) -> None:
    refresh = sign_in().json()["refresh"]
    second = APIClient().post(REFRESH, {"refresh": refresh}).json()["refresh"]
    APIClient().post(REFRESH, {"refresh": second})

    for _ in range(2):
        assert APIClient().post(REFRESH, {"refresh": refresh}).status_code == 401

    reused = [each for each in events_of(ann) if each.type == "account.refresh_reused"]
    assert [each.data["sign_in_id"] for each in reused] == [str(ann.refresh_families.get().pk)]


def test_each_event_is_one_line_of_one_form(
    ann: User,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with caplog.at_level(logging.INFO, "accounts_app.operations.security"):
        with django_capture_on_commit_callbacks(execute=True):
            sign_in()
        sign_in("wrong")
        sign_in(username="nobody")

    lines = [vars(each) for each in caplog.records if hasattr(each, "security_event")]
    assert [(each["security_event"], each.get("account"), each["address"]) for each in lines] == [
        ("account.signed_in", ann.pk, "192.0.2.1"),
        ("account.sign_in_failed", ann.pk, "192.0.2.1"),
        ("account.sign_in_failed", None, "192.0.2.1"),
    ]
    assert not any(PASSWORD in str(each) or "nobody" in str(each.get("msg")) for each in lines)


def test_a_registration_is_logged(
    db: None,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        caplog.at_level(logging.INFO, "accounts_app.operations.security"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        body = {"username": "new", "password": PASSWORD}
        made = APIClient().post("/api/auth/register/", body, REMOTE_ADDR="192.0.2.1")

    [line] = [vars(each) for each in caplog.records if hasattr(each, "security_event")]
    assert (line["security_event"], str(line["account"]), line["address"]) == (
        "account.registered",
        made.json()["user"]["id"],
        "192.0.2.1",
    )


def test_failures_are_one_event_an_hour_however_many_there_are(ann: User, watch: Watch, settings) -> None:  # type: ignore[no-untyped-def]
    settings.FAILED_SIGNINS_PER_MINUTE = settings.FAILED_SIGNINS_PER_ADDRESS = 10**6
    for address in range(7):
        sign_in("wrong", address=f"192.0.2.{address}")
    sign_in("wrong", username="nobody")
    assert head_of(ann.pk) == 0

    assert record_signin_failures() == 1

    [event] = events_of(ann)
    assert event.type == "account.signin_failures"
    assert event.data == {
        "failures": 7,
        "since": "2026-05-04T10:00:00Z",
        "until": "2026-05-04T10:00:00Z",
        "address": "192.0.2.6",
        "client": "curl/8",
        "locked_out": False,
    }
    assert event.actor.type == "system"
    for minutes in (1, 58):
        watch.now += timedelta(minutes=minutes)
        sign_in("wrong")
        assert record_signin_failures() == 0
    watch.now += timedelta(minutes=1)
    assert record_signin_failures() == 1
    [_, later] = events_of(ann)
    assert (later.data["failures"], later.data["since"]) == (2, "2026-05-04T10:01:00Z")
    watch.now += timedelta(hours=2)
    assert record_signin_failures() == 0


def test_a_right_password_counts_as_no_failure_and_a_wrong_code_as_one(ann: User, watch: Watch) -> None:
    client = signed_in_client(ann)
    sign_in()
    assert not Attempt.objects.exists()
    secret = client.post("/api/auth/second-factor/", {}).json()["secret"]
    client.post("/api/auth/second-factor/confirm/", {"code": code_at(secret, watch.now)})
    APIClient().post(TOKEN, {"username": "ann", "password": PASSWORD, "code": "000000"})

    record_signin_failures()

    assert events_of(ann)[-1].data["failures"] == 1


def test_a_lockout_is_logged_with_whose_it_is_and_stands_in_the_next_event(
    ann: User, watch: Watch, caplog: pytest.LogCaptureFixture, settings: LazySettings
) -> None:
    settings.FAILED_SIGNINS_PER_MINUTE = 3
    with caplog.at_level(logging.INFO, "accounts_app.operations.security"):
        answers = [sign_in("wrong").status_code for _ in range(4)]
        answers += [sign_in("wrong", username="nobody").status_code for _ in range(4)]

    assert answers == [401, 401, 401, 429] * 2
    lines = [vars(each) for each in caplog.records if hasattr(each, "security_event")]
    limited = [each for each in lines if each["security_event"] == "account.sign_in_limited"]
    assert [(each.get("account"), each["address"]) for each in limited] == [
        (ann.pk, "192.0.2.1"),
        (None, "192.0.2.1"),
    ]
    record_signin_failures()
    watch.now += timedelta(hours=1)
    sign_in("wrong")
    record_signin_failures()
    recorded = [(each.data["failures"], each.data["locked_out"]) for each in events_of(ann)]
    assert recorded == [(3, True), (1, False)]


def test_an_address_that_is_limited_is_logged(
    caplog: pytest.LogCaptureFixture, settings: LazySettings
) -> None:
    settings.FAILED_SIGNINS_PER_ADDRESS = 2
    with caplog.at_level(logging.INFO, "accounts_app.operations.security"):
        answers = [sign_in("wrong", username=f"nobody{number}").status_code for number in range(3)]

    assert answers == [401, 401, 429]
    assert [vars(each)["security_event"] for each in caplog.records if hasattr(each, "security_event")] == [
        *["account.sign_in_failed"] * 2,
        "account.sign_in_limited",
    ]


def test_a_second_factor_that_is_locked_stands_in_the_event(ann: User, watch: Watch) -> None:
    client = signed_in_client(ann)
    secret = client.post("/api/auth/second-factor/", {}).json()["secret"]
    client.post("/api/auth/second-factor/confirm/", {"code": code_at(secret, watch.now)})
    recorded = []
    for code in ["000000"] * 5:
        APIClient().post(TOKEN, {"username": "ann", "password": PASSWORD, "code": code})
        watch.now += timedelta(hours=1)
        record_signin_failures()
        recorded.append(events_of(ann)[-1].data["locked_out"])

    assert recorded == [False] * 4 + [True]


def test_the_sweep_of_expired_rows_leaves_failures_that_were_not_counted_yet(ann: User, watch: Watch) -> None:
    sign_in("wrong")
    watch.now += timedelta(minutes=5)

    remove_expired()
    record_signin_failures()
    remove_expired()

    assert [each.type for each in events_of(ann)] == ["account.signin_failures"]
    assert not Attempt.objects.exists()
    assert SignInFailureCount.objects.get().failures == 0


def test_a_name_that_nobody_has_costs_the_same_statements(ann: User) -> None:
    shapes = []
    for username in ("ann", "nobody"):
        with CaptureQueriesContext(connection) as caught:
            sign_in("wrong", username=username)
        shapes.append(
            [" ".join(each["sql"].split()[:3]) for each in caught if "SAVEPOINT" not in each["sql"]]
        )

    assert shapes[0] == shapes[1]


@pytest.fixture
def superuser() -> User:
    return make_user("root", is_staff=True, is_superuser=True)


def post_change(superuser: User, user: User, **changes: object) -> None:
    browser = browser_of(superuser)
    url = f"/admin/accounts_app/user/{user.pk}/change/"
    form = browser.get(url).context["adminform"].form
    body = {name: value for name, value in form.initial.items() if name in form.fields and value is not None}
    body |= {"groups": [], "user_permissions": [], **changes}
    answer = browser.post(url, {name: value for name, value in body.items() if value is not False})
    assert answer.status_code == 302, answer.context["errors"]


def test_what_an_operator_lets_somebody_do_is_recorded(ann: User, superuser: User) -> None:
    group = Group.objects.create(name="helpers")
    permission = Permission.objects.get(codename="view_user", content_type__app_label="accounts_app")

    post_change(superuser, ann, is_staff="on", groups=[group.pk], user_permissions=[permission.pk])

    [event] = events_of(ann)
    assert event.type == "account.rights_changed"
    assert event.actor.id == str(superuser.pk)
    assert event.data["previous_rights"] == {
        "is_active": True,
        "is_staff": False,
        "is_superuser": False,
        "groups": [],
        "permissions": [],
    }
    assert event.data["rights"] == {
        "is_active": True,
        "is_staff": True,
        "is_superuser": False,
        "groups": ["helpers"],
        "permissions": ["accounts_app.view_user"],
    }


def test_a_change_of_nothing_records_nothing(ann: User, superuser: User) -> None:
    post_change(superuser, ann)

    assert events_of(ann) == []


def test_an_operator_who_revokes_a_sign_in_is_named(ann: User, superuser: User) -> None:
    sign_in()
    family = ann.refresh_families.get()
    body = {"action": "revoke", "_selected_action": [str(family.pk)]}

    browser_of(superuser).post("/admin/accounts_app/refreshfamily/", body)

    event = events_of(ann)[-1]
    assert (event.type, event.data["reason"], event.actor.id) == (
        "account.sign_ins_ended",
        "by_an_operator",
        str(superuser.pk),
    )


def test_an_operator_signs_somebody_out_everywhere(ann: User, superuser: User) -> None:
    client, browser = signed_in_client(ann), browser_of(ann)
    body = {"action": "sign_out", "_selected_action": [str(ann.pk), str(superuser.pk)]}
    helper = make_user("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=("view_user", "change_user")))

    browser_of(helper).post("/admin/accounts_app/user/", body)

    assert [each.get("/api/auth/me/").status_code for each in (client, browser)] == [401, 401]
    [event] = events_of(ann)
    assert (event.type, event.data["reason"], event.actor.id) == (
        "account.sign_ins_ended",
        "by_an_operator",
        str(helper.pk),
    )
    assert events_of(superuser) == [], "superusers are not for others to sign out"


def test_an_operator_makes_an_account_without_a_password_and_sends_the_link(superuser: User) -> None:
    browser = browser_of(superuser)
    made = browser.post(
        "/admin/accounts_app/user/add/",
        {"username": "new", "email": "new@example.org", "usable_password": "false"},
    )
    assert made.status_code == 302
    user = User.objects.get(username="new")
    assert not user.has_usable_password()

    browser.post("/admin/accounts_app/user/", {"action": "send_links", "_selected_action": [str(user.pk)]})

    assert [(each.email, each.text.subject) for each in letters()] == [
        ("new@example.org", "Set the password of your account")
    ]


def test_an_operator_turns_off_a_second_factor_that_was_lost(
    ann: User, superuser: User, watch: Watch
) -> None:
    client = signed_in_client(ann)
    secret = client.post("/api/auth/second-factor/", {}).json()["secret"]
    client.post("/api/auth/second-factor/confirm/", {"code": code_at(secret, watch.now)})
    body = {"action": "end_second_factors", "_selected_action": [str(ann.pk)]}

    browser_of(superuser).post("/admin/accounts_app/user/", body)

    assert sign_in().status_code == 200
    [off] = [each for each in events_of(ann) if each.data.get("by_operator")]
    assert (off.data["enabled"], off.actor.id) == (False, str(superuser.pk))


def test_staff_who_change_their_own_password_in_the_admin_are_recorded_and_stay(superuser: User) -> None:
    here, there = browser_of(superuser), browser_of(superuser)
    new = "a horse of another colour"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    assert here.post("/admin/password_change/", form).status_code == 302

    assert here.get("/admin/").status_code == 200
    assert there.get("/admin/").status_code == 302
    [event] = events_of(superuser)
    assert (event.type, event.data["how"]) == ("account.password_changed", "changed")
