"""One task by itself: beside its list or alone, its texts, its day, what others do to it, and what is not there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from todo_project.tests.page.people import Person, add, all_is_sent, is_live, row, works_offline
from todo_project.tests.page.test_screens import faults, look

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HOSTILE = "<img src=x onerror=alert(1)> see https://example.org/a_(b), mailto:ada@example.org and javascript:alert(1)"


@pytest.fixture
def ada(browser: Browser, url: str) -> Iterator[Person]:
    person = Person(browser, url)
    yield person
    person.context.close()


def written(person: Person, *lines: str) -> Page:
    """All tasks on the screen, these among them, saved."""
    page = person.first
    add(page, *lines)
    all_is_sent(page)
    page.goto("/app/all")
    is_live(page)
    return page


def open_task(page: Page, title: str) -> Any:
    row(page, title).locator(".title").click()
    panel = page.locator("task-detail")
    expect(panel.locator("textarea.title")).to_have_value(title)
    return panel


def edit_description(page: Page) -> None:
    page.get_by_role("button", name=re.compile("(Add|Edit) (a|the) description")).click()
    expect(page.locator("textarea.description")).to_be_focused()


def patch(person: Person, name: str, fields: dict[str, Any]) -> None:
    """Another client changes a task."""
    request, task = person.context.request, person.task(name)
    csrf = request.get("/api/auth/session/").json()["csrf_token"]
    headers = {"X-CSRFToken": csrf, "Referer": person.url}
    answer = request.patch(f"/api/tasks/{task['id']}/", data=fields, headers=headers)
    assert answer.ok, answer.text()


def test_it_opens_beside_the_list_and_follows_the_keys(ada: Person) -> None:
    page = written(ada, "One today", "Two today", "Three today")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    panel = page.locator("task-detail")
    expect(panel.locator("textarea.title")).to_have_value("One")
    expect(page.locator("task-detail .task")).to_be_focused()
    assert page.url.endswith(f"/app/task/{ada.task('One')['id']}")
    page.keyboard.press("j")
    expect(panel.locator("textarea.title")).to_have_value("Two")
    expect(row(page, "Two").locator(".title")).to_be_focused()
    page.keyboard.press("j")
    expect(panel.locator("textarea.title")).to_have_value("Three")
    page.keyboard.press("1")
    expect(panel.locator(".priority")).to_have_text("Urgent")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(row(page, "Three").locator(".title")).to_be_focused()
    assert page.url.endswith("/app/all")
    open_task(page, "Two")
    page.go_back()
    expect(panel).to_have_count(0)
    expect(row(page, "Two").locator(".title")).to_be_focused()
    page.go_forward()
    expect(panel.locator("textarea.title")).to_have_value("Two")
    assert ada.complaints == []


def test_on_a_narrow_screen_it_stands_alone_and_leads_back(ada: Person) -> None:
    page = written(ada, "One today", "Two today")
    page.set_viewport_size({"width": 390, "height": 800})
    open_task(page, "Two")
    expect(page.locator("list-view")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("Two")
    page.get_by_role("button", name="Close the task").click()
    expect(row(page, "Two").locator(".title")).to_be_focused()
    page.locator("quick-add input").fill("Three")
    page.keyboard.press("Control+Enter")
    expect(page.locator("textarea.title")).to_have_value("Three")
    all_is_sent(page)
    page.wait_for_url(f"**/app/task/{ada.task('Three')['id']}")
    page.reload()
    expect(page.locator("textarea.title")).to_have_value("Three")


@pytest.mark.parametrize("way", ["Escape", "click", "back", "close", "row"])
def test_p01_a_description_that_is_being_written_is_kept(ada: Person, way: str) -> None:
    page = written(ada, "Plan", "Other")
    open_task(page, "Plan")
    edit_description(page)
    page.keyboard.insert_text("First line\n")
    page.keyboard.insert_text("second")
    if way == "close":
        page.close()
        page = ada.page("/app/all")
        is_live(page)
    elif way == "click":
        page.locator("h1").click()
    elif way == "back":
        page.go_back()
    elif way == "row":
        page.locator("quick-add input").focus()
        row(page, "Other").locator(".title").click()
    else:
        page.keyboard.press("Escape")
        expect(page.locator("task-detail")).to_have_count(0)
    expect(row(page, "Plan")).to_be_visible()
    all_is_sent(page)
    assert ada.task("Plan")["description"] == "First line\nsecond"
    assert ada.task("Other")["description"] == ""


def test_a_text_that_is_too_long_is_counted_refused_and_kept(ada: Person) -> None:
    page = written(ada, "Plan")
    panel = open_task(page, "Plan")
    title = panel.locator("textarea.title")
    title.focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("x" * 203)
    page.keyboard.press("Enter")
    expect(panel.get_by_text("3 characters too many; at most 200.")).to_be_visible()
    expect(title).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    open_row = row(page, "Plan").locator(".title")
    expect(open_row).to_be_visible()
    open_row.click()
    expect(title).to_have_value("x" * 203)
    title.focus()
    for _ in range(3):
        page.keyboard.press("End")
        page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    all_is_sent(page)
    assert ada.tasks()[0]["title"] == "x" * 200


def test_addresses_become_links_and_nothing_else_does(ada: Person) -> None:
    page = written(ada, "Plan")
    open_task(page, "Plan")
    edit_description(page)
    page.keyboard.insert_text(HOSTILE + "\0")
    page.keyboard.press("Control+Enter")
    links = page.locator("task-description a")
    expect(links).to_have_text(["https://example.org/a_(b)", "mailto:ada@example.org"])
    assert links.first.get_attribute("rel") == "noopener noreferrer nofollow"
    expect(page.locator("task-description .written")).to_have_text(HOSTILE)
    assert page.locator("task-description img").count() == 0
    all_is_sent(page)
    assert ada.task("Plan")["description"] == HOSTILE
    assert ada.complaints == []


def test_what_others_change_is_shown_and_leaves_what_is_typed(ada: Person) -> None:
    page = written(ada, "Plan")
    panel = open_task(page, "Plan")
    edit_description(page)
    page.keyboard.insert_text("Mine")
    patch(ada, "Plan", {"priority": "urgent", "title": "Plan B", "description": "Theirs"})
    expect(panel.locator(".priority")).to_have_text("Urgent")
    expect(panel.locator("textarea.title")).to_have_value("Plan B")
    description = panel.locator("textarea.description")
    expect(description).to_be_focused()
    expect(description).to_have_value("Mine")
    page.keyboard.insert_text(", too")
    page.keyboard.press("Control+Enter")
    panel.get_by_role("button", name="Needs you").click()
    page.get_by_role("button", name="Compare").click()
    sheet = page.get_by_role("dialog", name="Two descriptions")
    expect(sheet.locator(".theirs")).to_have_text("Theirs")
    expect(sheet.locator("textarea")).to_have_value("Mine, too")


@pytest.mark.parametrize(
    ("zone", "start", "first"),
    [
        ("Pacific/Pago_Pago", "su", "Sunday"),
        ("Pacific/Kiritimati", "mo", "Monday"),
        ("Europe/Madrid", "sa", "Saturday"),
    ],
)
def test_p12_and_p13_the_day_that_is_picked_is_the_day_that_is_due(
    browser: Browser, url: str, zone: str, start: str, first: str
) -> None:
    person = Person(browser, url, timezone_id=zone)
    page = written(person, "Plan 2027-03-28")
    page.evaluate(f"document.querySelector('app-shell').app.user.week_start = '{start}'")
    panel = open_task(page, "Plan")
    panel.get_by_role("button", name=re.compile("28 Mar")).click()
    expect(panel.locator("date-grid th").first).to_have_attribute("abbr", first)
    panel.locator("td[tabindex='0']").focus()
    for key, day in (
        ("ArrowRight", "2027-03-29"),
        ("ArrowUp", "2027-03-22"),
        ("PageDown", "2027-04-22"),
        ("Shift+PageUp", "2026-04-22"),
        ("ArrowDown", "2026-04-29"),
    ):
        page.keyboard.press(key)
        expect(panel.locator("td[tabindex='0']")).to_have_attribute("data-day", day)
        expect(panel.locator("td[tabindex='0']")).to_be_focused()
    page.keyboard.press("Home")
    expect(panel.locator("td[tabindex='0']")).to_have_attribute("aria-label", re.compile(f"^{first}"))
    page.keyboard.press("Enter")
    picked = panel.locator("due-field time").get_attribute("datetime")
    assert picked is not None
    assert "2026-04-23" <= picked <= "2026-04-29"
    expect(panel.locator("due-field > button")).to_be_focused()
    all_is_sent(page)
    assert person.task("Plan")["due_on"] == picked
    person.context.close()


def test_a_time_has_a_zone_of_its_own_or_goes_with_its_person(ada: Person) -> None:
    page = written(ada, "Call 2027-03-28")
    panel = open_task(page, "Call")
    due = panel.locator("due-field > button")
    due.click()
    panel.get_by_label("Time", exact=True).fill("18:30")
    zone = panel.get_by_role("combobox", name="Time zone")
    zone.fill("tokyo")
    page.keyboard.press("Enter")
    expect(zone).to_have_value("Asia/Tokyo")
    panel.get_by_role("button", name="Save").click()
    expect(due).to_contain_text("18:30 Tokyo · 11:30 here")
    all_is_sent(page)
    task = ada.task("Call")
    assert (task["due_at"], task["time_zone"]) == ("2027-03-28T09:30:00Z", "Asia/Tokyo")
    due.click()
    zone.fill("wherever")
    page.keyboard.press("Enter")
    panel.get_by_role("button", name="Save").click()
    expect(due).to_contain_text("wherever I am")
    all_is_sent(page)
    task = ada.task("Call")
    assert (task["due_at"], task["floating"], task["time_zone"]) == ("2027-03-28T16:30:00Z", True, None)
    due.click()
    panel.get_by_label("A day, such as friday 9am").fill("31 feb 2028")
    page.keyboard.press("Enter")
    expect(panel.locator("#due-read .why")).not_to_be_empty()
    panel.get_by_label("A day, such as friday 9am").fill("1 march 2028 8am")
    page.keyboard.press("Enter")
    all_is_sent(page)
    expect(due).to_contain_text("08:00")
    due.click()
    panel.get_by_role("button", name="No date").click()
    expect(due).to_have_text("Add a date")
    all_is_sent(page)
    assert ada.task("Call")["due_date"] is None


def test_it_works_without_a_network(ada: Person) -> None:
    page = written(ada, "Plan 2027-03-28")
    works_offline(page)
    ada.context.set_offline(True)
    page.reload()
    panel = open_task(page, "Plan")
    edit_description(page)
    page.keyboard.insert_text("Written in a tunnel")
    page.keyboard.press("Control+Enter")
    panel.locator("due-field > button").click()
    panel.locator("td[data-day='2027-03-30']").click()
    panel.get_by_role("button", name="Save").click()
    expect(panel.locator("due-field time")).to_have_attribute("datetime", "2027-03-30")
    ada.context.set_offline(False)
    all_is_sent(page)
    task = ada.task("Plan")
    assert (task["description"], task["due_on"]) == ("Written in a tunnel", "2027-03-30")


def test_what_is_not_there_says_so_and_what_is_in_the_trash_comes_back(
    ada: Person, browser: Browser, url: str
) -> None:
    other = Person(browser, url)
    written(other, "Secret")
    page = written(ada, "Plan", "Other")
    for path in (f"/app/task/{other.task('Secret')['id']}", "/app/task/999999999", "/app/task/new:0000"):
        page.goto(path)
        is_live(page)
        expect(page.locator("task-detail").get_by_role("heading", name="Not here")).to_be_visible()
        expect(page.get_by_text("Secret")).to_have_count(0)
    page.goto("/app/all")
    is_live(page)
    open_task(page, "Plan")
    address = page.url
    page.keyboard.press("#")
    expect(page.locator("task-detail")).to_have_count(0)
    all_is_sent(page)
    page.goto(address)
    expect(page.get_by_role("heading", name="In the trash")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("textarea.title")).to_have_value("Plan")
    all_is_sent(page)
    assert {task["title"] for task in ada.tasks()} == {"Plan", "Other"}
    other.context.close()


def test_the_screen_of_a_task_in_every_width(browser: Browser, url: str, tmp_path: Path) -> None:
    person = Person(browser, url)
    page = written(person, "Pay rent every month on the 31st 9am #home !high", "Call mum")
    panel = open_task(page, "Pay rent")
    edit_description(page)
    page.keyboard.insert_text(HOSTILE)
    page.keyboard.press("Control+Enter")
    look(page, "task", tmp_path)
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert faults(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    for editor in ("due-field", "rule-field", "reminder-field"):
        panel.locator(f"{editor} > button").click()
    expect(panel.locator(".editor:visible").first).to_be_visible()
    look(page, "task-editors", tmp_path)
    assert faults(page) == []
    person.context.close()
