"""What holds on every route of the API, found by walking the URLs: a new view is tested the day it appears."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient
from rest_framework.views import APIView

from accounts_app.api.permissions import IsCaller
from accounts_app.tests.factories import make_user, signed_in_client
from todo_project.api.idempotency import has_key

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "put", "patch", "delete")
GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")


def _patterns(entries: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns)
        else:
            yield entry


def routes() -> list[tuple[str, type[APIView]]]:
    """Return each path of the API with `{name}` for what varies, and its view."""
    found = []
    for pattern in _patterns(get_resolver().url_patterns):
        view = getattr(pattern.callback, "cls", None)
        if isinstance(view, type) and issubclass(view, APIView):
            path = GROUP.sub(r"{\1}", str(pattern.pattern)).removeprefix("^").removesuffix("/?$")
            found.append((f"/{path}/", view))
    return found


def calls(*, guarded: bool) -> Iterator[tuple[str, str]]:
    for path, view in routes():
        if (
            any(issubclass(each, IsCaller) for each in view.permission_classes if isinstance(each, type))
            is guarded
        ):
            yield from ((method, path) for method in METHODS if hasattr(view, method))


def fill(path: str, value: object) -> str:
    return re.sub(r"\{\w+\}", str(value), path)


def test_the_walk_finds_the_routes() -> None:
    paths = {path for path, _ in routes()}

    assert {"/api/auth/me/", "/api/tasks/", "/api/tasks/{task_id}/", "/api/{user_id}/tasks/"} <= paths
    assert {path for _, path in calls(guarded=False)} == {
        "/api/",
        "/api/schema/",
        "/api/docs/",
        "/api/auth/register/",
        "/api/auth/token/",
        "/api/auth/token/refresh/",
        "/api/auth/logout/",
        "/api/auth/email/confirm/",
        "/api/auth/password/reset/",
        "/api/auth/password/reset/confirm/",
        "/api/auth/session/",
    }


@pytest.mark.parametrize("authorization", ["", "Bearer junk", "Basic YW5uOmFubg=="])
def test_without_good_credentials_every_guarded_call_is_401(authorization: str) -> None:
    client = APIClient()
    client.credentials(**({"HTTP_AUTHORIZATION": authorization} if authorization else {}))
    wrong = []
    for method, path in calls(guarded=True):
        response = getattr(client, method)(fill(path, 1), {})
        if response.status_code != 401 or response["Content-Type"] != "application/problem+json":
            wrong.append((method, path, response.status_code))

    assert wrong == []


def test_every_call_refuses_a_query_parameter_that_nobody_knows() -> None:
    user = make_user()
    client = signed_in_client(user)
    wrong = []
    for method, path in (*calls(guarded=True), *calls(guarded=False)):
        url = fill(path.replace("{user_id}", str(user.pk)), 1)
        response = getattr(client, method)(
            f"{url}?user__password=x", **({} if method == "get" else {"data": {}})
        )
        known = response.status_code == 400 and b"unknown_parameter" in response.content
        if not known:
            wrong.append((method, path, response.status_code))

    assert wrong == []


@pytest.mark.parametrize("value", ["0", "9223372036854775808", "9" * 400, "%D9%A3", "1%00", "-1", "1.5", "x"])
def test_an_id_that_can_not_be_is_404_everywhere(value: str) -> None:
    client = signed_in_client(make_user())
    wrong = []
    for method, path in calls(guarded=True):
        if "{" in path:
            status = getattr(client, method)(fill(path, value), {}).status_code
            if status not in (400, 404):
                wrong.append((method, path, status))

    assert wrong == []


def test_every_call_that_changes_something_minds_its_idempotency_key() -> None:
    user = make_user()
    client = signed_in_client(user)
    wrong = []
    for method, path in calls(guarded=True):
        if has_key(method.upper(), path):
            url = fill(path.replace("{user_id}", str(user.pk)), 1)
            response = getattr(client, method)(url, {}, headers={"Idempotency-Key": "not one"})
            if b"invalid_key" not in response.content:
                wrong.append((method, path, response.status_code))

    assert wrong == []


def test_every_path_works_without_its_trailing_slash() -> None:
    resolver = get_resolver()

    for path, view in routes():
        bare = fill(path, 1).rstrip("/")
        assert getattr(resolver.resolve(bare).func, "cls", None) is view


HOSTILE = {
    "too deep": b'{"title": ' + b"[" * 50 + b"]" * 50 + b"}",
    "NUL": b'{"title": "a\\u0000"}',
    "half a pair": b'{"title": "\\udfff"}',
    "NaN": b'{"title": NaN}',
    "a huge integer": b'{"title": 1' + b"0" * 400 + b"}",
    "no JSON": b"{",
    "no object": b"[]",
    "no UTF-8": b'{"title": "\xff"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_never_more_than_a_problem(name: str) -> None:
    user = make_user()
    client = signed_in_client(user)
    wrong = []
    for method, path in (*calls(guarded=True), *calls(guarded=False)):
        if method == "get":
            continue
        url = fill(path.replace("{user_id}", str(user.pk)), 1)
        response = client.generic(method.upper(), url, HOSTILE[name], content_type="application/json")  # type: ignore[arg-type]
        if response.status_code not in (400, 404):
            wrong.append((method, path, response.status_code))

    assert wrong == []
