"""What makes people leave other task lists, each as a journey: see the numbers in the names of the tests."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from devstack.waiting import wait_until
from todo_project.tests.page.people import (
    Person,
    add,
    all_is_sent,
    becomes,
    edit,
    is_live,
    row,
    shows,
    works_offline,
)
from todo_project.tests.page.test_task_series import panel_of
from todo_project.tests.platform.roles import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
CHANGE = """([title, fields]) => {
  const {store, actions} = document.querySelector('app-shell').app;
  actions.change([...store.shown.values()].find((row) => row.title === title), fields);
}"""
NOTES = """navigator.serviceWorker.ready.then((registration) => registration.getNotifications())
  .then((notes) => notes.map(({title, tag}) => [title, tag]))"""

NOTIFY = """([task_id, created_at]) => document.querySelector('app-shell').app.engine.notify("notification",
  {notification: {id: 1, kind: "reminder", title: "Ring the bell", body: "", task_id, created_at, read_at: null}})"""


@pytest.fixture
def ada(browser: Browser, url: str) -> Iterator[Person]:
    person = Person(browser, url)
    yield person
    person.context.close()


def call(person: Person, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
    """What another client of the same person does."""
    token = person.context.request.get("/api/auth/session/").json()["csrf_token"]
    headers = {"X-CSRFToken": token, "Origin": person.url}
    answer = person.context.request.fetch(path, method=method, data=data, headers=headers)
    assert answer.ok, answer.text()
    return answer.json() if answer.status != 204 else None


def change(page: Page, title: str, **fields: Any) -> None:
    """Change fields that have no form yet, as a form would."""
    page.evaluate(CHANGE, [title, fields])


def test_p02_what_was_half_written_is_there_after_a_restart(ada: Person) -> None:
    page = ada.first
    add(page, "Old title today")
    all_is_sent(page)
    page.fill("quick-add input", "Half a thought")
    page.wait_for_timeout(400)  # the draft of the line is kept 250 ms after the last letter
    edit(page, "Old title")
    page.keyboard.insert_text("New title")
    page.close()
    again = ada.page("/app/today")
    expect(again.locator("quick-add input")).to_have_value("Half a thought")
    expect(row(again, "New title")).to_be_visible()
    all_is_sent(again)
    assert [task["title"] for task in ada.tasks()] == ["New title"]


def test_p03_and_p04_a_device_that_was_away_changes_one_field_and_asks_about_one(ada: Person) -> None:
    page = ada.first
    add(page, "Plan today", "Note today")
    all_is_sent(page)
    works_offline(page)
    plan, note = ada.task("Plan"), ada.task("Note")
    ada.context.set_offline(True)
    page.reload()
    shows(page, "Plan", "Note")
    change(page, "Plan", priority="high")
    change(page, "Note", description="Written here")
    theirs = {"title": "Plan B", "due_on": "2030-01-02", "tags": ["trip"]}
    call(ada, "PATCH", f"/api/tasks/{plan['id']}/", theirs)
    call(ada, "PATCH", f"/api/tasks/{note['id']}/", {"description": "Written elsewhere", "priority": "low"})
    ada.context.set_offline(False)
    decide = row(page, "Note").get_by_role("button", name="Needs you")
    expect(decide).to_be_visible()
    expect(page.locator("sync-badge")).to_have_text("1 needs you")
    becomes(page, "document.querySelector('app-shell').app.engine.outbox.queue.counts().waiting === 0")
    changed = ada.task("Plan B")
    assert {name: changed[name] for name in (*theirs, "priority")} == {**theirs, "priority": "high"}
    decide.click()
    sheet = page.get_by_role("dialog", name="Two descriptions")
    expect(sheet.locator(".theirs")).to_have_text("Written elsewhere")
    expect(sheet.get_by_role("textbox")).to_have_count(1)
    sheet.get_by_label("Written here").fill("Written here and elsewhere")
    page.reload()
    row(page, "Note").get_by_role("button", name="Needs you").click()
    expect(sheet.get_by_label("Written here")).to_have_value("Written here and elsewhere")
    sheet.get_by_role("button", name="Use mine").click()
    all_is_sent(page)
    kept = ada.task("Note")
    assert (kept["description"], kept["priority"]) == ("Written here and elsewhere", "low")


def test_a_change_of_a_task_that_was_deleted_elsewhere_brings_it_back_or_is_given_up(ada: Person) -> None:
    page = ada.first
    add(page, "Plan today", "Note today")
    all_is_sent(page)
    ada.context.set_offline(True)
    for title in ("Plan", "Note"):
        page.evaluate(CHANGE, [title, {"title": f"{title} B"}])
        call(ada, "DELETE", f"/api/tasks/{ada.task(title)['id']}/")
    ada.context.set_offline(False)
    expect(page.locator("sync-badge")).to_have_text("2 need you")
    page.locator("sync-badge button").click()
    waiting = page.get_by_role("dialog", name="Changes that wait").get_by_role("listitem")
    waiting.filter(has_text="Plan B").get_by_role("button", name="Restore and apply").click()
    waiting.filter(has_text="Note B").get_by_role("button", name="Discard").click()
    all_is_sent(page)
    assert [task["title"] for task in ada.tasks()] == ["Plan B"]


def test_p08_words_of_a_title_are_no_date(ada: Person) -> None:
    page = ada.first
    page.goto("/app/inbox")
    is_live(page)
    titles = ["The 5th Wave", "The 9/11 Report", "Renovation \u2013 2nd Floor"]
    for title in titles:
        page.fill("quick-add input", title)
        becomes(page, "Boolean(document.querySelector('quick-add').reading?.current())")
        expect(page.locator(".chip")).to_have_count(0)
        page.locator("quick-add input").press("Enter")
    all_is_sent(page)
    assert sorted((task["title"], task["due_date"]) for task in ada.tasks()) == [
        (title, None) for title in sorted(titles)
    ]


def test_p17_what_was_ticked_by_mistake_is_taken_back_by_message_by_key_and_by_history(ada: Person) -> None:
    page = ada.first
    add(page, "Buy milk today", "Pay rent every month on the 31st 9am")
    all_is_sent(page)
    page.goto("/app/all")
    is_live(page)
    row(page, "Buy milk").get_by_role("checkbox").click()
    page.locator(".toasts li", has_text="Done: Buy milk").get_by_role("button", name="Undo").click()
    expect(row(page, "Buy milk")).to_be_visible()
    all_is_sent(page)
    first, before = ada.task("Pay rent"), open_tasks(ada)
    for way in ("key", "history"):
        expect(row(page, "Pay rent")).to_have_count(1)
        row(page, "Pay rent").get_by_role("checkbox").click()
        all_is_sent(page)
        assert len(open_tasks(ada)) == 2
        assert first["id"] not in open_tasks(ada)
        if way == "key":
            page.keyboard.press("z")
        else:
            page.goto(f"/app/task/{first['id']}")
            is_live(page)
            history = panel_of(page, "history")
            history.get_by_role("button", name=re.compile("^Undo: Done")).first.click()
            expect(page.locator("task-detail input.done")).not_to_be_checked()
        assert wait_until(lambda: open_tasks(ada) == before, seconds=PATIENCE)


def open_tasks(person: Person) -> set[int]:
    return {task["id"] for task in person.tasks() if not task["completed"]}


def test_p18_one_notification_for_ten_tabs(ada: Person) -> None:
    works_offline(ada.first)
    ada.context.grant_permissions(["notifications"], origin=ada.url)
    tabs = [ada.first, *(ada.page("/app/inbox") for _ in range(9))]
    for tab in tabs:
        is_live(tab)
        tab.evaluate("document.hasFocus = () => false")
    soon = (
        datetime.now(UTC) + timedelta(seconds=5)
    ).isoformat()  # one that is past when it arrives never fires
    call(ada, "POST", "/api/tasks/", {"title": "Ring the bell", "reminders": [{"at": soon}]})
    becomes(ada.first, f"{NOTES}.then((notes) => notes.length > 0)")
    [(title, tag)] = ada.first.evaluate(NOTES)
    assert (title, tag[0]) == ("Ring the bell", "n")
    ada.first.wait_for_timeout(500)  # the other tabs would have shown theirs by now
    assert len(ada.first.evaluate(NOTES)) == 1
    tabs[3].evaluate(
        "navigator.serviceWorker.ready.then((r) => r.getNotifications()).then(([note]) => note.close())"
    )
    becomes(ada.first, f"{NOTES}.then((notes) => notes.length === 0)")


def test_a_reminder_is_said_in_the_tab_that_is_looked_at(ada: Person) -> None:
    page = ada.first
    page.goto("/app/inbox")
    is_live(page)
    add(page, "Ring the bell")
    all_is_sent(page)
    becomes(page, "Boolean(document.querySelector('app-shell').app.notes)")
    page.evaluate("document.hasFocus = () => true")
    page.evaluate(NOTIFY, [ada.task("Ring the bell")["id"], datetime.now(UTC).isoformat()])
    toast = page.locator(".toasts li", has_text="Reminder: Ring the bell")
    expect(toast).to_have_count(1)
    toast.get_by_role("button", name="Show").click()
    opened = page.locator("task-detail .task")
    expect(opened).to_have_attribute("aria-label", "Ring the bell")
    expect(opened).to_be_focused()
    assert page.evaluate(NOTES) == []
