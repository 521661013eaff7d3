"""Notifications, reminders, trash, activity and settings, used by a person and seen by axe in both colours."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from todo_project.tests.page.people import PASSWORD, Person, add, all_is_sent, becomes, is_live, row
from todo_project.tests.page.test_screens import CUT, UNTRANSLATED, faults, look
from web_app.tests.browser import Watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SCREENS = ("notifications", "reminders", "trash", "activity", "settings")
GO = "(view) => document.querySelector('app-shell').app.router.go(`/app/${view}`)"

KEPT_NAMES = """new Promise((resolve) => {
  const opened = indexedDB.open("todo-shared");
  opened.onsuccess = () => {
    const asked = opened.result.transaction("meta").objectStore("meta").getAllKeys();
    asked.onsuccess = () => resolve(asked.result);
  };
})"""


class Owner(Person):
    """A person whose device calls the API beside the page, as another one of theirs would."""

    def call(self, method: str, path: str, body: object = None) -> Any:
        token = self.context.request.get("/api/auth/session/").json()["csrf_token"]
        headers = {"X-CSRFToken": token, "Content-Type": "application/json", "Referer": self.url}
        answer = self.context.request.fetch(path, method=method, data=json.dumps(body), headers=headers)
        assert answer.ok, answer.text()
        return answer.json() if answer.status != 204 else None

    def remind(self, title: str) -> int:
        """A task whose reminder fires at once; its number."""
        made = self.call("POST", "/api/tasks/quick/", {"text": f"{title} tomorrow 9am remind 5 days before"})
        return int(made["id"])

    def fill(self) -> None:
        """Something on each of the screens."""
        self.remind("Call mum #home")
        self.call("POST", "/api/tasks/quick/", {"text": "Dentist friday 9am remind 30 minutes before"})
        gone = self.call("POST", "/api/tasks/quick/", {"text": "Old note"})["id"]
        self.call("DELETE", f"/api/tasks/{gone}/")
        self.call("PATCH", "/api/auth/me/", {"week_start": "su"})
        self.call("POST", "/api/auth/personal-tokens/", {"name": "cron", "scopes": ["tasks:read"]})
        expect(self.first.get_by_role("link", name="1 unread notification")).to_be_visible()


@pytest.fixture
def ada(browser: Browser, url: str) -> Iterator[Owner]:
    person = Owner(browser, url)
    yield person
    # A browser names each call that is refused or does not arrive, as some of these tests want it.
    assert [each for each in person.complaints if not each.startswith("Failed to load resource")] == []
    person.context.close()


def go(page: Page, view: str) -> None:
    page.evaluate(GO, view)
    expect(page.locator("more-screen")).to_be_visible()


def bell(page: Page) -> Any:
    return page.locator("bell-link a")


def test_each_screen_full_and_empty(browser: Browser, url: str, tmp_path: Any) -> None:
    person = Owner(browser, url)
    for view in SCREENS:
        go(person.first, view)
        expect(person.first.locator(".skeleton")).to_have_count(0)
        assert faults(person.first) == [], view
    person.fill()
    for view in SCREENS:
        go(person.first, view)
        expect(person.first.locator(".skeleton")).to_have_count(0)
        look(person.first, view, tmp_path)
        assert faults(person.first) == [], view
    assert person.complaints == []
    person.context.close()


def test_words_and_directions_of_other_languages(browser: Browser, url: str, tmp_path: Any) -> None:
    for locale in ("en-XA", "en-XB"):
        person = Watched(browser, url, locale=locale)
        page = person.page("/sign-up")
        page.fill("[name=username]", f"{locale[-1].lower()}{time.time_ns()}")
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        becomes(page, "document.querySelector('app-shell').app?.engine.state === 'live'")
        for view in SCREENS:
            go(page, view)
            expect(page.locator(".skeleton")).to_have_count(0)
            look(page, f"{locale}-{view}", tmp_path)
            if locale == "en-XA":
                assert page.evaluate(UNTRANSLATED) == [], view
                assert page.evaluate(CUT) == [], view
        person.context.close()


def test_a_notification_is_counted_read_and_completed_in_every_tab(ada: Owner) -> None:
    page, other = ada.first, ada.page("/app/today")
    is_live(other)
    ada.remind("Water the plants")
    ada.remind("Ring the bell")
    for tab in (page, other):
        expect(bell(tab)).to_have_accessible_name("2 unread notifications")
    page.bring_to_front()
    page.keyboard.press("g")
    page.keyboard.press("n")
    notes = page.locator("notification-center [data-row]")
    expect(notes).to_have_count(2)
    notes.filter(has_text="Ring the bell").get_by_role("button", name="Mark as read").click()
    for tab in (page, other):
        expect(bell(tab)).to_have_accessible_name("1 unread notification")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(bell(page)).to_have_accessible_name("Notifications")
    all_is_sent(page)
    assert ada.task("Water the plants")["completed"]
    page.reload()
    expect(bell(page)).to_have_accessible_name("Notifications")
    expect(page.locator("notification-center [data-row]")).to_have_count(2)
    assert all(each["read_at"] for each in ada.call("GET", "/api/notifications/")["results"])


def test_what_is_read_on_one_device_is_read_on_the_other_at_once(browser: Browser, ada: Owner) -> None:
    phone = Watched(browser, ada.url)
    page, other = ada.first, phone.page("/sign-in")
    other.fill("[name=username]", ada.name)
    other.fill("[name=password]", PASSWORD)
    other.click("button[type=submit]")
    is_live(other)
    for title in ("Water the plants", "Ring the bell", "Feed the cat"):
        ada.remind(title)
    for device in (page, other):
        expect(bell(device)).to_have_accessible_name("3 unread notifications")
    go(other, "notifications")
    notes = other.locator("notification-center [data-row]")
    notes.filter(has_text="Ring the bell").get_by_role("button", name="Mark as read").click()
    expect(bell(page)).to_have_accessible_name("2 unread notifications")
    go(page, "notifications")
    expect(page.locator("notification-center .is-unread")).to_contain_text(
        ["Feed the cat", "Water the plants"]
    )
    other.get_by_role("button", name="Mark all as read").click()
    expect(bell(page)).to_have_accessible_name("Notifications")
    expect(page.locator("notification-center .is-unread")).to_have_count(0)
    assert phone.complaints == []
    phone.context.close()


def test_why_it_came_is_said_in_the_servers_words(ada: Owner) -> None:
    ada.remind("Water the plants")
    page = ada.first
    go(page, "notifications")
    page.get_by_text("Why did I get this?").click()
    expect(page.locator("why-line [lang=en]").filter(has_text="It fired at").first).to_be_visible()
    expect(page.get_by_text("Here, in the page: sent")).to_be_visible()


def test_reading_without_a_network_is_sent_later(ada: Owner) -> None:
    page = ada.first
    ada.remind("Water the plants")
    go(page, "notifications")
    expect(page.locator("notification-center [data-row]")).to_have_count(1)
    ada.context.set_offline(True)
    page.get_by_role("button", name="Mark all as read").click()
    expect(bell(page)).to_have_accessible_name("Notifications")
    ada.context.set_offline(False)
    is_live(page)
    becomes(page, "document.querySelector('app-shell').app.notifications.unsent.size === 0")
    assert ada.call("GET", "/api/notifications/?unread=true")["results"] == []


def test_a_reminder_is_snoozed_by_typing_when_and_deleted(ada: Owner) -> None:
    page = ada.first
    ada.remind("Water the plants")
    expect(bell(page)).to_have_accessible_name("1 unread notification")
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.locator("notification-center [data-row]")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.insert_text("tomorrow 7:30")
    expect(page.get_by_role("option").first).to_contain_text("7:30")
    page.keyboard.press("Enter")
    expect(page.locator(".toasts").get_by_text("comes again at 07:30")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("r")
    reminders = page.locator("reminders-view [data-row]")
    expect(reminders).to_contain_text(["07:30"])
    page.keyboard.press("z")
    expect(reminders).to_have_count(0)
    all_is_sent(page)
    [fired] = ada.call("GET", "/api/reminders/?status=fired")["results"]
    assert fired["title"] == "Water the plants"
    page.keyboard.press("Shift+Z")
    expect(reminders).to_contain_text(["07:30"])
    page.keyboard.press("j")
    page.keyboard.press("#")
    expect(reminders).to_have_count(0)
    assert ada.call("GET", "/api/reminders/?status=pending")["results"] == []


def test_what_is_in_the_trash_comes_back_or_goes_after_one_question(ada: Owner) -> None:
    page = ada.first
    add(page, "One", "Two", "Three", "Four")
    all_is_sent(page)
    for task in ada.tasks():
        ada.call("DELETE", f"/api/tasks/{task['id']}/")
    failure = {"code": "server_error", "detail": "Internal error.", "request_id": "4711"}
    page.route("**/api/tasks/trash/**", lambda route: route.fulfill(status=500, json=failure), times=1)
    go(page, "trash")
    expect(page.locator("trash-view .empty")).to_contain_text("Internal error. 4711")
    page.get_by_role("button", name="Try again").click()
    rows = page.locator("trash-view [data-row]")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("30 days left")
    page.get_by_role("button", name="Restore One").click()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Delete Two for good").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(rows).to_have_count(3)
    expect(page.get_by_role("button", name="Delete Two for good")).to_be_focused()
    page.get_by_role("button", name="Delete Two for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Empty the trash").click()
    page.get_by_role("dialog").get_by_role("button", name="Empty the trash").click()
    expect(page.get_by_text("The trash is empty.")).to_be_visible()
    assert [task["title"] for task in ada.tasks()] == ["One"]
    page.evaluate(GO, "all")
    expect(row(page, "One")).to_be_visible()


def test_the_trail_is_filtered_and_verified(ada: Owner) -> None:
    page = ada.first
    add(page, "One")
    all_is_sent(page)
    ada.call("PATCH", f"/api/tasks/{ada.task('One')['id']}/", {"title": "Another"})
    go(page, "activity")
    entries = page.locator("activity-view .trail > li")
    expect(entries.first).to_contain_text("Task changed")
    expect(entries.first).to_contain_text("Another")
    page.get_by_label("What").select_option("task.created")
    expect(entries).to_have_count(1)
    page.get_by_role("button", name="Verify").click()
    expect(page.locator("trail-proof")).to_contain_text("unbroken")


def test_settings_say_what_is_wrong_at_the_field_and_keep_what_is_right(ada: Owner) -> None:
    page = ada.first
    go(page, "settings")
    page.locator("settings-sign-ins").get_by_label("Present password").fill("wrong")
    page.get_by_label("New password").fill("quite another horse 7")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("settings-sign-ins").get_by_label("Present password")).to_have_attribute(
        "aria-invalid", "true"
    )
    expect(page.locator("#current_password-why")).to_have_text("This is not your password.")
    page.locator("settings-sign-ins").get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed")).to_be_visible()
    is_live(page)
    page.get_by_label("Time zone").fill("Mars/Phobos")
    page.keyboard.press("Tab")
    expect(page.locator("#zone-note")).to_contain_text("is not the name of a time zone")
    page.get_by_label("First day of the week").select_option("su")
    becomes(page, "document.querySelector('app-shell').app.user.week_start === 'su'")
    assert ada.call("GET", "/api/auth/me/")["week_start"] == "su"
    page.get_by_label("Name of a new token").fill("cron")
    page.get_by_role("button", name="Make a token").click()
    expect(page.locator(".made code")).to_contain_text("todo_pat_")
    page.get_by_role("button", name="Revoke cron").click()
    expect(page.get_by_role("button", name="Revoke cron")).to_have_count(0)
    page.get_by_label("Compact").check()
    page.get_by_label("Dark").check()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.reload()
    is_live(page)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--pad')") == "4px"


def test_a_device_that_is_to_keep_nothing_keeps_nothing(ada: Owner) -> None:
    page = ada.first
    add(page, "One")
    all_is_sent(page)
    go(page, "settings")
    with page.expect_navigation():
        page.get_by_label("Do not keep tasks on this device").click()
    is_live(page)
    names = page.evaluate("indexedDB.databases().then((all) => all.map(({name}) => name))")
    assert names == ["todo-shared"]
    page.evaluate(GO, "all")
    expect(row(page, "One")).to_be_visible()
    assert "user" not in page.evaluate(KEPT_NAMES)


def test_on_a_device_of_others_it_is_said_when_signing_in(ada: Owner) -> None:
    page = ada.first
    box = page.get_by_label("Do not keep tasks on this device")
    names = "indexedDB.databases().then((all) => all.map(({name}) => name).sort())"

    def leave() -> None:
        go(page, "settings")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in**")

    leave()
    assert faults(page) == []
    box.check()
    ada.enter(page)
    assert page.evaluate(names) == ["todo-shared"]
    [session] = [each for each in ada.context.cookies() if each["name"] == "sessionid"]
    assert session["expires"] == -1
    leave()
    expect(box).to_be_checked()
    box.uncheck()
    ada.enter(page)
    assert len(page.evaluate(names)) == 2


def test_deleting_the_account_needs_the_password(ada: Owner) -> None:
    page = ada.first
    go(page, "settings")
    page.get_by_text("Delete the account").click()
    page.locator("#delete-password").fill("wrong")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.locator("#delete-why")).to_have_text("This is not your password.")
    page.locator("#delete-password").fill(PASSWORD)
    page.get_by_role("button", name="Delete everything").click()
    page.wait_for_url("**/sign-in**")
    assert page.evaluate("indexedDB.databases().then((all) => all.map(({name}) => name))") == ["todo-shared"]


def test_what_another_application_shares_stands_in_the_line_and_is_added_by_enter(ada: Owner) -> None:
    page = ada.page("/app/today?title=Tin%20roof&text=Read%20this%0A<b>now</b>&url=https://example.org/roof")
    line = page.locator("quick-add input")
    expect(line).to_have_value("Tin roof Read this <b>now</b> https://example.org/roof")
    expect(line).to_be_focused()
    assert page.evaluate("location.search") == ""
    page.keyboard.press("Enter")
    all_is_sent(page)
    assert [task["title"] for task in ada.tasks()] == [
        "Tin roof Read this <b>now</b> https://example.org/roof"
    ]
    shortcut = ada.page("/app/today?add")
    expect(shortcut.locator("quick-add input")).to_be_focused()
    expect(shortcut.locator("quick-add input")).to_have_value("")
