"""The browsable API through a session: every page answers, its forms say what they are, and cost stays the same."""

import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import head_of
from tasks_app.models import Reminder
from tasks_app.tests.helpers import make_task

PARAMETER = re.compile(r"\(\?P<(\w+)>[^)]*\)")
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
NOT_FILTERS = {"csrfmiddlewaretoken", "_content", "_content_type"}
LISTS = ("/api/tasks/", "/api/reminders/", "/api/notifications/", "/api/audit/")


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        path = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, path)
        elif path.startswith(("api/", "todos")) and "(?P<format>" not in path:
            found.append(path)
    return found


@pytest.fixture
def user(db: None) -> User:
    return make_user("somebody")


@pytest.fixture
def browser(user: User) -> Client:
    client = Client(headers=BROWSER)
    client.force_login(user)
    return client


def page(browser: Client, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("path", routes(list(get_resolver().url_patterns)))
def test_every_page_answers_without_an_error_of_ours(browser: Client, user: User, path: str) -> None:
    task = make_task(user, due="2030-05-04T09:00", recurrence="daily", tags=("home",), reminders=["1h"])
    ids = {
        "user_id": user.pk,
        "task_id": task.pk,
        "series_id": task.series_id,
        "tag_id": task.tag_links.get().tag_id,
        "reminder_id": Reminder.objects.get().pk,
    }
    url = "/" + PARAMETER.sub(lambda match: str(ids.get(match[1], 1)), path).replace("/?$", "/").replace(
        "$", ""
    )
    answer = browser.get(url)
    assert answer.status_code < 500
    assert browser.options(url).status_code < 500
    is_saved = "schema" in path or answer.get("Content-Type") == "application/x-ndjson"  # not shown
    assert answer.status_code == 302 or is_saved or answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("url", LISTS)
def test_filters_are_named_in_their_form(browser: Client, url: str) -> None:
    text = page(browser, url)
    assert 'id="filtersModal"' in text
    assert "[invalid name]" not in text


def test_moments_have_pickers_and_keep_what_a_picker_can_not_hold(browser: Client) -> None:
    text = page(
        browser,
        "/api/tasks/?due_after=2026-03-29&due_before=2026-03-30T10:00&created_after=2026-03-29T10:00:00Z",
    )
    fields = {name: kind for kind, name in re.findall(r'<input type="([\w-]+)" name="(\w+)"', text)}
    assert fields["due_on"] == "date"
    assert (fields["due_before"], fields["updated_after"]) == ("datetime-local", "datetime-local")
    assert (fields["due_after"], fields["created_after"]) == ("text", "text")
    for value in ("2026-03-29", "2026-03-30T10:00", "2026-03-29T10:00:00Z"):
        assert f'value="{value}"' in text


def test_a_form_sent_with_empty_fields_asks_for_everything_but_tagged(browser: Client, user: User) -> None:
    """Scripts leave empty fields out; without them only the tag means something when it is empty."""
    make_task(user, "without tag")
    text = page(browser, "/api/tasks/")
    names = set(re.findall(r'<(?:input type="[\w-]+"|select) name="(\w+)"', text)) - NOT_FILTERS
    assert {"status", "ids", "due_before", "search"} <= names
    assert "todo_project/filters.js" in text
    empty = "&".join(f"{name}=" for name in sorted(names))
    assert "without tag" in page(browser, f"/api/tasks/?{empty}")


def test_a_task_can_be_changed_by_the_forms_of_its_page(browser: Client, user: User) -> None:
    task = make_task(user)
    text = page(browser, f"/api/tasks/{task.pk}/")
    assert 'data-method="PUT"' in text
    assert 'data-method="PATCH"' in text
    assert "button-form" in text or 'data-method="DELETE"' in text
    assert 'name="_content"' in page(browser, "/api/tasks/")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_form_sent_as_it_is_changes_nothing(browser: Client, user: User, method: str) -> None:
    task = make_task(
        user, due="2030-05-04T09:00", recurrence="daily", tags=("home", "é"), reminders=["1h"], priority=4
    )
    tag = task.tag_links.order_by("position")[0].tag_id
    before = head_of(user.pk)
    for url in (
        f"/api/tasks/{task.pk}/",
        f"/api/tags/{tag}/",
        "/api/auth/me/",
        f"/api/series/{task.series_id}/",
    ):
        changing = re.sub('<form[^>]*data-method="DELETE".*?</form>', "", page(browser, url), flags=re.DOTALL)
        [content] = re.findall('<textarea name="_content"[^>]*>(.*?)</textarea>', changing, re.DOTALL)
        body = json.loads(unescape(content))
        assert body
        if method == "put" and "PUT" not in browser.options(url)["Allow"]:
            continue
        answer = getattr(browser, method)(url, body, content_type="application/json")
        assert answer.status_code == 200, answer.content
    assert head_of(user.pk) == before


def test_a_form_of_a_task_says_each_thing_once(browser: Client, user: User) -> None:
    task = make_task(user, due="2030-05-04T09:00")
    text = unescape(page(browser, f"/api/tasks/{task.pk}/").partition("<textarea")[2])
    assert '"due_at": "2030-05-04T09:00:00Z"' in text
    assert "due_date" not in text


def test_whoever_is_not_signed_in_finds_the_way(db: None) -> None:
    answer = Client(headers=BROWSER).get("/api/")
    assert "/api/auth/session/login" in answer.content.decode()
    answer = Client(headers=BROWSER).get("/api/tasks/")
    assert answer.status_code == 401
    assert "/api/auth/session/login" in answer.content.decode()


def test_a_page_costs_the_same_for_many_tasks_and_users(browser: Client, user: User) -> None:
    make_task(user, tags=("home",))
    with CaptureQueriesContext(connection) as few:
        page(browser, "/api/tasks/")
    for number in range(20):
        make_task(user, tags=(f"tag {number}",))
        make_task(make_user(), tags=("home",))
    with CaptureQueriesContext(connection) as many:
        page(browser, "/api/tasks/")
    assert len(many) == len(few) <= 6


@pytest.mark.parametrize("url", ["/api/auth/me/", "/api/auth/second-factor/"])
def test_what_a_delete_needs_can_be_written_into_its_form(browser: Client, url: str) -> None:
    text = page(browser, url)
    form = text[text.index('data-method="DELETE"') :]
    assert "&quot;password&quot;" in form[: form.index("</form>")]


ACCOUNT_FORMS = [
    path.removesuffix("/?$")
    for path in routes(list(get_resolver().url_patterns))
    if path.startswith(("api/auth/", "api/ws-tickets")) and "session/log" not in path and "(?P<" not in path
]


@pytest.mark.parametrize("path", ACCOUNT_FORMS)
def test_what_is_missing_in_a_form_of_accounts_is_all_that_is_wrong_with_it(
    browser: Client, path: str
) -> None:
    url = f"/{path}/"
    answer = browser.get(url)
    if "POST" not in answer["Allow"]:
        pytest.skip("nothing to fill in")
    forms = re.findall(r"<form(?:(?!data-method).)*?</form>", answer.content.decode(), re.DOTALL)
    [content] = re.findall(r'<textarea name="_content"[^>]*>(.*?)</textarea>', "".join(forms), re.DOTALL)
    accept = {"accept": "application/json"}
    sent = browser.post(url, json.loads(unescape(content)), content_type="application/json", headers=accept)
    problem = sent.json() if sent.status_code >= 400 else {"errors": []}
    assert {each["code"] for each in problem["errors"]} <= {"blank", "empty"}, problem
