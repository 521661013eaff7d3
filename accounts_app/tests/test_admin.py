"""Operators manage accounts."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts_app.models import RefreshFamily, User
from accounts_app.operations.sign_ins.families import begin_family, verify_password
from accounts_app.tests.factories import PASSWORD, browser_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    return browser_of(make_user("root", is_staff=True, is_superuser=True))


def test_the_list_costs_the_same_for_any_number_of_users(operator: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert operator.get("/admin/accounts_app/user/?q=user").status_code == 200
        return len(captured)

    few = queries()
    User.objects.bulk_create(User(username=f"user-{number}") for number in range(150))

    assert queries() == few


def test_an_operator_adds_a_user(operator: Client) -> None:
    form = {"username": "ann", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    response = operator.post("/admin/accounts_app/user/add/", form)

    assert response.status_code == 302
    assert verify_password("ann", PASSWORD, address="192.0.2.1").time_zone == "UTC"


def test_a_password_set_by_an_operator_ends_every_sign_in(operator: Client) -> None:
    user = make_user("ann")
    begin_family(user)
    form = {
        "password1": "another correct horse",
        "password2": "another correct horse",
        "usable_password": "true",
    }

    response = operator.post(f"/admin/accounts_app/user/{user.pk}/password/", form)

    assert response.status_code == 302
    assert verify_password("ann", "another correct horse", address="192.0.2.1") == user
    assert RefreshFamily.objects.get().revoked_reason == "password changed"


def test_an_operator_revokes_sign_ins(operator: Client) -> None:
    begin_family(make_user())
    family = RefreshFamily.objects.get()
    form = {"action": "revoke", "_selected_action": [str(family.pk)]}

    assert operator.post("/admin/accounts_app/refreshfamily/", form).status_code == 302

    family.refresh_from_db()
    assert family.revoked_reason == "by an operator"


def test_preferences_are_shown_but_not_edited(operator: Client) -> None:
    user = make_user("ann", time_zone="Europe/Berlin")
    url = f"/admin/accounts_app/user/{user.pk}/change/"
    assert "Europe/Berlin" in operator.get(url).content.decode()
    form = {"username": "ann", "email": "", "is_active": "", "time_zone": "UTC"}

    assert operator.post(url, form).status_code == 302

    user.refresh_from_db()
    assert (user.time_zone, user.is_active) == ("Europe/Berlin", False)


def test_users_are_deactivated_not_deleted(operator: Client) -> None:
    user = make_user("ann")

    assert operator.get(f"/admin/accounts_app/user/{user.pk}/delete/").status_code == 403


def test_the_command_line_makes_a_superuser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

    call_command(
        "createsuperuser", "--noinput", "--username", "boss", "--email", "boss@example.org", verbosity=0
    )

    boss = verify_password("boss", PASSWORD, address="192.0.2.1")
    assert boss.is_staff
    assert boss.is_superuser
