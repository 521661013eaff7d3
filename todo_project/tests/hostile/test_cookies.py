"""Cookies of production, with the pages that live by them, and where signing in leads."""

import json
import re
import subprocess
import sys
from functools import cache
from http.cookies import Morsel
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts_app.tests.factories import PASSWORD, make_user
from devstack.paths import REPOSITORY
from realtime_app.server.origin import read_handshake
from todo_project.tests.platform.environment import role_environment

pytestmark = pytest.mark.django_db
SESSION, CSRF = "__Host-sessionid", "__Host-csrftoken"
PAGES = ("/admin/login/", "/api/auth/session/login/")


@cache
def production() -> dict[str, Any]:
    """What production's settings say of cookies."""
    script = (
        "import json; from django.conf import settings as s; print(json.dumps({name: getattr(s, name)"
        " for name in dir(s) if name.startswith(('SESSION_COOKIE', 'CSRF_COOKIE', 'MESSAGE_'))}))"
    )
    environment = role_environment(
        {
            "DJANGO_SETTINGS_MODULE": "todo_project.settings.production",
            "TODO_SECRET_KEY": "3f9a0b1c2d5e77e1c0" * 4,
            "TODO_AUDIT_KEYS": "1:" + "3f9a0b1c2d5e77e1c0" * 4,
            "TODO_ALLOWED_HOSTS": "todo.example.org",
            "TODO_DATABASE_URL": "postgresql://todo@localhost/todo",
        }
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture
def in_production(settings: Settings) -> None:
    for name, value in production().items():
        setattr(settings, name, value)


def strict_client() -> Client:
    """A browser that speaks TLS, to a platform that checks its forms."""
    return Client(enforce_csrf_checks=True)


def form_token(browser: Client, page: str) -> str:
    found = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(page, secure=True).content.decode()
    )
    assert found
    return found[1]


def sign_in(browser: Client, page: str, **more: str) -> Any:
    form = {"username": "ann", "password": PASSWORD, "csrfmiddlewaretoken": form_token(browser, page)}
    headers = {"Referer": f"https://testserver{page}"}
    return browser.post(page, {**form, **more}, secure=True, headers=headers)


def attributes(cookie: Morsel[str]) -> dict[str, object]:
    wanted = ("secure", "httponly", "samesite", "path", "domain")
    return {name: cookie[name] for name in wanted}


@pytest.mark.parametrize("page", PAGES)
def test_production_sets_cookies_that_only_this_host_can_set_and_no_script_can_read(
    in_production: None, page: str
) -> None:
    make_user("ann", is_staff=True)
    browser = strict_client()

    assert sign_in(browser, page).status_code == 302

    assert set(browser.cookies) == {SESSION, CSRF}
    for cookie in browser.cookies.values():
        expected = {"secure": True, "httponly": True, "samesite": "Lax", "path": "/", "domain": ""}
        assert attributes(cookie) == expected
    assert browser.get("/api/auth/me/", secure=True).json()["username"] == "ann"


def test_admin_and_browsable_api_work_with_them(in_production: None) -> None:
    make_user("ann", is_staff=True, is_superuser=True)
    browser = strict_client()
    sign_in(browser, "/admin/login/")

    page = browser.get("/api/tasks/", secure=True, headers={"Accept": "text/html"}).content.decode()
    shown = re.search(r'"csrfToken": "(\w+)"', page)
    assert shown
    headers = {"Referer": "https://testserver/api/tasks/", "X-CSRFToken": shown[1]}
    send: dict[str, Any] = {"secure": True, "headers": headers, "content_type": "application/json"}
    assert browser.post("/api/tasks/", {"title": "x"}, **send).status_code == 201
    headers.pop("X-CSRFToken")
    assert browser.post("/api/tasks/", {"title": "x"}, **send).status_code == 403

    token = form_token(browser, "/admin/")
    out = browser.post(
        "/admin/logout/",
        {"csrfmiddlewaretoken": token},
        secure=True,
        headers={"Referer": "https://testserver/admin/"},
    )
    assert out.status_code == 200
    removed = browser.cookies[SESSION]
    # Without Secure a browser would take no cookie of this name, not even the one that removes it.
    assert (removed.value, removed["max-age"], removed["secure"]) == ("", 0, True)


def test_a_cookie_of_the_plain_name_signs_nobody_in(in_production: None) -> None:
    """A page on a sibling name can plant `sessionid` or `csrftoken` for the whole domain, and not these."""
    make_user("ann", is_staff=True)
    browser = strict_client()
    sign_in(browser, "/admin/login/")
    planted = Client()
    planted.cookies["sessionid"] = browser.cookies[SESSION].value

    assert planted.get("/api/auth/me/", secure=True).status_code == 401
    assert read_handshake([(b"cookie", b"sessionid=abc")]).session_key is None
    assert read_handshake([(b"cookie", f"{SESSION}=abc".encode())]).session_key == "abc"


def test_without_tls_the_names_stay_as_browsers_take_them() -> None:
    make_user("ann", is_staff=True)
    browser = Client()
    browser.post("/admin/login/", {"username": "ann", "password": PASSWORD})

    assert "sessionid" in browser.cookies
    assert browser.cookies["sessionid"]["httponly"] is True
    assert not browser.cookies["sessionid"]["secure"]


def test_messages_are_kept_in_the_session_and_go_with_it(in_production: None) -> None:
    root = make_user("ann", is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(root)

    answer = browser.post("/admin/auth/group/add/", {"name": "help"}, secure=True)

    assert answer.status_code == 302
    assert set(answer.cookies) <= {SESSION, CSRF}
    assert "was added successfully" in browser.get("/admin/auth/group/", secure=True).content.decode()


@pytest.mark.parametrize(
    "following",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", "%2F%2Fevil"],
)
def test_signing_in_to_the_admin_never_leads_away_nor_nowhere(following: str) -> None:
    make_user("ann", is_staff=True)
    browser = Client()

    answer = browser.post(
        f"/admin/login/?next={following}", {"username": "ann", "password": PASSWORD}, follow=True
    )

    assert answer.redirect_chain[0] == ("/admin/", 302)
    assert answer.status_code == 200
