"""Changing the password, resetting it by mail, and what ends by that."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.credentials.tokens import AccessClaims, read_token
from accounts_app.models import AccountMail, PasswordLink, User
from accounts_app.operations.passwords.resetting import send_password_link
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.queries.credentials import is_credential_valid, valid_credentials
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, session_key_of, signed_in_client
from accounts_app.tests.mail.mailed_links import letters, token_in
from events_app.log.history import events_between

pytestmark = pytest.mark.django_db
CHANGE = "/api/auth/password/"
RESET = "/api/auth/password/reset/"
CONFIRM = "/api/auth/password/reset/confirm/"
ME = "/api/auth/me/"
NEW = "a horse of another colour"


@pytest.fixture
def ann() -> User:
    return make_user("ann", email="ann@example.org")


def tokens_of(username: str = "ann", password: str = PASSWORD) -> dict[str, str]:
    answer = APIClient().post("/api/auth/token/", {"username": username, "password": password})
    assert answer.status_code == 200
    found: dict[str, str] = answer.json()
    return found


def with_token(access: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def change(client: Client, current: str = PASSWORD, new: str = NEW):  # type: ignore[no-untyped-def]
    body = {"current_password": current, "new_password": new}
    return (
        client.post(CHANGE, body, content_type="application/json")
        if type(client) is Client
        else client.post(CHANGE, body)
    )


def codes(answer) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    return [(each["field"], each["code"]) for each in answer.json()["errors"]]


def test_a_change_by_token_ends_all_other_sign_ins_and_this_one_goes_on(ann: User) -> None:
    mine, other = tokens_of(), tokens_of()
    browser = browser_of(ann)
    here, there = with_token(mine["access"]), with_token(other["access"])

    assert change(here).status_code == 204

    assert here.get(ME).status_code == 200
    assert there.get(ME).status_code == 401
    assert browser.get(ME).status_code == 401
    again = APIClient().post("/api/auth/token/refresh/", {"refresh": mine["refresh"]})
    assert with_token(again.json()["access"]).get(ME).status_code == 200
    assert APIClient().post("/api/auth/token/refresh/", {"refresh": other["refresh"]}).status_code == 401
    assert tokens_of(password=NEW)


def test_a_change_in_a_browser_ends_all_other_sign_ins_and_gives_a_new_key(ann: User) -> None:
    browser, other = browser_of(ann), browser_of(ann)
    tokens = with_token(tokens_of()["access"])
    before = session_key_of(browser)

    assert change(browser).status_code == 204

    assert browser.get(ME).status_code == 200
    assert session_key_of(browser) != before
    assert other.get(ME).status_code == 401
    assert tokens.get(ME).status_code == 401


def test_sockets_of_the_family_that_changed_the_password_stay_open_and_no_others(ann: User) -> None:
    mine, other = tokens_of(), tokens_of()
    credentials = [read_token(each["access"], AccessClaims).credential for each in (mine, other)]

    change(with_token(mine["access"]))

    assert valid_credentials(credentials) == {credentials[0]}


def test_a_token_that_outlived_one_change_dies_with_the_next_by_somebody_else(ann: User) -> None:
    mine = tokens_of()
    here = with_token(mine["access"])
    change(here)
    credential = read_token(mine["access"], AccessClaims).credential
    user = User.objects.get(pk=ann.pk)
    user.set_password("set by hand in a shell")
    user.save()

    assert here.get(ME).status_code == 401
    assert not is_credential_valid(credential)
    assert APIClient().post("/api/auth/token/refresh/", {"refresh": mine["refresh"]}).status_code == 401


def test_a_change_is_recorded_and_the_address_told(ann: User) -> None:
    client = APIClient()
    access = begin_family(ann).access
    client.credentials(
        HTTP_AUTHORIZATION=f"Bearer {access}", HTTP_USER_AGENT="curl/8", REMOTE_ADDR="192.0.2.3"
    )

    answer = change(client)

    [event] = events_between(ann.pk, after=0, to=10)
    assert event.type == "account.password_changed"
    assert event.data == {"how": "changed", "address": "192.0.2.3", "client": "curl/8"}
    assert (event.actor.id, event.request_id) == (str(ann.pk), answer["X-Request-ID"])
    [letter] = letters()
    assert (letter.email, letter.text.subject) == ("ann@example.org", "Your password was changed")
    assert NEW not in letter.text.body


@pytest.mark.parametrize(
    ("current", "new", "wrong"),
    [
        ("not it", NEW, [("current_password", "wrong_password")]),
        (PASSWORD, "short", [("new_password", "password_too_short")]),
        (PASSWORD, "8264091736450", [("new_password", "password_entirely_numeric")]),
        (PASSWORD, "ann@example.org", [("new_password", "password_too_similar")]),
    ],
)
def test_a_refused_change_changes_nothing(
    ann: User, current: str, new: str, wrong: list[tuple[str, str]]
) -> None:
    client = signed_in_client(ann)

    answer = change(client, current, new)

    assert answer.status_code == 400
    assert codes(answer)[:1] == wrong
    assert User.objects.get().check_password(PASSWORD)
    assert client.get(ME).status_code == 200


def test_wrong_passwords_count_as_failed_sign_ins(ann: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.FAILED_SIGNINS_PER_MINUTE = 2
    client = signed_in_client(ann)
    for _ in range(2):
        change(client, "wrong")

    assert change(client).status_code == 429


def test_a_reset_by_mail_sets_the_password_once_and_ends_every_sign_in(ann: User) -> None:
    mine, browser = with_token(tokens_of()["access"]), browser_of(ann)
    assert APIClient().post(RESET, {"email": "ANN@example.org"}).status_code == 202
    [letter] = letters()
    token = token_in(letter)
    assert token not in str(PasswordLink.objects.values())

    answer = APIClient().post(CONFIRM, {"token": token, "new_password": NEW})

    assert answer.status_code == 204
    assert mine.get(ME).status_code == 401
    assert browser.get(ME).status_code == 401
    assert tokens_of(password=NEW)
    assert (
        codes_of_problem(APIClient().post(CONFIRM, {"token": token, "new_password": NEW})) == "link_not_valid"
    )
    [*_, changed, _again] = events_between(ann.pk, after=0, to=10)
    assert (changed.type, changed.data["how"], changed.actor.id) == (
        "account.password_changed",
        "reset",
        str(ann.pk),
    )


def codes_of_problem(answer) -> str:  # type: ignore[no-untyped-def]
    assert answer.status_code == 400
    return str(answer.json()["code"])


def test_a_password_that_is_too_weak_costs_no_link(ann: User) -> None:
    APIClient().post(RESET, {"email": "ann@example.org"})
    token = token_in(letters()[0])

    refused = APIClient().post(CONFIRM, {"token": token, "new_password": "12345"})

    assert {field for field, _ in codes(refused)} == {"new_password"}
    assert APIClient().post(CONFIRM, {"token": token, "new_password": NEW}).status_code == 204


@pytest.mark.parametrize("email", ["nobody@example.org", "unverified@example.org", "gone@example.org"])
def test_whom_no_link_can_go_to_gets_the_same_answer_and_no_mail(ann: User, email: str) -> None:
    make_user("careless", email="unverified@example.org", email_verified_at=None)
    make_user("gone", email="gone@example.org", is_active=False)

    known, unknown = (APIClient().post(RESET, {"email": each}) for each in ("ann@example.org", email))

    assert known.status_code == unknown.status_code == 202
    assert known.content == unknown.content == b""
    assert [each.email for each in letters()] == ["ann@example.org"]


def test_a_known_and_an_unknown_address_cost_the_same_statements(ann: User) -> None:
    counts = []
    for email in ("ann@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as caught:
            APIClient().post(RESET, {"email": email})
        counts.append([each["sql"].split()[0] for each in caught])

    assert counts[0] == counts[1]


def test_so_many_mails_go_to_one_address_in_an_hour(ann: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.EMAIL_LINKS_PER_HOUR = 2

    answers = [APIClient().post(RESET, {"email": "ann@example.org"}).status_code for _ in range(4)]

    assert answers == [202] * 4
    assert len(letters()) == 2


def test_one_address_asks_for_so_many_in_a_minute(settings) -> None:  # type: ignore[no-untyped-def]
    settings.FAILED_SIGNINS_PER_ADDRESS = 3

    answers = [APIClient().post(RESET, {"email": f"n{i}@example.org"}).status_code for i in range(4)]

    assert answers == [202, 202, 202, 429]
    assert AccountMail.objects.count() == 3


@pytest.mark.parametrize("what", ["expired", "changed", "deactivated", "newer"])
def test_a_link_dies_with_what_it_was_for(ann: User, what: str) -> None:
    APIClient().post(RESET, {"email": "ann@example.org"})
    token = token_in(letters()[0])
    if what == "expired":
        PasswordLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif what == "changed":
        change(signed_in_client(ann))
    elif what == "deactivated":
        User.objects.update(is_active=False)
    else:
        APIClient().post(RESET, {"email": "ann@example.org"})
        letters()

    answer = APIClient().post(CONFIRM, {"token": token, "new_password": "yet another horse"})

    assert codes_of_problem(answer) == "link_not_valid"
    assert not User.objects.get(pk=ann.pk).check_password("yet another horse")


def test_the_link_of_an_operator_sets_the_first_password_and_confirms_the_address() -> None:
    made = make_user("made", password="", email="made@example.org", email_verified_at=None)
    send_password_link(made)
    [letter] = letters()
    assert "operator" in letter.text.body

    answer = APIClient().post(CONFIRM, {"token": token_in(letter), "new_password": NEW})

    assert answer.status_code == 204
    assert User.objects.get(pk=made.pk).is_email_verified
    assert tokens_of("made", NEW)


def test_that_link_gives_a_password_but_no_address_that_another_account_has_confirmed(ann: User) -> None:
    made = make_user("made", password="", email="Ann@example.org", email_verified_at=None)
    send_password_link(made)

    answer = APIClient().post(CONFIRM, {"token": token_in(letters()[0]), "new_password": NEW})

    assert answer.status_code == 204
    assert not User.objects.get(pk=made.pk).is_email_verified
    assert tokens_of("made", NEW)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "token"),
        ({"token": "x" * 201, "new_password": NEW}, "token"),
        ({"token": "a\0b", "new_password": NEW}, "token"),
        ({"token": 5, "new_password": NEW}, "token"),
        ({"token": "x", "new_password": "x" * 1001}, "new_password"),
    ],
)
def test_a_confirmation_that_cannot_be_names_its_field(body: object, field: str) -> None:
    answer = APIClient().post(CONFIRM, body)

    assert answer.status_code == 400
    assert codes(answer)[0][0] == field


def test_another_name_needs_the_password_and_keeps_sign_ins(ann: User) -> None:
    client = signed_in_client(ann)
    assert codes(client.patch(ME, {"username": "anna"})) == [("password", "required")]
    assert codes(client.patch(ME, {"username": "anna", "password": "wrong"})) == [
        ("password", "wrong_password")
    ]

    answer = client.patch(ME, {"username": "anna", "password": PASSWORD, "week_start": "su"})

    assert answer.status_code == 200
    assert (answer.json()["username"], answer.json()["week_start"]) == ("anna", "su")
    assert "password" not in answer.json()
    assert client.get(ME).json()["username"] == "anna"
    assert tokens_of("anna")
    [renamed, *_] = events_between(ann.pk, after=0, to=10)
    assert (renamed.type, renamed.data["username"], renamed.data["previous_username"]) == (
        "account.renamed",
        "anna",
        "ann",
    )


@pytest.mark.parametrize("name", ["bob", "BOB", "b\u043eb", "", "a b", "x" * 200, "\0", 5, None])
def test_a_name_that_is_taken_or_none_is_refused(ann: User, name: object) -> None:
    make_user("bob")
    client = signed_in_client(ann)

    answer = client.patch(ME, {"username": name, "password": PASSWORD})

    assert answer.status_code == 400
    assert codes(answer)[0][0] == "username"
    assert client.get(ME).json()["username"] == "ann"


def test_another_spelling_of_ones_own_name_is_free(ann: User) -> None:
    answer = signed_in_client(ann).patch(ME, {"username": "Ann", "password": PASSWORD})

    assert answer.json()["username"] == "Ann"
