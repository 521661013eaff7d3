"""The bounds of bodies, without a server: the table, the middleware under WSGI and ASGI, and files."""

import asyncio
import io
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient, Client
from django.urls import URLPattern, URLResolver, get_resolver

from events_app.api.body_bounds import max_body_bytes, refuse_body
from foundation.counters import snapshot
from tasks_app.api.bulk_views import BulkView

MEBIBYTE = 1024 * 1024


def status(path: str, **headers: str) -> int:
    """What a request with these headers is refused with; 0 when it is not."""
    problem = refuse_body(path, lambda name: headers.get(name.replace("-", "_"), ""))
    return problem.status if problem else 0


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/livez", MEBIBYTE),
        ("/api/tasks/", MEBIBYTE),
        ("/api/tasks/bulk/", 5 * MEBIBYTE),
        ("/api/tasks/bulk", 5 * MEBIBYTE),
        ("/api/todos/bulk/", 5 * MEBIBYTE),
        ("/todos/bulk/", 5 * MEBIBYTE),
        ("/api/42/tasks/bulk/", 5 * MEBIBYTE),
        ("/api/tasks/bulk/x", MEBIBYTE),
        ("/x/api/tasks/bulk/", MEBIBYTE),
        ("/api/tasks/bulk/\n", MEBIBYTE),
    ],
)
def test_each_path_has_its_bound(path: str, most: int) -> None:
    assert max_body_bytes(path) == most
    assert status(path, content_length=str(most)) == 0
    assert status(path, content_length=str(most + 1)) == 413


def test_every_path_of_the_bulk_call_has_its_bound() -> None:
    paths = [pattern for pattern in patterns(get_resolver()) if "bulk" in pattern]

    assert len(paths) == 4
    for path in paths:
        readable = path.replace("(?P<user_id>[0-9]+)", "7").strip("^$").replace("/?", "/")
        assert max_body_bytes(f"/{readable}") == 5 * MEBIBYTE


def patterns(resolver: URLResolver) -> list[str]:
    found: list[str] = []
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            found += patterns(each)
        elif isinstance(each, URLPattern) and getattr(each.callback, "cls", None) is BulkView:
            found.append(str(each.pattern))
    return found


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, 0),
        ({"content_length": "0"}, 0),
        ({"content_length": "000"}, 0),
        ({"transfer_encoding": "chunked"}, 411),
        (
            {"transfer_encoding": "chunked", "content_length": "5"},
            0,
        ),  # the server's to refuse; Django reads five
        ({"content_length": "9" * 5000}, 413),
        ({"content_length": "-1"}, 400),
        ({"content_length": "+1"}, 400),
        ({"content_length": "1,1"}, 400),
        ({"content_length": "\u0661"}, 400),
    ],
)
def test_a_length_is_a_number_or_absent(headers: dict[str, str], refused: int) -> None:
    assert status("/api/tasks/", **headers) == refused


def test_a_refusal_is_a_problem_with_an_id_and_is_counted() -> None:
    before = snapshot().get("http.bodies_refused.413", 0)

    answer = Client().post("/nowhere", b" " * (MEBIBYTE + 1), content_type="application/json")

    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "too_large"
    assert answer.json()["request_id"] == answer["X-Request-ID"]
    assert snapshot()["http.bodies_refused.413"] == before + 1


def test_bodies_are_bounded_under_asgi_too() -> None:
    body = b" " * (MEBIBYTE + 1)

    answer = asyncio.run(AsyncClient().post("/livez", body, content_type="application/json"))

    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/startupz"])
def test_probes_do_not_read_bodies(path: str) -> None:
    unread = io.BytesIO(b"a=1")

    form: dict[str, Any] = {"wsgi.input": unread}
    answer = Client(enforce_csrf_checks=True).generic(
        "POST", path, "a=1", "application/x-www-form-urlencoded", **form
    )

    assert answer.status_code == 405
    assert unread.tell() == 0


@pytest.mark.django_db
def test_a_form_with_a_file_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32

    answer = client.post("/api/auth/session/login/", {"username": "x", "file": io.BytesIO(b"content")})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_nothing_within_the_bounds_is_spooled_to_a_disk() -> None:
    assert max(bound.max_bytes for bound in settings.BODY_BOUNDS) <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    assert settings.FILE_UPLOAD_HANDLERS == ["todo_project.api.bodies.RefuseFiles"]
