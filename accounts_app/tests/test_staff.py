"""Staff who are not superusers look after people, and cannot make themselves or others more than they are."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts_app.models import BrowserSession, RefreshFamily, User
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.tests.factories import PASSWORD, browser_of, make_user

pytestmark = pytest.mark.django_db
GROUPS, FAMILIES = "/admin/auth/group/", "/admin/accounts_app/refreshfamily/"
USERS = "/admin/accounts_app/user/"
NEW_PASSWORD = {
    "password1": "another correct horse",
    "password2": "another correct horse",
    "usable_password": "true",
}
EVERY_RIGHT = {"is_staff": "on", "is_superuser": "on", "is_active": "on"}


@pytest.fixture
def helpdesk() -> User:
    """Staff with every right over accounts, sign-ins and groups that a superuser can give."""
    staff = make_user("helpdesk", is_staff=True)
    staff.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=("accounts_app", "auth"))
    )
    return staff


@pytest.fixture
def browser(helpdesk: User) -> Client:
    return browser_of(helpdesk)


def form_of(user: User, **more: Any) -> dict[str, Any]:
    """What the page of an account sends."""
    return {"username": user.username, "email": user.email, "is_active": "on", **more}


def rights_of(user: User) -> tuple[object, ...]:
    user.refresh_from_db()
    groups, permissions = set(user.groups.all()), set(user.user_permissions.all())
    return user.is_staff, user.is_superuser, user.is_active, groups, permissions, user.password, user.username


SUPERIORS: dict[str, Callable[[], User]] = {
    "a superuser": lambda: make_user("root", is_staff=True, is_superuser=True),
    "a superuser who is not staff": lambda: make_user("root", is_superuser=True),
    "a deactivated superuser": lambda: make_user("root", is_staff=True, is_superuser=True, is_active=False),
    "a colleague": lambda: make_user("colleague", is_staff=True),
    "themselves": lambda: User.objects.get(username="helpdesk"),
}


@pytest.fixture(params=SUPERIORS.values(), ids=list(SUPERIORS))
def superior(request: pytest.FixtureRequest, helpdesk: User) -> User:
    made: User = request.param()
    return made


def test_staff_edit_people(browser: Client) -> None:
    ann = make_user("ann")

    assert browser.post(f"{USERS}{ann.pk}/change/", form_of(ann, email="ann@example.org")).status_code == 302
    assert browser.post(f"{USERS}{ann.pk}/password/", NEW_PASSWORD).status_code == 302

    ann.refresh_from_db()
    assert ann.email == "ann@example.org"
    assert ann.check_password(NEW_PASSWORD["password1"])


def test_a_forced_post_gives_nobody_rights(browser: Client, helpdesk: User) -> None:
    ann, group = make_user("ann"), Group.objects.create(name="all")
    before = rights_of(ann)
    permissions = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    more = {**EVERY_RIGHT, "groups": [str(group.pk)], "user_permissions": permissions}

    assert browser.post(f"{USERS}{ann.pk}/change/", form_of(ann, **more)).status_code == 302

    assert rights_of(ann) == before
    page = browser.get(f"{USERS}{ann.pk}/change/").content.decode()
    assert not any(
        f'name="{name}"' in page for name in ("is_staff", "is_superuser", "groups", "user_permissions")
    )


def test_the_page_that_adds_makes_nobody_staff(browser: Client) -> None:
    form = {"username": "mallory", **NEW_PASSWORD, **EVERY_RIGHT}

    assert browser.post(f"{USERS}add/", form).status_code == 302

    mallory = User.objects.get(username="mallory")
    assert (mallory.is_staff, mallory.is_superuser) == (False, False)


@pytest.mark.parametrize("page", ["change", "password", "delete"])
def test_who_is_staff_is_for_superusers_to_edit(browser: Client, superior: User, page: str) -> None:
    before = rights_of(superior)
    body = form_of(superior, username="pwned", **NEW_PASSWORD, **EVERY_RIGHT, post="yes")

    assert browser.post(f"{USERS}{superior.pk}/{page}/", body).status_code == 403

    assert rights_of(superior) == before


def test_what_staff_may_see_of_superusers_holds_no_hash(browser: Client, superior: User) -> None:
    page = browser.get(f"{USERS}{superior.pk}/change/")

    assert page.status_code == 200
    assert superior.password.split("$")[-1] not in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


@pytest.mark.parametrize(
    "lookup",
    [
        *("password__startswith", "upgraded_from__startswith", "username_key__startswith", "last_login__gte"),
        *(
            "browser_sessions__session_key__startswith",
            "browser_sessions__pk__startswith",
            "browser_sessions",
        ),
        *("refresh_families__pk__startswith", "address_request__digest__startswith", "groups__pk"),
    ],
)
def test_the_list_cannot_be_asked_letter_by_letter_for_what_it_does_not_show(
    browser: Client, lookup: str
) -> None:
    assert browser.get(USERS, {lookup: "1"}).status_code == 400


@pytest.mark.parametrize(
    "lookup", ["is_active__exact", "is_staff__exact", "is_superuser__exact", "id__exact", "q", "o"]
)
def test_the_list_can_be_asked_for_what_it_shows(browser: Client, lookup: str) -> None:
    assert browser.get(USERS, {lookup: "1"}).status_code == 200


def test_no_bulk_action_reaches_who_is_staff(browser: Client, superior: User) -> None:
    for action in ("delete_selected", "revoke"):
        form = {"action": action, "_selected_action": [str(superior.pk)], "post": "yes"}
        browser.post(USERS, form)
        browser.post(USERS, {**form, "select_across": "1"})

    assert User.objects.filter(pk=superior.pk).exists()


def test_staff_end_sign_ins_of_people_and_not_of_staff(browser: Client, superior: User) -> None:
    ann = make_user("ann")
    for user in (ann, superior):
        begin_family(user)
    chosen = [str(pk) for pk in RefreshFamily.objects.values_list("pk", flat=True)]

    answer = browser.post(FAMILIES, {"action": "revoke", "_selected_action": chosen}, follow=True)

    assert "1 of 2 revoked" in answer.content.decode()
    assert RefreshFamily.objects.get(user=ann).revoked_reason == "by an operator"
    assert RefreshFamily.objects.get(user=superior).revoked_at is None


def test_groups_are_for_superusers(browser: Client, helpdesk: User) -> None:
    group = Group.objects.create(name="help")
    helpdesk.groups.add(group)
    permissions = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    form = {"name": "help", "permissions": permissions}

    answers = [
        browser.post(f"{GROUPS}{group.pk}/change/", form),
        browser.post(f"{GROUPS}add/", {**form, "name": "other"}),
        browser.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert group.permissions.count() == 0
    assert list(Group.objects.all()) == [group]


def test_superusers_give_and_take_rights(browser: Client) -> None:
    ann = make_user("ann")
    root = browser_of(make_user("root", is_staff=True, is_superuser=True))

    assert root.post(f"{USERS}{ann.pk}/change/", form_of(ann, **EVERY_RIGHT)).status_code == 302
    ann.refresh_from_db()
    assert (ann.is_staff, ann.is_superuser) == (True, True)
    assert root.post(f"{USERS}{ann.pk}/change/", form_of(ann)).status_code == 302
    ann.refresh_from_db()
    assert (ann.is_staff, ann.is_superuser) == (False, False)
    assert root.post(f"{GROUPS}add/", {"name": "help"}).status_code == 302


def test_a_superuser_who_is_deactivated_meanwhile_does_nothing() -> None:
    root, ann = make_user("root", is_staff=True, is_superuser=True), make_user("ann")
    browser = browser_of(root)
    User.objects.filter(pk=root.pk).update(is_active=False)

    browser.post(f"{USERS}{ann.pk}/change/", form_of(ann, **EVERY_RIGHT))

    ann.refresh_from_db()
    assert not ann.is_superuser


def test_a_deactivated_account_that_is_let_in_again_has_to_sign_in_again(browser: Client) -> None:
    ann = make_user("ann")
    begin_family(ann)
    session = browser_of(ann)
    form = form_of(ann)

    browser.post(f"{USERS}{ann.pk}/change/", {**form, "is_active": ""})
    browser.post(f"{USERS}{ann.pk}/change/", form)

    ann.refresh_from_db()
    assert ann.is_active
    assert session.get("/api/auth/me/").status_code == 401
    assert RefreshFamily.objects.get().revoked_reason == "deactivated"
    assert not BrowserSession.objects.filter(user=ann).exists()


def test_a_password_that_is_taken_away_ends_every_sign_in(browser: Client) -> None:
    ann = make_user("ann", password=PASSWORD)
    begin_family(ann)

    assert (
        browser.post(
            f"{USERS}{ann.pk}/password/", {"usable_password": "false", "unset-password": "x"}
        ).status_code
        == 302
    )

    ann.refresh_from_db()
    assert not ann.has_usable_password()
    assert RefreshFamily.objects.get().revoked_reason == "password removed"
