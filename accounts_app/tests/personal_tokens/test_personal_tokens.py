"""Personal access tokens: made, used, listed and revoked by a person who signed in."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import PersonalToken, User
from accounts_app.operations.accounts import change_password
from accounts_app.operations.expiry import TOKENS_KEPT, remove_expired
from accounts_app.operations.personal_tokens import MOST_LIVE, create_personal_token
from accounts_app.tests.factories import browser_of, make_user, signed_in_client
from events_app.contracts import stream_key
from events_app.models import Event
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db
TOKENS = "/api/auth/personal-tokens/"
TASKS = "/api/tasks/"


def make_token(user: User, *scopes: str, days: int | None = 365) -> str:
    return create_personal_token(user, "script", list(scopes or ["tasks:write"]), expires_in_days=days).text


def client_with(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def get_tasks(token: str) -> int:
    return int(client_with(token).get(TASKS).status_code)


def events_of(user: User, *types: str) -> list[dict[str, object]]:
    found = Event.objects.filter(stream__key=stream_key(user.pk), type__in=types).order_by("seq")
    return [{"type": event.type, "actor": event.actor_type, **event.data} for event in found]


def post(person: User, **body: object) -> Any:
    return signed_in_client(person).post(TOKENS, body)


class TestMaking:
    def test_the_text_is_answered_once_and_works(self) -> None:
        user = make_user()

        made = post(user, name="laptop", scopes=["tasks:write"])

        assert made.status_code == 201
        assert made["Cache-Control"] == "private, no-store"
        text = made.data["token"]
        assert text.startswith("todo_pat_")
        assert len(text) == 52
        assert made.data["prefix"] == text[:12]
        assert get_tasks(text) == 200
        [listed] = signed_in_client(user).get(TOKENS).json()["results"]
        assert "token" not in listed
        assert listed["state"] == "live"

    def test_only_its_hash_is_stored(self) -> None:
        text = make_token(make_user())

        row = PersonalToken.objects.values().get()

        assert row["digest"] == hashlib.sha256(text.encode()).hexdigest()
        assert not [value for value in row.values() if isinstance(value, str) and text in value]

    def test_it_is_good_for_a_year_unless_something_else_is_said(self) -> None:
        user = make_user()
        for days in ({}, {"expires_in_days": 1}, {"expires_in_days": None}):
            assert post(user, name="a", scopes=["chat"], **days).status_code == 201

        year, day, never = PersonalToken.objects.order_by("pk")

        assert year.expires_at is not None
        assert day.expires_at is not None
        assert year.expires_at - year.created_at == timedelta(days=365)
        assert day.expires_at - day.created_at == timedelta(days=1)
        assert never.expires_at is None

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"scopes": ["chat"]}, "name"),
            ({"name": "", "scopes": ["chat"]}, "name"),
            ({"name": "x" * 61, "scopes": ["chat"]}, "name"),
            ({"name": "a\x00b", "scopes": ["chat"]}, "name"),
            ({"name": 5, "scopes": ["chat"]}, "name"),
            ({"name": "a"}, "scopes"),
            ({"name": "a", "scopes": []}, "scopes"),
            ({"name": "a", "scopes": ["admin"]}, "scopes[0]"),
            ({"name": "a", "scopes": ["chat", "chat"]}, "scopes"),
            ({"name": "a", "scopes": ["chat"] * 9}, "scopes"),
            ({"name": "a", "scopes": "chat"}, "scopes"),
            ({"name": "a", "scopes": ["chat"], "expires_in_days": 0}, "expires_in_days"),
            ({"name": "a", "scopes": ["chat"], "expires_in_days": 3651}, "expires_in_days"),
            ({"name": "a", "scopes": ["chat"], "expires_in_days": "7"}, "expires_in_days"),
            ({"name": "a", "scopes": ["chat"], "expires_in_days": True}, "expires_in_days"),
            ({"name": "a", "scopes": ["chat"], "user": 1}, "user"),
            ({"name": "a", "scopes": ["chat"], "token": "todo_pat_" + "a" * 43}, "token"),
        ],
    )
    def test_what_cannot_be_is_refused_and_makes_nothing(self, body: dict[str, object], field: str) -> None:
        refused = post(make_user(), **body)

        assert refused.status_code == 400
        assert field in {each["field"] for each in refused.json()["errors"]}
        assert not PersonalToken.objects.exists()

    def test_fifty_are_live_and_no_more(self) -> None:
        user, other = make_user(), make_user()
        for _ in range(MOST_LIVE):
            make_token(user)

        refused = post(user, name="one more", scopes=["chat"])

        assert (refused.status_code, refused.json()["code"]) == (409, "too_many_tokens")
        assert post(other, name="another's", scopes=["chat"]).status_code == 201
        PersonalToken.objects.filter(user=user).order_by("pk")[:1].get().delete()
        PersonalToken.objects.filter(user=user).update(expires_at=timezone.now())
        assert post(user, name="in place of expired ones", scopes=["chat"]).status_code == 201

    def test_the_events_hold_neither_text_nor_hash(self) -> None:
        user = make_user()
        text = make_token(user, "chat", "tasks:read", days=None)
        token = PersonalToken.objects.get()

        signed_in_client(user).delete(f"{TOKENS}{token.pk}/")

        created, revoked = events_of(user, "token.created", "token.revoked")
        assert created["token_id"] == revoked["token_id"] == token.pk
        assert created["scopes"] == ["tasks:read", "chat"]
        assert revoked["actor"] == "user"
        said = str([created, revoked])
        assert text not in said
        assert text[:12] not in said
        assert token.digest not in said


class TestDying:
    def test_a_revoked_one_is_refused_and_gone_from_the_list(self) -> None:
        user = make_user()
        text, client = make_token(user), signed_in_client(user)
        path = f"{TOKENS}{PersonalToken.objects.get().pk}/"

        assert client.get(path).json()["name"] == "script"
        assert client.delete(path).status_code == 204

        assert get_tasks(text) == 401
        assert client.get(TOKENS).json()["results"] == []
        assert client.get(path).status_code == 404
        assert client.delete(path).status_code == 404
        assert len(events_of(user, "token.revoked")) == 1

    def test_an_expired_one_is_refused_and_said_to_be(self) -> None:
        user = make_user()
        text = make_token(user, days=1)
        PersonalToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        assert get_tasks(text) == 401
        assert signed_in_client(user).get(TOKENS).json()["results"][0]["state"] == "expired"

    def test_a_change_of_the_password_ends_all(self) -> None:
        user = make_user()
        text = make_token(user)

        change_password(user, "a wholly different sentence")

        assert get_tasks(text) == 401
        assert signed_in_client(user).get(TOKENS).json()["results"][0]["state"] == "ended"

    def test_a_deactivated_user_has_none_also_when_active_again(self) -> None:
        root, user = browser_of(make_user(is_staff=True, is_superuser=True)), make_user("ann")
        text, page = make_token(user), f"/admin/accounts_app/user/{user.pk}/change/"

        assert root.post(page, {"username": "ann"}).status_code == 302
        assert get_tasks(text) == 401

        assert root.post(page, {"username": "ann", "is_active": "on"}).status_code == 302
        assert User.objects.get(pk=user.pk).is_active
        assert get_tasks(text) == 401

    @pytest.mark.parametrize(
        "text",
        [
            "todo_pat_",
            "todo_pat_" + "a" * 43,
            "todo_pat_" + "a" * 44,
            "todo_pat_" + "é" * 43,
            "todo_pat_a b",
            "TODO_PAT_x",
        ],
    )
    def test_a_text_that_is_no_token_is_refused(self, text: str) -> None:
        assert get_tasks(text) == 401

    def test_a_secret_key_that_is_replaced_keeps_those_that_are_used(self, settings: Any) -> None:
        user = make_user()
        text, before = make_token(user), PersonalToken.objects.get().mark
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "k" * 50

        assert get_tasks(text) == 200
        assert PersonalToken.objects.get().mark != before
        settings.SECRET_KEY_FALLBACKS = []
        assert get_tasks(text) == 200

    def test_what_ended_long_ago_is_removed(self) -> None:
        user, long_ago = make_user(), timezone.now() - TOKENS_KEPT - timedelta(minutes=1)
        for _ in range(4):
            make_token(user)
        old, expired, young, live = PersonalToken.objects.order_by("pk").values_list("pk", flat=True)
        PersonalToken.objects.filter(pk=old).update(revoked_at=long_ago)
        PersonalToken.objects.filter(pk=expired).update(expires_at=long_ago)
        PersonalToken.objects.filter(pk=young).update(revoked_at=timezone.now())

        remove_expired()

        assert set(PersonalToken.objects.values_list("pk", flat=True)) == {young, live}

    def test_what_ended_with_a_password_long_ago_is_removed_too(self) -> None:
        user, started = make_user(), timezone.now()
        for days in (None, 365):
            make_token(user, days=days)
        change_password(user, "another horse battery staple")
        make_token(user, days=None)
        states = [each["state"] for each in signed_in_client(user).get(TOKENS).json()["results"]]
        assert sorted(states) == ["ended", "ended", "live"]

        with clock(lambda: started + TOKENS_KEPT - timedelta(minutes=1)):
            remove_expired()
        assert PersonalToken.objects.count() == 3
        with clock(lambda: timezone.now() + TOKENS_KEPT + timedelta(minutes=1)):
            remove_expired()
        assert [each.state_at(timezone.now()) for each in PersonalToken.objects.all()] == ["live"]


class TestUse:
    def test_it_is_noted_at_most_once_a_minute(self) -> None:
        text = make_token(make_user())

        assert get_tasks(text) == 200
        first = PersonalToken.objects.get().last_used_at
        assert get_tasks(text) == 200
        assert PersonalToken.objects.get().last_used_at == first
        assert first is not None
        PersonalToken.objects.update(last_used_at=first - timedelta(minutes=2))
        assert get_tasks(text) == 200
        again = PersonalToken.objects.get().last_used_at
        assert again is not None
        assert again >= first

    @pytest.mark.django_db(transaction=True)
    def test_it_is_noted_of_a_call_that_is_undone(self) -> None:
        client = client_with(make_token(make_user()))

        refused = client.post("/api/tasks/bulk/", {"operations": [{"op": "delete", "id": 1}], "atomic": True})

        assert refused.status_code >= 400
        assert PersonalToken.objects.get().last_used_at is not None

    def test_what_it_does_was_done_by_its_user(self) -> None:
        user = make_user()

        assert client_with(make_token(user)).post(TASKS, {"title": "From a script"}).status_code == 201

        event = Event.objects.get(type="task.created")
        assert (event.actor_type, event.actor_id) == ("user", str(user.pk))


class TestOfOthers:
    def test_they_are_not_there(self) -> None:
        make_token(make_user())
        token, other = PersonalToken.objects.get(), signed_in_client(make_user())

        assert other.get(TOKENS).json()["results"] == []
        assert other.get(f"{TOKENS}{token.pk}/").status_code == 404
        assert other.delete(f"{TOKENS}{token.pk}/").status_code == 404
        token.refresh_from_db()
        assert token.revoked_at is None

    def test_a_user_id_in_a_path_is_that_of_the_token(self) -> None:
        text, other = make_token(make_user()), make_user()

        assert client_with(text).get(f"/api/{other.pk}/tasks/").status_code == 404


class TestOperators:
    @pytest.fixture
    def root(self) -> Client:
        return browser_of(make_user("root", is_staff=True, is_superuser=True))

    def test_they_see_them_without_text_or_hash_and_revoke_them(self, root: Client) -> None:
        user = make_user("ann")
        text, token = make_token(user), PersonalToken.objects.get()

        pages = [
            root.get(f"/admin/accounts_app/personaltoken/{page}").content.decode()
            for page in ("", f"{token.pk}/change/")
        ]
        root.post("/admin/accounts_app/personaltoken/", {"action": "revoke", "_selected_action": [token.pk]})

        assert all(token.prefix in page for page in pages)
        assert not [page for page in pages if text in page or token.digest in page]
        assert get_tasks(text) == 401
        assert [each["type"] for each in events_of(user, "token.revoked")] == ["token.revoked"]

    def test_staff_do_not_revoke_those_of_staff(self) -> None:
        helper = make_user(is_staff=True)
        helper.user_permissions.set(Permission.objects.filter(codename__endswith="personaltoken"))
        text, token = make_token(make_user(is_staff=True)), PersonalToken.objects.get()

        browser_of(helper).post(
            "/admin/accounts_app/personaltoken/", {"action": "revoke", "_selected_action": [token.pk]}
        )

        assert get_tasks(text) == 200


class TestBrowser:
    def test_a_person_makes_and_revokes_one_in_the_browsable_pages(self) -> None:
        browser, html = browser_of(make_user()), {"HTTP_ACCEPT": "text/html"}

        page = browser.get(TOKENS, **html)  # type: ignore[arg-type]
        made = browser.post(
            TOKENS,
            '{"name": "by hand", "scopes": ["chat"]}',
            content_type="application/json",
            **html,  # type: ignore[arg-type]
        )
        token = PersonalToken.objects.get()
        one = browser.get(f"{TOKENS}{token.pk}/", **html)  # type: ignore[arg-type]

        assert page.status_code == 200
        assert b"todo_pat_" in made.content
        assert b"DELETE" in one.content
        browser.delete(f"{TOKENS}{token.pk}/", **html)  # type: ignore[arg-type]
        token.refresh_from_db()
        assert token.revoked_at is not None
