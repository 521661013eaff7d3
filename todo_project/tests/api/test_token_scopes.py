"""Which routes a personal token reaches, found by walking the URLs: a new view is refused until it says otherwise."""

from collections.abc import Iterator

import pytest
from django.test import Client
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView

from accounts_app.credentials.scopes import CHAT, READ, TOKEN_SCOPES, WRITE, TokenAccess
from accounts_app.operations.personal_tokens import create_personal_token
from accounts_app.tests.factories import make_user
from todo_project.tests.api.test_every_route import METHODS, calls, fill, routes

pytestmark = pytest.mark.django_db
# Beside what is below /api/auth/ and /api/push/: calls that no token may make, whatever its scopes.
ALSO_CLOSED = {
    ("get", "/api/export/"),
    ("post", "/api/ws-tickets/"),
    ("get", "/api/audit/"),
    ("get", "/api/audit/verify/"),
}
# Unsafe calls that write nothing.
READING = ("/parse/", "/api/recurrence/preview/")


def guarded_views() -> Iterator[type[APIView]]:
    guarded = {path for _, path in calls(guarded=True)}
    yield from {view for path, view in routes() if path in guarded}


def closed() -> set[tuple[str, str]]:
    """Return the calls about the account itself."""
    return {
        call for call in calls(guarded=True) if call[1].startswith(("/api/auth/", "/api/push/"))
    } | ALSO_CLOSED


def reached_with(*scopes: str) -> set[tuple[str, str]]:
    """Return the calls that a token with these scopes is not refused for want of a scope."""
    user = make_user()
    text = create_personal_token(user, "walker", list(scopes), expires_in_days=1).text
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    reached = set()
    for method, path in calls(guarded=True):
        answer = getattr(client, method)(fill(path.replace("{user_id}", str(user.pk)), 1), {})
        if answer.status_code == 403:
            assert answer.json()["code"] == "insufficient_scope", (method, path)
            assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]
        else:
            assert answer.status_code in (200, 201, 202, 204, 207, 400, 404, 409, 412, 415), (method, path)
            reached.add((method, path))
    return reached


def test_every_view_says_what_it_asks_of_a_token() -> None:
    silent = [
        view.__name__
        for view in guarded_views()
        if not isinstance(getattr(view, "token_access", None), TokenAccess)
    ]

    assert silent == []


def test_all_scopes_together_reach_everything_but_the_account() -> None:
    assert set(calls(guarded=True)) - reached_with(*TOKEN_SCOPES) == closed()


def test_reading_reaches_what_changes_nothing() -> None:
    reached = reached_with(READ)

    assert {path for method, path in reached if method != "get"} == {
        path for _, path in calls(guarded=True) if path.endswith(READING)
    }
    assert {call for call in calls(guarded=True) if call[0] == "get"} - reached == {
        call for call in closed() if call[0] == "get"
    }


def test_writing_implies_reading() -> None:
    assert reached_with(WRITE) == set(calls(guarded=True)) - closed()


def test_chatting_reaches_no_task() -> None:
    assert not {path for _, path in reached_with(CHAT) if "task" in path}


def test_a_view_that_says_nothing_refuses_every_token() -> None:
    class Silent(APIView):
        def get(self, request: object) -> Response:
            return Response({})

    text = create_personal_token(make_user(), "any", list(TOKEN_SCOPES), expires_in_days=1).text
    request = APIRequestFactory().get("/", headers={"Authorization": f"Bearer {text}"})

    assert Silent.as_view()(request).status_code == 403


def test_methods_of_the_walk_are_those_that_views_have() -> None:
    names = {name for view in guarded_views() for name in view.http_method_names if hasattr(view, name)}

    assert names - {"head", "options"} <= set(METHODS)


def test_the_admin_does_not_know_tokens() -> None:
    root = make_user("root", is_staff=True, is_superuser=True)
    text = create_personal_token(root, "root's", list(TOKEN_SCOPES), expires_in_days=1).text

    answer = Client().get("/admin/", headers={"Authorization": f"Bearer {text}"})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")
