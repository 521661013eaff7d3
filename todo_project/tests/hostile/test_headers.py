"""Every answer tells browsers and caches what they may do with it, whoever gives it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.engine import Engine
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.views.decorators.cache import cache_control, cache_page
from rest_framework.test import APIClient

from accounts_app.tests.factories import make_user, signed_in_client
from tasks_app.tests.helpers import make_task
from todo_project.settings.headers import DATA_POLICY, POWERFUL_FEATURES
from todo_project.urls import urlpatterns as real_urlpatterns

pytestmark = pytest.mark.django_db
GROUP = re.compile(r"\(\?P<\w+>[^()]*\)")
HTML = {"accept": "text/html"}
SITE = Path(settings.BASE_DIR)


def leaves(entries: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for entry in entries:
        here = before + str(entry.pattern).removeprefix("^").replace("/?$", "/").replace("\\Z", "")
        if isinstance(entry, URLResolver):
            yield from leaves(entry.url_patterns, here)
        else:
            yield "/" + re.sub(r"<[^>]*>", "1", GROUP.sub("1", here)).rstrip("$")


ROUTES = sorted(set(leaves(get_resolver().url_patterns)))


def directives(answer: Any) -> dict[str, set[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {name: set(sources) for name, *sources in parts}


def assert_guarded(answer: Any) -> None:
    """Assert what holds for every answer."""
    policy = directives(answer)
    assert policy["default-src"] == {"'none'"}
    assert policy["frame-ancestors"] == {"'none'"}
    assert not {"'unsafe-inline'", "'unsafe-eval'"} & set().union(
        *(sources for name, sources in policy.items() if name != "style-src-attr")
    )
    if not answer.get("Content-Type", "").startswith("text/html"):
        assert answer["Content-Security-Policy"] == DATA_POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] in (
        "same-origin",
        "no-referrer",
    )  # none of what the links in mails carry
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert set(answer["Permissions-Policy"].split(", ")) == {f"{name}=()" for name in POWERFUL_FEATURES}


def assert_not_stored(answer: Any) -> None:
    assert answer["Cache-Control"] == "private, no-store"
    assert {"Cookie", "Authorization"} <= {name.strip() for name in answer["Vary"].split(",")}


@pytest.fixture
def operator() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def callers(operator: Client) -> dict[str, Client]:
    return {
        "session": operator,
        "token": signed_in_client(make_user()),
        "nobody": Client(raise_request_exception=False),
    }


def test_the_walk_finds_the_routes() -> None:
    assert len(ROUTES) > 150
    assert {"/", "/livez/", "/api/docs/", "/admin/login/", "/api/tasks/1/", "/todos/bulk/"} <= set(ROUTES)


@pytest.mark.parametrize(
    ("caller", "method", "headers"),
    [
        ("session", "get", HTML),
        ("session", "post", {}),
        ("token", "get", {}),
        ("token", "post", {}),
        ("nobody", "get", {}),
    ],
)
def test_every_route_guards_its_answers_and_keeps_them_from_caches(
    callers: dict[str, Client], caller: str, method: str, headers: dict[str, str]
) -> None:
    for route in ROUTES:
        answer = getattr(callers[caller], method)(route, headers=headers)
        assert_guarded(answer)
        assert_not_stored(answer)


def test_only_the_browsable_api_may_style_by_attributes(operator: Client) -> None:
    make_task(make_user())
    for route in ("/admin/", "/admin/login/", "/api/docs/", "/admin/accounts_app/user/", "/admin/nothing/"):
        policy = directives(operator.get(route, headers=HTML))
        assert policy["style-src"] == {"'self'"}
        assert policy["script-src"] == {"'self'"}
        assert "style-src-attr" not in policy
    for route in ("/api/tasks/", "/api/", "/api/auth/session/login/"):
        policy = directives(operator.get(route, headers=HTML))
        assert policy["style-src-attr"] == {"'unsafe-inline'"}
        assert policy["style-src"] == {"'self'"}
        assert policy["script-src"] == {"'self'"}


def test_a_nonce_is_new_in_every_answer_and_only_where_it_is_used(operator: Client) -> None:
    seen = set()
    for _ in range(3):
        answer = operator.get("/admin/django_celery_beat/periodictask/add/")
        [nonce] = directives(answer)["script-src"] - {"'self'"}
        assert f'<script nonce="{nonce[7:-1]}">' in answer.content.decode()
        seen.add(nonce)
    assert len(seen) == 3


@pytest.mark.parametrize("name", ["admin/js/theme.js", "admin/css/base.css", "todo_project/docs.css"])
def test_static_files_are_guarded_and_may_be_kept(name: str) -> None:
    client = Client()
    client.cookies["sessionid"] = "x"
    answer = client.get(f"/static/{name}")
    b"".join(answer)
    answer.close()
    assert answer.status_code == 200
    assert_guarded(answer)
    assert "public" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer
    again = client.get(f"/static/{name}", headers={"If-None-Match": answer["ETag"]})
    again.close()
    assert (again.status_code, again["Cache-Control"]) == (304, answer["Cache-Control"])
    assert_guarded(again)
    assert_not_stored(client.get("/static/nothing.js"))


def test_a_task_keeps_its_etag_and_writes_are_still_compared(operator: Client) -> None:
    user = make_user()
    client = signed_in_client(user)
    url = f"/api/tasks/{make_task(user).pk}/"
    etag = client.get(url)["ETag"]
    assert client.patch(url, {"title": "x"}, headers={"If-Match": etag}).status_code == 200
    late = client.patch(url, {"title": "y"}, headers={"If-Match": etag})
    assert late.status_code == 412
    assert_not_stored(late)


def test_a_replayed_answer_is_not_stored_either() -> None:
    client = signed_in_client(make_user())
    for _ in range(2):
        answer = client.post("/api/tasks/", {"title": "x"}, headers={"Idempotency-Key": "once"})
        assert answer.status_code == 201
        assert_guarded(answer)
        assert_not_stored(answer)


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("boom")


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def suspect(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


@cache_page(60)
def cached(request: HttpRequest) -> HttpResponse:
    return JsonResponse({})


@cache_control(public=True, max_age=60)
def public(request: HttpRequest) -> HttpResponse:
    return JsonResponse({})


urlpatterns = [
    path("admin/fail/", fail),
    path("fail/", fail),
    path("admin/refuse/", refuse),
    path("suspect/", suspect),
    path("cached/", cached),
    path("public/", public),
    *real_urlpatterns,
]


@pytest.mark.urls("todo_project.tests.hostile.test_headers")
@pytest.mark.parametrize(
    "route", ["/admin/fail/", "/fail/", "/admin/refuse/", "/suspect/", "/cached/", "/nothing/"]
)
def test_errors_and_careless_views_are_guarded_and_not_stored(operator: Client, route: str) -> None:
    answer = operator.get(route)
    assert_guarded(answer)
    assert_not_stored(answer)


@pytest.mark.urls("todo_project.tests.hostile.test_headers")
def test_only_what_a_view_calls_public_may_be_stored(operator: Client) -> None:
    assert operator.get("/public/")["Cache-Control"] == "public, max-age=60"


def test_refusals_of_middleware_are_guarded() -> None:
    for answer in (
        Client().get("/api/tasks/", headers={"host": "evil.example"}),
        Client(enforce_csrf_checks=True).post("/admin/login/", {}),
        Client(enforce_csrf_checks=True).post("/api/auth/session/login/", {}),
        APIClient().generic("POST", "/api/tasks/", headers={"transfer-encoding": "chunked"}),
    ):
        assert answer.status_code >= 400
        assert_guarded(answer)
        assert_not_stored(answer)


def test_the_page_for_forms_of_others_has_no_inline_style() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {})
    assert answer.status_code == 403
    assert "<style" not in answer.content.decode()


INLINE = re.compile(
    r"<script(?![^>]*\b(?:src|nonce)=)(?![^>]*type=\"application/json\")[^>]*>"
    r"|<style(?![^>]*\bnonce=)[^>]*>|<[a-z][^<>]*\s(?:on[a-z]+|style)\s*=|javascript:",
    re.IGNORECASE,
)

# The page's: its policy holds the hash of what is in it (web_app/csp.py).
IMPORT_MAP = re.compile(r'<script type="importmap">[^<]*</script>')


def our_templates() -> list[Path]:
    loaders = Engine.get_default().template_loaders
    folders = [Path(str(folder)) for each in loaders for folder in each.get_dirs()]  # type: ignore[attr-defined]
    return [
        file
        for folder in folders
        if folder.is_relative_to(SITE) and ".venv" not in folder.parts
        for file in folder.rglob("*.html")
    ]


def test_no_template_of_ours_needs_an_exception() -> None:
    files = our_templates()
    assert {"api.html", "question.html", "swagger_ui.html"} <= {file.name for file in files}
    assert [file.name for file in files if INLINE.search(IMPORT_MAP.sub("", file.read_text()))] == []


def test_no_code_of_ours_writes_markup_that_needs_an_exception() -> None:
    markup = re.compile(
        r"<[a-z][^<>\n]*\s(?:on[a-z]+|style)=[\"'{]|<style|<script>|javascript:", re.IGNORECASE
    )
    wrong = [
        str(file.relative_to(SITE))
        for app in SITE.glob("*_app")
        for file in app.rglob("*.py")
        if "tests" not in file.parts and markup.search(file.read_text())
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>1</script>",
        '<p style="x">',
        "<a onclick='x'>",
        "<style>",
        '<form\n onsubmit="x">',
        "<a href=javascript:1>",
    ],
)
def test_the_search_for_inline_code_finds_it(text: str) -> None:
    assert INLINE.search(text)


@pytest.mark.parametrize(
    "route", ["/admin/", "/api/", "/api/tasks/", "/api/docs/", "/api/auth/session/login/"]
)
def test_no_page_holds_inline_code(operator: Client, route: str) -> None:
    allowed_styles = re.sub(r'\sstyle="[^"]*"', "", operator.get(route, headers=HTML).content.decode())
    assert INLINE.findall(allowed_styles) == []
