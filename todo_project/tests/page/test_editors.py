"""What stands in the editors of a task when the page ends or others change the task; reminders by key; the clock."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from todo_project.tests.page.people import (
    Person,
    add,
    all_is_sent,
    becomes,
    has_come,
    hold_making,
    is_live,
    row,
)
from todo_project.tests.page.test_screens import faults
from todo_project.tests.page.test_task_screen import open_task, patch, written

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NOTHING_KEPT = """document.querySelector('app-shell').app.disk.database.getAllKeys('drafts')
  .then((names) => names.length === 0)"""
# By the key of its row, which a task keeps that was made here, and by the tab.
KEPT = """(({disk, store, engine}) => disk.readDraft(`%s ${store.keyOf(%d)} ${engine.tabs.id}`))(
  document.querySelector('app-shell').app).then((text) => text.includes('%s'))"""


@pytest.fixture
def ada(browser: Browser, url: str) -> Iterator[Person]:
    person = Person(browser, url)
    yield person
    person.context.close()


def opened_again(person: Person, page: Page, title: str, *, kept: str, text: str) -> tuple[Page, Any]:
    """Close the page as soon as the device has the text of an editor; open the task in another one."""
    number = person.task(title)["id"]
    becomes(page, KEPT % (kept, number, text))
    page.close()
    other = person.page(f"/app/task/{number}")
    is_live(other)
    return other, other.locator("task-detail")


def test_p02_a_day_that_is_being_chosen_is_kept_and_made_on_top_of_what_it_was(ada: Person) -> None:
    page = written(ada, "Dentist 2027-03-01 10am")
    panel = open_task(page, "Dentist")
    panel.locator("due-field > button").click()
    panel.get_by_label("friday 9am").fill("2027-03-05 9am")
    page, panel = opened_again(ada, page, "Dentist", kept="due", text="2027-03-05 9am")
    line = panel.get_by_label("friday 9am")
    expect(line).to_have_value("2027-03-05 9am")
    expect(panel.locator("#due-read")).to_contain_text("09:00")
    assert faults(page) == []
    patch(ada, "Dentist", {"due_at": "2027-04-01T10:00"})
    expect(page.locator("body > [aria-live=polite]")).to_have_text("1 task changed")
    expect(panel.locator("due-field > button")).to_contain_text("1 Apr")
    expect(line).to_have_value("2027-03-05 9am")
    line.press("Enter")
    expect(panel.locator("due-field > button")).to_contain_text("5 Mar 2027 09:00")
    all_is_sent(page)
    assert ada.task("Dentist")["due_at"].startswith("2027-03-05")
    page.get_by_role("button", name="Use theirs").click()
    expect(panel.locator("due-field > button")).to_contain_text("1 Apr 2027 10:00")
    all_is_sent(page)
    assert ada.task("Dentist")["due_at"].startswith("2027-04-01")
    becomes(page, NOTHING_KEPT)


def test_p02_a_day_that_is_chosen_before_the_server_knows_the_task_is_kept(ada: Person) -> None:
    page = ada.first
    page.goto("/app/all")
    is_live(page)
    held = hold_making(page, "Dentist")
    add(page, "Dentist")
    has_come(page, held)
    panel = open_task(page, "Dentist")
    panel.locator("due-field > button").click()
    panel.get_by_label("friday 9am").fill("2027-03-05 9am")
    held[0].continue_()
    all_is_sent(page)
    expect(panel.get_by_label("friday 9am")).to_have_value("2027-03-05 9am")
    page, panel = opened_again(ada, page, "Dentist", kept="due", text="2027-03-05 9am")
    expect(panel.get_by_label("friday 9am")).to_have_value("2027-03-05 9am")
    panel.get_by_role("button", name="Cancel").click()
    becomes(page, NOTHING_KEPT)


def test_p02_two_tabs_choose_a_day_and_one_that_is_closed_takes_nothing_from_the_other(ada: Person) -> None:
    page = written(ada, "Dentist 2027-03-01")
    number = ada.task("Dentist")["id"]
    other = ada.page(f"/app/task/{number}")
    is_live(other)
    for each, line in ((open_task(page, "Dentist"), "2027-03-05"), (other, "2027-03-06")):
        each.locator("due-field > button").click()
        each.get_by_label("friday 9am").fill(line)
    becomes(other, KEPT % ("due", number, "2027-03-06"))
    other.locator("due-field").get_by_role("button", name="Cancel").click()
    page, panel = opened_again(ada, page, "Dentist", kept="due", text="2027-03-05")
    expect(panel.get_by_label("friday 9am")).to_have_value("2027-03-05")


def test_p02_a_rule_that_is_being_written_is_kept_until_it_is_cancelled(ada: Person) -> None:
    page = written(ada, "Run 2027-03-01 8am", "Swim 2027-03-02")
    panel = open_task(page, "Run")
    panel.locator("rule-field > button").click()
    panel.locator("#rule-kind").select_option("monthly")
    panel.locator("#rule-interval").fill("3")
    panel.locator("#rule-interval").press("Tab")
    page.keyboard.press("Escape")
    panel.locator("rule-field > button").click()
    expect(panel.locator("#rule-kind")).not_to_have_value("monthly")
    panel.locator("#rule-kind").select_option("own")
    panel.get_by_label("Every 2nd friday, or FREQ").fill("every 2nd friday")
    row(page, "Swim").locator(".title").click()
    expect(panel.locator("textarea.title")).to_have_value("Swim")
    expect(panel.locator("rule-field > button")).to_have_attribute("aria-expanded", "false")
    page, panel = opened_again(ada, page, "Run", kept="rule", text="every 2nd friday")
    expect(panel.get_by_label("Every 2nd friday, or FREQ")).to_have_value("every 2nd friday")
    expect(panel.locator("#rule-next")).to_contain_text("12 Mar 2027 08:00")
    panel.get_by_role("button", name="Cancel").click()
    becomes(page, NOTHING_KEPT)
    expect(panel.locator("rule-field > button")).to_have_text("Does not repeat")


def adding_a_reminder(ada: Person, choice: str) -> tuple[Page, Any]:
    """Open the form for another reminder of a task that is due, and choose how it says when."""
    page = written(ada, "Dentist 2027-03-01 10am")
    panel = open_task(page, "Dentist")
    panel.get_by_role("button", name="Add a reminder").click()
    panel.locator("#remind-when").select_option(choice)
    return page, panel


def test_p02_a_reminder_that_is_being_set_is_kept(ada: Person) -> None:
    page, panel = adding_a_reminder(ada, "own")
    panel.get_by_label("How many").fill("45")
    page, panel = opened_again(ada, page, "Dentist", kept="reminder", text="45")
    expect(panel.get_by_label("How many")).to_have_value("45")
    panel.get_by_role("button", name="Save").click()
    all_is_sent(page)
    assert [each["offset"] for each in ada.task("Dentist")["reminders"]] == ["-PT45M"]
    becomes(page, NOTHING_KEPT)


def test_a_count_that_is_half_written_sets_no_reminder(ada: Person) -> None:
    page, panel = adding_a_reminder(ada, "own")
    count = panel.get_by_label("How many")
    count.press("ControlOrMeta+a")
    page.keyboard.type("4e")
    panel.get_by_role("button", name="Save").click()
    expect(count).to_be_focused()
    page.keyboard.type("1")
    panel.get_by_role("button", name="Save").click()
    all_is_sent(page)
    assert [each["offset"] for each in ada.task("Dentist")["reminders"]] == ["-PT40M"]


def test_a_moment_that_is_half_written_keeps_its_other_parts(ada: Person) -> None:
    page, panel = adding_a_reminder(ada, "moment")
    field = panel.locator("#remind-at")
    before = field.input_value()
    field.focus()
    page.keyboard.type("05")  # the day or the month, as this browser writes dates
    expect(field).to_have_value(re.compile(rf"{before[:4]}-(?:05-\d\d|\d\d-05){before[10:]}"))


def test_days_and_times_that_are_half_written_keep_their_other_parts(ada: Person) -> None:
    """A digit that may be the first of two leaves the field without a value; one that is half written is not saved."""
    page = written(ada, "Dentist 2027-03-01 10am")
    panel = open_task(page, "Dentist")
    panel.locator("due-field > button").click()
    halves(page, panel.locator("#due-time"), to="05:00")
    page.keyboard.press("Escape")
    panel.locator("rule-field > button").click()
    panel.locator("#rule-ends").select_option("on")
    until = panel.get_by_label("On a day")
    until.fill("2028-12-11")
    halves(page, until, to="2028-(?:12-05|05-11)")
    page.keyboard.press("Backspace")
    panel.locator("rule-field").get_by_role("button", name="Save").click()
    expect(until).to_be_focused()
    assert until.evaluate("(field) => field.validity.badInput")
    until.fill("2028-05-05")
    panel.locator("rule-field").get_by_role("button", name="Save").click()
    all_is_sent(page)
    assert "UNTIL=20280505" in ada.task("Dentist")["recurrence"]["rule"]
    page.goto("/app/search?due_after=2027-03-10&due_before=2027-03-12")
    page.locator("details[data-filter=due] summary").click()
    halves(page, page.get_by_label("From", exact=True), to="2027-(?:03-05|05-10)")
    halves(page, page.get_by_label("To", exact=True), to="2027-(?:03-05|05-11)")
    expect(page).to_have_url(re.compile("due_after=2027-(?:03-05|05-10)&due_before=2027-(?:03-06|05-12)$"))


def halves(page: Page, field: Any, *, to: str) -> None:
    """Write the first part of a field, digit by digit."""
    field.focus()
    page.keyboard.press("0")
    expect(field).to_have_value("")
    page.keyboard.press("5")
    expect(field).to_have_value(re.compile(f"^{to}$"))


def test_a_reminder_is_set_by_key_and_by_the_palette(ada: Person) -> None:
    page = written(ada, "Dentist 2027-03-01 10am")
    page.keyboard.press("j")
    page.keyboard.press("r")
    panel = page.locator("task-detail")
    expect(panel.locator("#remind-when")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press(".")
    page.get_by_role("combobox").fill("remind")
    expect(page.get_by_role("option")).to_contain_text(["Reminder"])
    page.keyboard.press("Enter")
    expect(panel.locator("#remind-when")).to_be_focused()
    panel.locator("#remind-when").select_option("-PT1H")
    panel.get_by_role("button", name="Save").click()
    all_is_sent(page)
    assert [each["offset"] for each in ada.task("Dentist")["reminders"]] == ["-PT1H"]
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(
        page.get_by_role("dialog").locator("div", has=page.get_by_text("Reminder", exact=True)).last
    ).to_have_text(re.compile(r"Reminder\s*r"))


def test_times_are_written_with_twelve_hours_where_this_device_is_to(ada: Person) -> None:
    page = written(ada, "Dentist 2027-03-01 17:05")
    page.evaluate("document.querySelector('app-shell').app.router.go('/app/settings')")
    page.get_by_label("12 hours").check()
    page.goto("/app/all")
    is_live(page)
    expect(row(page, "Dentist")).to_contain_text("1 Mar 2027 5:05")
    open_task(page, "Dentist")
    expect(page.locator("due-field > button")).to_contain_text(re.compile(r"5:05\spm"))
