"""Asking for a mail address and confirming it, over HTTP. The mails themselves are read from the outbox."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail.message import sanitize_address
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import AccountMail, AddressRequest, User
from accounts_app.operations.accounts import change_password
from accounts_app.operations.email import confirm_email
from accounts_app.operations.expiry import remove_expired
from accounts_app.operations.outbox import _LEASE_SECONDS, Letter, claim_letter, close_letter, retry_letter
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, signed_in_client
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db
EMAIL = "/api/auth/email/"
CONFIRM = "/api/auth/email/confirm/"
ME = "/api/auth/me/"
NEW = "new@example.org"


def ask(user: User, email: str = NEW, password: str = PASSWORD) -> HttpResponse:
    response: HttpResponse = signed_in_client(user).post(EMAIL, {"email": email, "password": password})
    return response


def code_of(response: HttpResponse) -> str:
    return str(response.json()["code"])  # type: ignore[attr-defined]


def letters() -> list[Letter]:
    """What a sender would send now."""
    found: list[Letter] = []
    while letter := claim_letter():
        close_letter(letter, sent=True)
        found.append(letter)
    return found


def token_in(letter: Letter) -> str:
    [token] = re.findall(r"[\w-]{43}", letter.text.body)
    return str(token)


def mailed_token(user: User, email: str = NEW) -> str:
    assert ask(user, email).status_code == 202
    return token_in(letters()[-1])


def register(username: str, email: str) -> HttpResponse:
    body = {"username": username, "password": PASSWORD, "email": email}
    response: HttpResponse = APIClient().post("/api/auth/register/", body)
    return response


def confirm(token: str) -> HttpResponse:
    response: HttpResponse = APIClient().post(CONFIRM, {"token": token})
    return response


def test_an_address_is_used_once_its_link_came_back() -> None:
    user = make_user()
    client = signed_in_client(user)

    token = mailed_token(user)
    asked = client.get(ME).json()
    assert confirm(token).status_code == 204

    assert (asked["email"], asked["email_verified"], asked["pending_email"]) == ("", False, NEW)
    now = client.get(ME).json()
    assert (now["email"], now["email_verified"], now["pending_email"]) == (NEW, True, None)


def test_the_verified_address_is_told_and_stays_until_the_new_one_is_confirmed() -> None:
    user = make_user(email="old@example.org")

    assert ask(user).status_code == 202

    told, link = letters()
    assert (told.email, link.email) == ("old@example.org", NEW)
    assert NEW not in told.text.body
    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == ("old@example.org", True)


def test_an_address_that_was_never_verified_is_told_nothing() -> None:
    user = make_user(email="somebody@example.org", email_verified_at=None)

    ask(user)

    assert [letter.email for letter in letters()] == [NEW]


def test_the_database_never_holds_the_token() -> None:
    user = make_user()
    token = mailed_token(user)

    rows = [*AddressRequest.objects.values(), *AccountMail.objects.values(), *User.objects.values()]
    assert token not in str(rows)
    assert len(token) * 6 >= 256


def test_a_link_is_good_once() -> None:
    token = mailed_token(make_user())
    assert [confirm(token).status_code for _ in range(2)] == [204, 400]


@pytest.mark.parametrize("token", ["junk", "x" * 200, "é", "a" * 43])
def test_junk_is_no_link(token: str) -> None:
    mailed_token(make_user())
    response = confirm(token)
    assert (response.status_code, code_of(response)) == (400, "link_not_valid")


def test_a_link_is_good_for_an_hour_from_when_it_was_sent() -> None:
    user, now = make_user(), datetime.now(UTC)
    with clock(lambda: now):
        ask(user)
    sent = now + timedelta(minutes=30)
    with clock(lambda: sent):
        token = token_in(letters()[0])
    with clock(lambda: sent + timedelta(hours=1)):
        assert confirm(token).status_code == 400
    with clock(lambda: sent + timedelta(minutes=59)):
        assert confirm(token).status_code == 204


def test_a_newer_request_ends_the_one_before() -> None:
    user = make_user()
    first = mailed_token(user)
    second = mailed_token(user, "newer@example.org")

    assert confirm(first).status_code == 400
    assert confirm(second).status_code == 204
    user.refresh_from_db()
    assert user.email == "newer@example.org"


def test_a_request_that_was_replaced_before_it_was_sent_is_not_sent() -> None:
    user = make_user()
    ask(user)
    ask(user, "newer@example.org")
    assert [letter.email for letter in letters()] == ["newer@example.org"]


def test_a_changed_password_ends_a_link() -> None:
    user = make_user()
    token = mailed_token(user)
    change_password(user, "another correct horse")
    assert confirm(token).status_code == 400


def test_a_password_changed_behind_our_back_ends_a_link_too() -> None:
    user = make_user()
    token = mailed_token(user)
    user.set_password("another correct horse")
    user.save()
    assert confirm(token).status_code == 400
    assert signed_in_client(user).get(ME).json()["pending_email"] is None


def test_a_link_outlives_a_change_of_the_platform_s_key(settings: Settings) -> None:
    token = mailed_token(make_user())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough to sign with HMAC SHA-256"
    assert confirm(token).status_code == 204


def test_deactivation_ends_a_link() -> None:
    user = make_user()
    token = mailed_token(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert confirm(token).status_code == 400


def test_nothing_is_sent_for_who_was_deactivated_meanwhile() -> None:
    user = make_user()
    ask(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert letters() == []
    assert not AccountMail.objects.filter(next_attempt_at__isnull=False).exists()


def test_a_wrong_password_changes_nothing_and_counts_like_a_failed_sign_in(settings: Settings) -> None:
    settings.FAILED_SIGNINS_PER_MINUTE = 3
    user = make_user()

    answers = [ask(user, password="wrong").status_code for _ in range(3)]

    assert answers == [400] * 3
    assert ask(user).status_code == 429
    body = {"username": user.username, "password": PASSWORD}
    assert APIClient().post("/api/auth/token/", body).status_code == 429
    assert letters() == []


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"email": "required", "password": "required"}),
        ({"email": "nobody", "password": "x"}, {"email": "invalid"}),
        ({"email": "ann@ex ample.org", "password": "x"}, {"email": "invalid"}),
        ({"email": "\u017fomeone@example.org", "password": "x"}, {"email": "invalid"}),
        ({"email": f"{'x' * 250}@example.org", "password": "x"}, {"email": "invalid"}),
        ({"email": "a@b.example\r\nBcc: c@d.example", "password": "x"}, {"email": "invalid"}),
        ({"email": None, "password": "x"}, {"email": "null"}),
        ({"email": NEW, "password": "x", "verified": True}, {"verified": "unknown_field"}),
    ],
)
def test_a_wrong_body_names_each_field(body: dict[str, object], wrong: dict[str, str]) -> None:
    response = signed_in_client(make_user()).post(EMAIL, body)
    assert response.status_code == 400
    assert {each["field"]: each["code"] for each in response.json()["errors"]} == wrong


def test_a_domain_is_kept_in_lower_case_ascii() -> None:
    user = make_user()
    assert confirm(mailed_token(user, "Ann@BÜCHER.Example")).status_code == 204
    user.refresh_from_db()
    assert user.email == "Ann@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "email",
    [
        *('"new"@example.org', '"n\\ew"@example.org', '""@example.org', '"a,b"@example.org'),
        *(
            "=?utf-8?q?n=65w?=@example.org",
            "=?utf-8?b?bmV3?=@example.org",
            "=?x?q?new=40third.example=3e?=x@example.org",
        ),
        *("new@[127.0.0.1]", "new@[IPv6:::1]", "new@[10.0.0.7]", "new@\uff3b127.0.0.1\uff3d"),
    ],
)
def test_a_mailbox_has_one_spelling_and_a_domain(email: str) -> None:
    """Each of those that the mail library reads as new@example.org would get what the limit allows to one."""
    user = make_user()
    assert ask(user, email).status_code == 400
    assert register("bob", email).status_code == 400
    assert letters() == []


@pytest.mark.parametrize("local", ["new", "Ann.Lee+tag", "o'neil", "a=b?c", "!#$%&*+-/?=^_`{|}~"])
def test_a_letter_goes_to_the_very_address_that_was_asked_for(local: str) -> None:
    assert ask(make_user(), f"{local}@example.org").status_code == 202
    [letter] = letters()
    assert sanitize_address(letter.email, "utf-8") == letter.email == f"{local}@example.org"


def test_nobody_asks_without_being_signed_in() -> None:
    assert APIClient().post(EMAIL, {"email": NEW, "password": PASSWORD}).status_code == 401


def test_asking_answers_the_same_for_an_address_of_another() -> None:
    make_user(email=NEW)
    asker = make_user()

    answers = [ask(asker, email) for email in (NEW, "unknown@example.org")]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"")}


def test_a_verified_address_belongs_to_one_account_however_it_is_written() -> None:
    make_user(email="Ann@example.org")
    user = make_user()

    response = confirm(mailed_token(user, "ann@EXAMPLE.org"))

    assert (response.status_code, code_of(response)) == (409, "address_in_use")
    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == ("", False)


def test_the_database_keeps_a_verified_address_for_one_account() -> None:
    make_user(email="ann@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(email="Ann@example.org")
    make_user(email="ann@example.org", email_verified_at=None)


def test_the_database_keeps_that_only_an_address_is_verified() -> None:
    user = make_user(email="ann@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="")


def test_asking_for_the_address_that_one_has_ends_a_request() -> None:
    user = make_user(email="ann@example.org")
    token = mailed_token(user)

    assert ask(user, "Ann@example.org").status_code == 202

    assert letters() == []
    assert confirm(token).status_code == 400


def test_an_address_can_be_taken_away() -> None:
    user = make_user(email="ann@example.org")
    token = mailed_token(user)

    assert ask(user, "").status_code == 202

    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == ("", False)
    assert confirm(token).status_code == 400
    assert [letter.email for letter in letters()] == ["ann@example.org"]


def test_one_account_is_mailed_three_links_an_hour_to_one_address() -> None:
    user, now = make_user(), datetime.now(UTC)

    answers = [ask(user) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert 3500 < int(answers[3]["Retry-After"]) <= 3600
    assert ask(user, "other@example.org").status_code == 202
    with clock(lambda: now + timedelta(hours=1, seconds=5)):
        assert ask(user).status_code == 202


def test_one_account_asks_ten_times_a_day(settings: Settings) -> None:
    settings.EMAIL_LINKS_PER_DAY = 2
    user = make_user()
    answers = [ask(user, f"a{number}@example.org").status_code for number in range(3)]
    assert answers == [202, 202, 429]
    settings.EMAIL_LINKS_PER_DAY = 0
    assert ask(user).status_code == 202


def test_many_accounts_together_are_mailed_three_links_to_one_address_and_are_not_told() -> None:
    answers = [ask(make_user()) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [202] * 5
    assert [letter.email for letter in letters()] == [NEW] * 3


def test_spellings_of_one_mailbox_share_the_limit() -> None:
    for email in (
        "victim+1@example.org",
        "VICTIM+2@example.org",
        "v.i.c.tim@EXAMPLE.org",
        "victim@example.org",
    ):
        assert ask(make_user(), email).status_code == 202
    assert len(letters()) == 3
    assert ask(make_user(), "other@example.org").status_code == 202
    assert len(letters()) == 1


def test_registrations_count_as_well() -> None:
    for number in range(5):
        body = {"username": f"ann{number}", "password": PASSWORD, "email": NEW}
        response = APIClient().post("/api/auth/register/", body)
        assert response.status_code == 201
        assert response.json()["user"]["pending_email"] == NEW
    assert len(letters()) == 3


def test_a_registered_address_is_confirmed_by_its_link() -> None:
    body = {"username": "ann", "password": PASSWORD, "email": "Ann@EXAMPLE.org"}
    assert APIClient().post("/api/auth/register/", body).json()["user"]["email"] == "Ann@example.org"
    assert confirm(token_in(letters()[0])).status_code == 204
    assert User.objects.get(username="ann").is_email_verified


def test_a_link_that_could_not_be_sent_goes_again_with_another_token() -> None:
    user, now = make_user(), datetime.now(UTC)
    with clock(lambda: now):
        ask(user)
        first = claim_letter()
        assert first is not None
        retry_letter(first, at=now + timedelta(seconds=30), detail="away")
        assert claim_letter() is None
    with clock(lambda: now + timedelta(seconds=30)):
        [second] = letters()
    assert first.key != second.key
    assert confirm(token_in(first)).status_code == 400
    assert confirm(token_in(second)).status_code == 204


def test_a_sender_that_died_is_followed_by_another_when_its_lease_ends() -> None:
    user, now = make_user(), datetime.now(UTC)
    with clock(lambda: now):
        ask(user)
        lost = claim_letter()
        assert lost is not None
        assert claim_letter() is None
    with clock(lambda: now + timedelta(seconds=_LEASE_SECONDS)):
        [letter] = letters()
        assert not close_letter(lost, sent=True)
    assert confirm(token_in(letter)).status_code == 204


def test_what_is_old_is_removed() -> None:
    now = datetime.now(UTC)
    with clock(lambda: now):
        mailed_token(make_user())
    with clock(lambda: now + timedelta(hours=25)):
        remove_expired()
    assert not AddressRequest.objects.exists()
    assert not AccountMail.objects.exists()


def test_an_operator_who_writes_an_address_does_not_verify_it() -> None:
    user = make_user("ann", email="ann@example.org")
    token = mailed_token(user)
    client = APIClient()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    form = {"username": "ann", "email": "other@example.org", "is_active": "on"}

    assert (
        client.post(f"/admin/accounts_app/user/{user.pk}/change/", form, format="multipart").status_code
        == 302
    )

    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == ("other@example.org", False)
    assert confirm(token).status_code == 400


@pytest.mark.parametrize("written", ["other@example.org", ""])
def test_an_address_that_an_operator_replaces_is_told(written: str) -> None:
    user = make_user("ann")
    confirm(mailed_token(user, "ann@example.org"))
    staff = browser_of(make_user("root", is_staff=True, is_superuser=True))
    page = f"/admin/accounts_app/user/{user.pk}/change/"

    for _ in range(2):  # what was told once has nobody to be told again
        assert staff.post(page, {"username": "ann", "email": written, "is_active": "on"}).status_code == 302

    [letter] = letters()
    assert (letter.email, letter.text.subject) == ("ann@example.org", "Your e-mail address was removed")
    assert "operator" in letter.text.body
    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == (written, False)


def test_an_operator_who_deactivates_ends_a_link_for_good() -> None:
    user = make_user("ann")
    token = mailed_token(user)
    client = APIClient()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))

    client.post(f"/admin/accounts_app/user/{user.pk}/change/", {"username": "ann"}, format="multipart")
    User.objects.filter(pk=user.pk).update(is_active=True)

    assert confirm(token).status_code == 400


def test_confirming_again_raises_and_names_nobody() -> None:
    token = mailed_token(make_user())
    assert confirm_email(token).email == NEW
