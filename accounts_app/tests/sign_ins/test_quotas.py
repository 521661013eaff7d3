"""How many sign-ins and tickets one user may have open: the oldest ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils.crypto import salted_hmac
from pytest_django.fixtures import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts_app.credentials.credential import Credential
from accounts_app.errors import TicketInvalid, TokenRefused
from accounts_app.models import BrowserSession, RefreshFamily, SocketTicket, User
from accounts_app.operations.sign_ins.families import begin_family, revoke_families
from accounts_app.operations.sign_ins.tickets import issue_ticket, redeem_ticket
from accounts_app.tests.factories import PASSWORD, make_user, signed_in_client
from foundation.database.transactions import clock

ME, TICKETS = "/api/auth/me/", "/api/ws-tickets/"


def call_with(access: str) -> int:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client.get(ME).status_code


def credential_of(user: User) -> Credential:
    begin_family(user)
    return Credential(user.pk, user.credentials_mark, family_id=user.refresh_families.latest("created_at").pk)


@pytest.mark.django_db
class TestSignIns:
    def test_the_fifty_first_ends_the_oldest(self) -> None:
        user, other = make_user(), make_user()
        others = begin_family(other)
        tokens = [begin_family(user) for _ in range(51)]

        assert [call_with(tokens[number].access) for number in (0, 1, 50)] == [401, 200, 200]
        assert call_with(others.access) == 200
        assert RefreshFamily.objects.filter(user=user, revoked_at=None).count() == 50
        assert RefreshFamily.objects.get(revoked_at__isnull=False).revoked_reason == "too many"

    def test_what_was_used_last_stays_though_it_began_first(self, settings: Settings) -> None:
        settings.SIGNINS_PER_USER = 3
        user = make_user()
        phone, *scripts = [begin_family(user) for _ in range(3)]
        refreshed = APIClient().post("/api/auth/token/refresh/", {"refresh": phone.refresh}).json()

        begin_family(user)

        assert call_with(refreshed["access"]) == 200
        assert [call_with(script.access) for script in scripts] == [401, 200]

    def test_those_that_have_ended_do_not_count_and_do_not_heap_up(self, settings: Settings) -> None:
        settings.SIGNINS_PER_USER = 3
        user = make_user()
        kept = begin_family(user)
        for _ in range(8):
            begin_family(user)
            newest = user.refresh_families.filter(revoked_at=None).latest("created_at")
            revoke_families(RefreshFamily.objects.filter(pk=newest.pk), reason="signed out")

        assert call_with(kept.access) == 200
        assert user.refresh_families.count() <= 3 + 3 + 1

    def test_browsers_have_the_same_quota(self, settings: Settings) -> None:
        settings.SIGNINS_PER_USER = 2
        make_user("ann")
        browsers = [Client() for _ in range(3)]
        for browser in browsers:
            assert browser.post("/api/auth/session/login/", {"username": "ann", "password": PASSWORD})

        assert [browser.get(ME).status_code for browser in browsers] == [401, 200, 200]
        assert BrowserSession.objects.exclude(user=None).count() == 2

    def test_zero_is_no_quota(self, settings: Settings) -> None:
        settings.SIGNINS_PER_USER = settings.SOCKET_TICKETS_PER_USER = 0
        user = make_user()
        credential = credential_of(user)
        for _ in range(60):
            begin_family(user)
            issue_ticket(credential)

        assert user.refresh_families.filter(revoked_at=None).count() == 61
        assert SocketTicket.objects.count() == 60

    def test_a_sign_in_asks_little_more_of_the_database(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        user = make_user()

        with django_assert_num_queries(5):  # begin, last login, family, how many there are, commit
            begin_family(user)


@pytest.mark.django_db
class TestTickets:
    def test_the_twenty_first_ends_the_oldest(self) -> None:
        client = signed_in_client(make_user())
        tickets = [client.post(TICKETS).json()["ticket"] for _ in range(21)]

        with pytest.raises(TicketInvalid):
            redeem_ticket(tickets[0])
        assert redeem_ticket(tickets[1])
        assert redeem_ticket(tickets[20])
        assert SocketTicket.objects.count() == 18

    def test_expired_ones_go_first_and_other_users_keep_theirs(self, settings: Settings) -> None:
        settings.SOCKET_TICKETS_PER_USER = 2
        ann, bob = credential_of(make_user()), credential_of(make_user())
        bobs = issue_ticket(bob)
        with clock(lambda: datetime.now(UTC) - timedelta(minutes=1)):
            issue_ticket(ann)

        tickets = [issue_ticket(ann) for _ in range(2)]

        assert [redeem_ticket(ticket).user_id for ticket in tickets] == [ann.user_id] * 2
        assert redeem_ticket(bobs).user_id == bob.user_id

    def test_what_is_no_ticket_holds_up_no_writer(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(1) as queries, pytest.raises(TicketInvalid):
            redeem_ticket("junk")

        assert queries.captured_queries[0]["sql"].startswith("SELECT")


@pytest.mark.django_db(transaction=True)
def test_tickets_issued_side_by_side_stay_within_the_quota(settings: Settings) -> None:
    settings.SOCKET_TICKETS_PER_USER = settings.SIGNINS_PER_USER = 3
    user = make_user()
    session = Credential(user.pk, user.credentials_mark, session_id=uuid4())

    def open_both(_: int) -> None:
        try:
            issue_ticket(session)
            begin_family(user)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_both, range(16)))

    assert SocketTicket.objects.count() == 3
    assert user.refresh_families.filter(revoked_at=None).count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_ticket_for_a_sign_in_that_was_removed_meanwhile_is_refused() -> None:
    credential = credential_of(make_user())
    RefreshFamily.objects.all().delete()

    with pytest.raises(TokenRefused):
        issue_ticket(credential)
    assert not SocketTicket.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "9" * 19},
        {"sub": "9" * 18},
        {"sub": "0"},
        {"exp": 10**30},
        {"exp": -1},
        {"mark": "a" * 10_000},
        {"mark": "\ud800"},
        {"mark": "é"},
    ],
)
def test_claims_that_no_user_has_are_refused_though_we_signed_them(claims: dict[str, object]) -> None:
    key = salted_hmac(
        "accounts_app.tokens", "signing key", secret=django_settings.SECRET_KEY, algorithm="sha256"
    )
    good = jwt.decode(begin_family(make_user()).access, options={"verify_signature": False})

    assert call_with(jwt.encode({**good, **claims}, key.hexdigest(), algorithm="HS256")) == 401


@pytest.mark.django_db
@pytest.mark.parametrize("rotation", [10**30, 2**31 - 1, 2**63, -1])
def test_a_rotation_that_no_column_holds_is_refused(rotation: int) -> None:
    key = salted_hmac(
        "accounts_app.tokens", "signing key", secret=django_settings.SECRET_KEY, algorithm="sha256"
    )
    good = jwt.decode(begin_family(make_user()).refresh, options={"verify_signature": False})
    token = jwt.encode({**good, "rotation": rotation}, key.hexdigest(), algorithm="HS256")

    answer = APIClient().post("/api/auth/token/refresh/", {"refresh": token})

    assert answer.status_code == 401
