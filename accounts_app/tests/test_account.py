"""Reading and changing one's account; tickets for sockets; whose paths are whose."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts_app.errors import TicketInvalid
from accounts_app.models import SocketTicket, User
from accounts_app.operations.sign_ins.families import revoke_families
from accounts_app.operations.sign_ins.tickets import redeem_ticket
from accounts_app.queries.credentials import is_credential_valid, valid_credentials
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.log.history import events_between
from events_app.models import Event
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db
ME = "/api/auth/me/"
TICKETS = "/api/ws-tickets/"


def test_changing_preferences_stores_them_and_records_one_event() -> None:
    user = make_user(time_zone="Europe/Berlin")
    client = signed_in_client(user)

    response = client.patch(ME, {"time_zone": "Asia/Tokyo", "quiet_from": "22:00", "quiet_until": "07:00"})

    assert response.status_code == 200
    assert response.json()["time_zone"] == "Asia/Tokyo"
    assert (response.json()["quiet_from"], response.json()["quiet_until"]) == ("22:00", "07:00")
    [event] = events_between(user.pk, after=0, to=10)
    assert event.type == "preferences.updated"
    assert (event.actor.type, event.actor.id) == ("user", str(user.pk))
    assert event.request_id == response["X-Request-ID"]
    assert event.data == {
        "preferences": {
            "time_zone": "Asia/Tokyo",
            "week_start": "mo",
            "quiet_from": "22:00",
            "quiet_until": "07:00",
            "channels": ["in_app"],
        },
        "changed_fields": ["time_zone", "quiet_from", "quiet_until"],
        "previous": {"time_zone": "Europe/Berlin", "quiet_from": None, "quiet_until": None},
    }


def test_setting_what_is_set_records_nothing() -> None:
    client = signed_in_client(make_user(week_start="su"))

    assert client.patch(ME, {"week_start": "su", "channels": ["in_app"]}).status_code == 200
    assert client.patch(ME, {}).status_code == 200
    assert not Event.objects.exists()


def test_the_address_is_no_preference() -> None:
    client = signed_in_client(make_user(email="ann@example.org"))

    assert client.patch(ME, {"email": "ann@example.org"}).json()["email"] == "ann@example.org"
    [problem] = client.patch(ME, {"email": "new@example.org"}).json()["errors"]
    assert (problem["field"], problem["code"]) == ("email", "read_only")
    assert "/api/auth/email/" in problem["detail"]
    assert not Event.objects.exists()


def test_what_was_answered_may_be_sent_back() -> None:
    client = signed_in_client(make_user("ann"))

    assert client.patch(ME, {**client.get(ME).json(), "week_start": "su"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"id": "0"}, {"id": "read_only"}),
        ({"username": "bob"}, {"password": "required"}),
        ({"last_login": "x", "is_staff": True}, {"last_login": "unknown_field", "is_staff": "unknown_field"}),
        ({"time_zone": "Nowhere"}, {"time_zone": "unknown_zone"}),
        ({"time_zone": None}, {"time_zone": "null"}),
        ({"week_start": "MO"}, {"week_start": "invalid_choice"}),
        ({"quiet_from": "24:00"}, {"quiet_from": "invalid"}),
        ({"quiet_from": "7:00"}, {"quiet_from": "invalid"}),
        ({"quiet_from": 7}, {"quiet_from": "invalid"}),
        ({"channels": ["in_app", "pigeon"]}, {"channels[1]": "invalid_choice"}),
        ({"channels": ["email", "email"]}, {"channels": "unknown_channel"}),
        ({"channels": "email"}, {"channels": "not_a_list"}),
        ({"unknown": 1, "week_start": 1}, {"unknown": "unknown_field", "week_start": "invalid_choice"}),
    ],
)
def test_a_wrong_change_names_each_field_and_changes_nothing(
    body: dict[str, object], wrong: dict[str, str]
) -> None:
    user = make_user("ann")
    before = User.objects.filter(pk=user.pk).values().get()

    response = signed_in_client(user).patch(ME, body)

    assert response.status_code == 400
    assert {each["field"]: each["code"] for each in response.json()["errors"]} == wrong
    after = User.objects.filter(pk=user.pk).values().get()
    assert {**after, "last_login": None} == {**before, "last_login": None}
    assert not Event.objects.exists()


@pytest.mark.parametrize("path", [ME, TICKETS])
def test_without_credentials_an_endpoint_is_401(path: str) -> None:
    for method in ("get", "post", "put", "patch", "delete"):
        assert getattr(APIClient(), method)(path).status_code == 401


def test_a_session_needs_the_csrf_token_to_change_anything() -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_user())

    assert client.get(ME).status_code == 200
    response = client.patch(ME, {"week_start": "su"})
    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"


def test_a_ticket_is_good_once_and_stands_for_the_credential_that_asked() -> None:
    user = make_user()

    response = signed_in_client(user).post(TICKETS)

    assert response.status_code == 201
    assert response.json()["expires_in"] == 30
    ticket = response.json()["ticket"]
    assert ticket not in str(list(SocketTicket.objects.values()))
    credential = redeem_ticket(ticket)
    assert credential.user_id == user.pk
    assert is_credential_valid(credential)
    with pytest.raises(TicketInvalid):
        redeem_ticket(ticket)


def test_a_ticket_expires_after_thirty_seconds() -> None:
    client = signed_in_client(make_user())
    now = datetime.now(UTC)
    with clock(lambda: now):
        tickets = [client.post(TICKETS).json()["ticket"] for _ in range(2)]
    with clock(lambda: now + timedelta(seconds=29)):
        assert redeem_ticket(tickets[0])
    with clock(lambda: now + timedelta(seconds=30)), pytest.raises(TicketInvalid):
        redeem_ticket(tickets[1])


@pytest.mark.parametrize("ticket", ["", "junk", "é", "\ud800", "x" * 100_000])
def test_junk_is_no_ticket(ticket: str) -> None:
    with pytest.raises(TicketInvalid):
        redeem_ticket(ticket)


def test_a_ticket_dies_with_its_credential() -> None:
    user = make_user()
    tickets = [signed_in_client(user).post(TICKETS).json()["ticket"] for _ in range(2)]
    revoke_families(user.refresh_families.all(), reason="test")

    with pytest.raises(TicketInvalid):
        redeem_ticket(tickets[0])


def test_a_browser_session_gets_a_ticket_too() -> None:
    client = APIClient()
    user = make_user()
    client.force_login(user)

    credential = redeem_ticket(client.post(TICKETS).json()["ticket"])

    assert (credential.user_id, credential.family_id) == (user.pk, None)
    assert is_credential_valid(credential)


def test_a_ticket_request_takes_no_fields() -> None:
    response = signed_in_client(make_user()).post(TICKETS, {"user_id": "1"})

    assert response.status_code == 400
    assert response.json()["errors"][0] == {
        "field": "user_id",
        "code": "unknown_field",
        "detail": "This field is not known here; known are: none.",
    }


def test_invalid_credentials_are_found_in_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    users = [make_user() for _ in range(4)]
    credentials = [redeem_ticket(signed_in_client(user).post(TICKETS).json()["ticket"]) for user in users]
    fine, deactivated, revoked, changed = users
    User.objects.filter(pk=deactivated.pk).update(is_active=False)
    revoke_families(revoked.refresh_families.all(), reason="test")
    changed.set_password("another correct horse")
    changed.save()

    with django_assert_num_queries(2):
        valid = valid_credentials(credentials)

    assert {each.user_id for each in valid} == {fine.pk}
