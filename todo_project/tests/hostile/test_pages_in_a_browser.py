"""A real browser walks the pages and finds nothing that its content policy forbids; and everything on them works."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts_app.credentials.one_time_codes import code_at
from devstack.ports import pick
from devstack.waiting import wait_until
from todo_project.tests.hostile.chromium import BROWSER, NAMES, Chromium, Page, browser
from todo_project.tests.hostile.form_pages import press_delete, send_form
from todo_project.tests.platform.roles import PATIENCE
from todo_project.tests.up.starting import Running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(BROWSER is None, reason=f"no browser here: none of {', '.join(NAMES)}"),
]
# Files: the browser saves them and stays on its page.
DOWNLOADS = ("/api/export/", "/api/tasks/snapshot/")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("pages")
    started = Running(folder / "data", folder / "up.log", {"TODO_PORT": str(pick(1)[0])})
    try:
        fill(started.becomes_ready())
        yield started
    finally:
        started.role.kill()


def fill(running: Running) -> None:
    """Let there be a row on as many pages as possible: a task, its series, reminders, notifications, entries."""
    with running.signed_in(running.password) as client:
        body = {
            "title": "old",
            "due_at": "2026-01-01T09:00Z",
            "recurrence": "daily",
            "reminders": [{"offset": "1h"}],
            "tags": ["a"],
        }
        task = client.post("/api/tasks/", json=body)
        assert task.status_code == 201, task.text
        assert client.patch(f"/api/tasks/{task.json()['id']}/complete/").status_code == 200
        assert wait_until(lambda: client.get("/api/audit/").json()["results"], seconds=PATIENCE)


@pytest.fixture(scope="module")
def shared_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with browser(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture
def page(shared_browser: Chromium) -> Iterator[Page]:
    with shared_browser.new_page() as opened:
        yield opened


def sign_in(page: Page, running: Running, form: str) -> Page:
    page.open(f"{running.url}{form}")
    page.run(
        f"document.querySelector('[name=username]').value = 'admin';"
        f"document.querySelector('[name=password]').value = {json.dumps(running.password)}"
    )
    return page.leave_by("document.querySelector('[type=submit]').click()")


def links(page: Page, selector: str) -> list[str]:
    found: list[str] = page.run(
        f"[...document.querySelectorAll({json.dumps(selector)})].map(link => link.href)"
    )
    return found


def test_the_browser_does_complain_of_what_is_forbidden(page: Page, running: Running) -> None:
    """Without this, the other tests could not fail."""
    page.open(f"{running.url}/admin/login/")
    assert page.complaints() == []
    page.run("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\" onclick=\"1\">x</p>')")
    page.run("document.querySelector('p[onclick]').click()")
    assert len([text for text in page.complaints() if "ecurityPolicy" in text]) == 2


def test_the_documentation_can_be_tried_out(page: Page, running: Running) -> None:
    page.open(f"{running.url}/api/docs/").until("document.querySelector('.opblock')")
    page.run("document.querySelector('[id$=-sign_in] button').click()")
    page.until("document.querySelector('.try-out__btn')").run(
        "document.querySelector('.try-out__btn').click()"
    )
    page.until("document.querySelector('.execute')").run("document.querySelector('.execute').click()")
    page.until("document.querySelector('.live-responses-table tbody .response-col_status')")
    status = page.run(
        "document.querySelector('.live-responses-table tbody .response-col_status').textContent"
    )
    assert status.startswith("401"), "the example of the page is nobody's password"
    assert [text for text in page.complaints() if "401" not in text] == []


@pytest.mark.parametrize("path", ["/email/confirm/?token=x", "/email/unsubscribe/?token=x"])
def test_the_pages_of_links_in_mail_keep_to_their_policy(page: Page, running: Running, path: str) -> None:
    page.open(f"{running.url}{path}")
    if page.run("!!document.querySelector('button')"):
        page.leave_by("document.querySelector('button').click()")
    assert page.run("getComputedStyle(document.body).fontFamily") != ""
    assert [text for text in page.complaints() if "status of 4" not in text] == []


def test_the_browsable_api_works_by_its_forms(page: Page, running: Running) -> None:
    sign_in(page, running, "/api/auth/session/login/?next=/api/")
    tasks = f"{running.url}/api/tasks/"
    write_to_the_form(
        page.open(tasks), {"title": "made by the form", "recurrence": "daily", "due_at": "2030-01-01T09:00Z"}
    )
    page.run("document.querySelector('#post-generic-content-form form .btn-primary').click()")
    page.until("document.querySelector('.response-info')?.textContent.includes('HTTP 201')")
    made = page.run("document.querySelector('.response-info').textContent.match(/\"id\": (\\d+)/)[1]")

    write_to_the_form(page.open(f"{tasks}{made}/"), {"title": "changed by the form"})
    page.run("document.querySelector('[data-method=PATCH]').click()")
    page.until("document.querySelector('.response-info')?.textContent.includes('changed by the form')")

    page.open(tasks).run("document.querySelector('[data-target=\"#filtersModal\"]').click()")
    page.until("document.querySelector('#filtersModal').classList.contains('in')")
    page.run("document.querySelector('#filtersModal [name=search]').value = 'form'")
    page.leave_by("document.querySelector('#filtersModal [type=submit]').click()")
    assert page.run("location.search") == "?search=form"

    page.open(f"{tasks}{made}/").run("document.querySelector('[data-target=\"#deleteModal\"]').click()")
    page.until("document.querySelector('#deleteModal').classList.contains('in')")
    page.run("document.querySelector('#deleteModal [data-method=DELETE] button').click()")
    page.until("location.pathname && !document.querySelector('#deleteModal.in')")

    listed = links(page.open(f"{running.url}/api/"), ".response-info a")
    assert {f"{running.url}{path}" for path in DOWNLOADS} <= set(listed)
    for url in listed:
        if not url.endswith(DOWNLOADS):
            page.open(url)
    page.open(f"{running.url}/api/").leave_by("document.querySelector('#logoutForm button').click()")
    assert page.run(
        "document.body.textContent.includes('Log in') || document.body.textContent.includes('log in')"
    )
    assert page.complaints() == []


def test_all_of_an_account_can_be_done_by_forms(page: Page, running: Running) -> None:
    auth, name, password = f"{running.url}/api/auth", "walker", "correct horse 77"
    person = {"username": name, "password": password}
    mail = {"email": "walker@example.org"}
    send_form(page, f"{auth}/register/", "POST", {**person, **mail, "session": True}, expect=201)
    token = mailed_token(running, "Confirm your e-mail address")
    send_form(page, f"{auth}/email/confirm/", "POST", {"token": token}, expect=204)

    pair = send_form(page, f"{auth}/token/", "POST", person, expect=200)
    pair = send_form(page, f"{auth}/token/refresh/", "POST", {"refresh": pair["refresh"]}, expect=200)
    send_form(page, f"{auth}/logout/", "POST", {"refresh": pair["refresh"]}, expect=204)
    send_form(page, f"{auth}/token/", "POST", person, expect=200)
    [other] = [each["id"] for each in read(page, f"{auth}/sign-ins/")["results"] if not each["current"]]
    press_delete(page, f"{auth}/sign-ins/{other}/")
    press_delete(page, f"{auth}/sign-ins/?others=true")
    send_form(page, f"{running.url}/api/ws-tickets/", "POST", {}, expect=201)

    changed = {"current_password": password, "new_password": "another horse 88"}
    send_form(page, f"{auth}/password/", "POST", changed, expect=204)
    renamed = {"username": "wanderer", "password": "another horse 88"}
    assert send_form(page, f"{auth}/me/", "PATCH", renamed, expect=200)["username"] == "wanderer"
    send_form(page, f"{auth}/password/reset/", "POST", mail, expect=202)
    token = mailed_token(running, "Set a new password")
    reset = {"token": token, "new_password": "a third horse 99"}
    send_form(page, f"{auth}/password/reset/confirm/", "POST", reset, expect=204)
    person = {"username": "wanderer", "password": "a third horse 99"}
    assert send_form(page, f"{auth}/session/", "POST", person, expect=200)["user"]["email_verified"]
    wanted = {"email": "elsewhere@example.org", "password": person["password"]}
    send_form(page, f"{auth}/email/", "POST", wanted, expect=202)

    made = send_form(page, f"{auth}/personal-tokens/", "POST", {"name": "by a form"}, expect=201)
    assert (made["scopes"], made["token"][:9]) == (["tasks:read"], "todo_pat_")
    press_delete(page, f"{auth}/personal-tokens/{made['id']}/")
    secret = send_form(page, f"{auth}/second-factor/", "POST", {}, expect=201)["secret"]
    code = {"code": code_at(secret, datetime.now(UTC))}
    codes = send_form(page, f"{auth}/second-factor/confirm/", "POST", code, expect=200)["recovery_codes"]
    press_delete(page, f"{auth}/session/")
    send_form(page, f"{auth}/session/", "POST", {**person, "code": codes[0]}, expect=200)
    off = {"password": person["password"], "code": codes[1]}
    send_form(page, f"{auth}/second-factor/", "DELETE", off, expect=204)

    expected = {"account.password_changed", "account.renamed", "token.revoked"}
    audit = f"{running.url}/api/audit/"
    assert wait_until(
        lambda: expected <= {each["type"] for each in read(page, audit)["results"]}, seconds=PATIENCE
    )
    send_form(page, f"{auth}/me/", "DELETE", {"password": person["password"]}, expect=202)
    assert read(page, f"{auth}/session/")["user"] is None
    assert page.complaints() == []


def read(page: Page, url: str) -> dict[str, Any]:
    """Return what the browser is answered as a program."""
    found: dict[str, Any] = page.run(
        f"fetch('{url}', {{headers: {{Accept: 'application/json'}}}}).then(answer => answer.json())"
    )
    return found


def mailed_token(running: Running, subject: str) -> str:
    """Return the token in the newest mail with this subject, once it is printed."""

    def tokens() -> list[str]:
        mails = [mail for mail in running.role.output.split("MIME-Version:") if subject in mail]
        return re.findall(r"token=([\w-]{43})$", mails[-1], re.MULTILINE) if mails else []

    assert wait_until(lambda: bool(tokens()), seconds=PATIENCE)
    return tokens()[0]


def write_to_the_form(page: Page, body: dict[str, str]) -> None:
    text = json.dumps(json.dumps(body))
    page.run(f"for (const field of document.querySelectorAll('[name=_content]')) field.value = {text}")


def test_every_page_of_the_admin_keeps_to_its_policy(page: Page, running: Running) -> None:
    sign_in(page, running, "/admin/login/?next=/admin/")
    lists = links(page, "#content-main th a")
    assert len(lists) > 15
    walked = []
    for url in [*lists, *links(page, "#content-main .addlink")]:
        page.open(url)
        below = links(page, "#result_list tbody th a")[:1]
        for one in below:
            walked += [one]
            walked += links(page.open(one), ".historylink, .deletelink")
    for url in walked:
        page.open(url)
    assert len(walked) > 20
    ask_before_an_action(page.open(f"{running.url}/admin/tasks_app/series/"))
    assert page.complaints() == []


def ask_before_an_action(page: Page) -> None:
    page.run(
        "document.querySelector('.action-select').click();"
        "document.querySelector('[name=action]').value = 'cancel'"
    )
    page.leave_by("document.querySelector('.actions button').click()")
    assert page.run("document.querySelector('#content input[type=submit]').value").startswith("Yes, ")
    page.leave_by("document.querySelector('#content input[type=submit]').click()")


def test_the_form_of_a_schedule_explains_its_crontab(page: Page, running: Running) -> None:
    sign_in(page, running, "/admin/login/?next=/admin/")
    page.open(f"{running.url}/admin/django_celery_beat/crontabschedule/add/")
    page.leave_by("document.querySelector('[name=_save]').click()")
    page.open(f"{running.url}/admin/django_celery_beat/periodictask/add/")
    page.run(
        "const chosen = document.getElementById('id_crontab'); chosen.selectedIndex = 1;"
        "chosen.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    assert "Translation: Every minute" in page.run("document.querySelector('.field-crontab').textContent")
    assert page.run("document.querySelector('.field-crontab_translation').offsetHeight") == 0
    assert page.complaints() == []
