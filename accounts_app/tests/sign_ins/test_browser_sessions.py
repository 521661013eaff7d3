"""Browser sessions: what the database holds of them, and what begins and ends them."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth import SESSION_KEY
from django.db import connection, connections
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts_app.credentials.credential import Credential
from accounts_app.errors import TicketInvalid
from accounts_app.models import BrowserSession, SocketTicket, User
from accounts_app.operations.accounts import change_password
from accounts_app.operations.expiry import remove_expired
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.operations.sign_ins.tickets import issue_ticket, redeem_ticket
from accounts_app.queries.browser_sessions import credential_of_session
from accounts_app.queries.credentials import valid_credentials
from accounts_app.sessions import SessionStore, public_id_of
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, session_key_of
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db
ME = "/api/auth/me/"
SIGN_IN_PAGES = ("/admin/login/", "/api/auth/session/login/")


def sign_in(browser: Client, page: str = "/admin/login/", *, username: str = "ann") -> None:
    browser.get(page)
    answer = browser.post(page, {"username": username, "password": PASSWORD})
    assert answer.status_code == 302


def with_key(key: str) -> Client:
    browser = Client()
    browser.cookies[django_settings.SESSION_COOKIE_NAME] = key
    return browser


@pytest.fixture
def ann() -> User:
    return make_user("ann", is_staff=True)


@pytest.mark.parametrize("page", SIGN_IN_PAGES)
def test_what_the_database_holds_opens_nothing(ann: User, page: str) -> None:
    browser = Client()
    sign_in(browser, page)
    key = session_key_of(browser)
    assert browser.get(ME).json()["username"] == "ann"

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {BrowserSession._meta.db_table}")
        [row] = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)

    assert not any(key in str(value) for value in row)
    for value in row:
        assert with_key(str(value)).get(ME).status_code == 401
    assert with_key(str(BrowserSession.objects.get().public_id)).get(ME).status_code == 401


def test_a_row_holds_the_sha_256_of_the_key_an_id_that_may_be_shown_and_who_is_signed_in(ann: User) -> None:
    key = session_key_of(browser_of(ann))

    row = BrowserSession.objects.get()

    assert row.session_key == sha256(key.encode()).hexdigest()
    assert row.public_id == public_id_of(key)
    assert row.public_id.hex not in row.session_key
    assert row.user == ann


def test_a_visitor_s_session_belongs_to_nobody_and_gives_no_credential(ann: User) -> None:
    store = SessionStore()
    store["colour"] = "green"
    store.save()

    assert BrowserSession.objects.get().user is None
    assert store.session_key is not None
    assert credential_of_session(store.session_key) is None
    anonymous = Credential(ann.pk, ann.credentials_mark, session_id=public_id_of(store.session_key))
    assert valid_credentials([anonymous]) == set()


@pytest.mark.parametrize("page", SIGN_IN_PAGES)
def test_a_key_from_before_the_sign_in_is_not_signed_in(ann: User, page: str) -> None:
    planted = SessionStore()
    planted.create()
    assert planted.session_key is not None
    browser = with_key(planted.session_key)

    sign_in(browser, page)

    assert session_key_of(browser) != planted.session_key
    assert browser.get(ME).status_code == 200
    assert with_key(planted.session_key).get(ME).status_code == 401


def test_a_key_that_somebody_made_up_is_not_taken_over(ann: User) -> None:
    browser = with_key("a" * 32)

    sign_in(browser)

    assert session_key_of(browser) != "a" * 32
    assert not SessionStore().exists("a" * 32)


def test_signing_in_as_somebody_else_takes_nothing_along(ann: User) -> None:
    bob = make_user("bob", is_staff=True)
    browser = browser_of(ann)
    before = session_key_of(browser)
    credential = credential_of_session(before)
    assert credential is not None

    sign_in(browser, username="bob")

    assert BrowserSession.objects.get().user == bob
    assert valid_credentials([credential]) == set()


@pytest.mark.parametrize("page", ["/admin/logout/", "/api/auth/session/logout/"])
def test_signing_out_removes_the_row_with_what_it_gave(ann: User, page: str) -> None:
    browser = browser_of(ann)
    key = session_key_of(browser)
    ticket = browser.post("/api/ws-tickets/", {}, "application/json").json()["ticket"]

    browser.post(page)

    assert not BrowserSession.objects.exists()
    assert with_key(key).get(ME).status_code == 401
    with pytest.raises(TicketInvalid):
        redeem_ticket(ticket)


@pytest.mark.parametrize(
    "expiry", [timedelta(days=14, seconds=1), timedelta(days=400)], ids=["just now", "long ago"]
)
def test_an_expired_session_gives_nothing_before_the_sweep_and_is_gone_after_it(
    ann: User, monkeypatch: pytest.MonkeyPatch, expiry: timedelta
) -> None:
    key = session_key_of(browser_of(ann))
    credential = credential_of_session(key)
    assert credential is not None
    later = datetime.now(UTC) + expiry
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)

    assert with_key(key).get(ME).status_code == 401
    assert credential_of_session(key) is None
    assert valid_credentials([credential]) == set()
    with clock(lambda: later):
        remove_expired()
    assert not BrowserSession.objects.exists()


def test_a_changed_password_ends_every_session(ann: User) -> None:
    browsers = [browser_of(ann) for _ in range(3)]
    credentials = [credential_of_session(session_key_of(each)) for each in browsers]

    change_password(ann, "another correct horse battery")

    assert not BrowserSession.objects.exists()
    assert valid_credentials([each for each in credentials if each]) == set()
    assert [each.get(ME).status_code for each in browsers] == [401] * 3


def test_a_password_that_was_changed_past_us_ends_the_session_at_its_next_request(ann: User) -> None:
    browser = browser_of(ann)
    ann.set_password("another correct horse battery")
    ann.save()

    assert browser.get(ME).status_code == 401
    assert not BrowserSession.objects.exists()


def test_who_changes_their_own_password_stays_signed_in_there_and_nowhere_else(ann: User) -> None:
    here, elsewhere = browser_of(ann), browser_of(ann)
    new = "another correct horse battery"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    assert here.post("/admin/password_change/", form).status_code == 302

    assert here.get(ME).status_code == 200
    assert elsewhere.get(ME).status_code == 401


def test_any_number_of_credentials_costs_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    users = [make_user() for _ in range(4)]
    of_sessions = [credential_of_session(session_key_of(browser_of(user))) for user in users]
    held = {each for each in of_sessions if each is not None}
    for user in users:
        begin_family(user)
        family = user.refresh_families.get()
        held.add(Credential(user.pk, user.credentials_mark, family_id=family.pk))
    assert len(held) == 8

    with django_assert_num_queries(2):
        assert valid_credentials(held) == held
    BrowserSession.objects.filter(user=users[0]).delete()
    with django_assert_num_queries(2):
        assert len(valid_credentials(held)) == 7


def test_a_session_of_another_user_and_no_session_at_all_prove_nothing(ann: User) -> None:
    bob = make_user("bob")
    session_id = public_id_of(session_key_of(browser_of(bob)))

    stolen = Credential(ann.pk, ann.credentials_mark, session_id=session_id)

    assert valid_credentials([stolen, Credential(ann.pk, ann.credentials_mark)]) == set()


def test_a_ticket_issued_while_the_session_ends_is_no_error_and_opens_nothing(ann: User) -> None:
    credential = credential_of_session(session_key_of(browser_of(ann)))
    assert credential is not None
    BrowserSession.objects.all().delete()

    ticket = issue_ticket(credential)

    assert SocketTicket.objects.get().session == credential.session_id
    with pytest.raises(TicketInvalid):
        redeem_ticket(ticket)


@pytest.mark.django_db(transaction=True)
def test_the_asynchronous_half_of_the_store_hides_the_key_alike(ann: User) -> None:
    async def walk() -> None:
        store = SessionStore()
        await store.aset(SESSION_KEY, str(ann.pk))
        await store.asave()
        first = store.session_key
        assert first is not None
        assert await SessionStore(first).aget(SESSION_KEY) == str(ann.pk)
        await store.acycle_key()
        second = store.session_key
        assert await SessionStore(first).aget(SESSION_KEY) is None
        assert second not in (None, first)
        row = await BrowserSession.objects.aget()
        assert (row.public_id, row.user_id) == (public_id_of(second or ""), ann.pk)
        await SessionStore(second).aflush()
        assert not await BrowserSession.objects.aexists()

    async def walk_and_close() -> None:
        try:
            await walk()
        finally:  # the connection of the thread that did the work
            await sync_to_async(connections.close_all)()

    asyncio.run(walk_and_close())
