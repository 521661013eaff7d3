"""What a task does again and when it reminds: rules, occurrences, reminders, and what the server says about them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from todo_project.tests.page.people import Person, add, all_is_sent, is_live, works_offline
from todo_project.tests.page.test_screens import CUT, UNTRANSLATED, faults, look
from todo_project.tests.page.test_task_screen import open_task, written

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
RENT = "Pay rent every month on the 31st 9am #home !high"


@pytest.fixture
def ada(browser: Browser, url: str) -> Iterator[Person]:
    person = Person(browser, url)
    yield person
    person.context.close()


def call(person: Person, method: str, path: str, body: Any = None) -> Any:
    request = person.context.request
    csrf = request.get("/api/auth/session/").json()["csrf_token"]
    headers = {"X-CSRFToken": csrf, "Referer": person.url}
    answer = request.fetch(path, method=method, data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json() if answer.text() else None


def panel_of(page: Page, name: str) -> Any:
    panel = page.locator(f"details[data-panel={name}]")
    panel.locator("summary").click()
    return panel


def test_a_rule_is_set_seen_before_refused_at_its_field_and_ended(ada: Person) -> None:
    page = written(ada, "Run 2027-03-01 8am")
    panel = open_task(page, "Run")
    rule = panel.locator("rule-field > button")
    expect(rule).to_have_text("Does not repeat")
    rule.click()
    panel.locator("#rule-kind").select_option("weekly")
    panel.locator("#rule-interval").fill("2")
    panel.locator("#rule-interval").press("Tab")
    panel.get_by_role("checkbox", name="Mon").check()
    panel.get_by_role("checkbox", name="Thu").check()
    expect(panel.locator("#rule-next")).to_contain_text("4 Mar 2027 08:00 · Mon, 15 Mar 2027 08:00")
    panel.locator("#rule-ends").select_option("on")
    panel.get_by_label("On a day", exact=True).fill("2020-01-01")
    panel.get_by_label("On a day", exact=True).press("Tab")
    expect(panel.locator("#rule-next")).to_have_text("The rule ends before its first occurrence, the due.")
    expect(panel.get_by_role("button", name="Save")).to_be_disabled()
    panel.locator("#rule-ends").select_option("never")
    panel.get_by_role("button", name="Save").click()
    expect(rule).to_contain_text("every 2 weeks on Monday and Thursday")
    all_is_sent(page)
    first = ada.task("Run")["series_id"]

    rule.click()
    panel.locator("#rule-kind").select_option("own")
    panel.get_by_label("Every 2nd friday, or FREQ").fill("every 2nd friday")
    expect(panel.locator("#rule-next")).to_contain_text("12 Mar 2027 08:00")
    panel.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="This and those that come").click()
    expect(rule).to_contain_text("second Friday")
    expect(rule).to_be_focused()
    all_is_sent(page)
    assert ada.task("Run")["series_id"] != first
    rule.click()
    panel.get_by_role("button", name="Repeat no more").click()
    expect(rule).to_have_text("Does not repeat")
    all_is_sent(page)
    assert ada.task("Run")["recurrence"] is None


def test_one_occurrence_is_skipped_taken_out_or_all_are_changed_and_deleted(ada: Person) -> None:
    page = written(ada, RENT)
    panel = open_task(page, "Pay rent")
    first = ada.task("Pay rent")
    series = panel_of(page, "series")
    expect(series.locator("li").first).to_contain_text("this one")
    series.get_by_role("button", name="Skip this one").click()
    expect(panel.get_by_role("heading", name="In the trash")).to_be_visible()
    all_is_sent(page)
    panel.get_by_role("link", name="The next one").click()
    expect(panel.locator("textarea.title")).to_have_value("Pay rent")
    series = panel_of(page, "series")
    series.get_by_role("button", name="Show what was").click()
    expect(series.locator("li").first).to_contain_text("skipped")
    assert series.locator("li a").first.get_attribute("href") == f"/app/task/{first['id']}"

    panel.locator("textarea.title").fill("Pay the rent")
    panel.locator("textarea.title").press("Enter")
    all_is_sent(page)
    series.get_by_role("button", name="Make others like this one").click()
    page.get_by_role("button", name="All of the series").click()
    expect(page.locator(".toasts")).to_contain_text("What comes is made like Pay the rent.")
    all_is_sent(page)
    titles = f"/api/series/{first['series_id']}/"
    assert call(ada, "GET", titles)["title"] == "Pay the rent"
    alike = page.locator(".toasts li", has_text="What comes is made like")
    alike.get_by_role("button", name="Undo").click()
    all_is_sent(page)
    assert call(ada, "GET", titles)["title"] == "Pay rent"
    expect(panel.locator("textarea.title")).to_have_value("Pay the rent")
    page.keyboard.press("Shift+Z")
    all_is_sent(page)
    assert call(ada, "GET", titles)["title"] == "Pay the rent"
    series.get_by_role("button", name="Take it out of the series").click()
    expect(panel.locator("rule-field > button")).to_have_text("Does not repeat")
    all_is_sent(page)
    found = [task["series_id"] for task in ada.tasks() if task["title"] == "Pay the rent"]
    assert found.count(None) == 1
    assert found.count(first["series_id"]) == 1

    page.go_back()
    next_one = next(task for task in ada.tasks() if task["series_id"])
    page.goto(f"/app/task/{next_one['id']}")
    is_live(page)
    panel.get_by_role("button", name="More for").click()
    page.get_by_role("option", name="Delete").click()
    page.get_by_role("button", name="All of the series").click()
    expect(panel.get_by_role("heading", name="In the trash")).to_be_visible()
    all_is_sent(page)
    assert call(ada, "GET", f"/api/series/{first['series_id']}/")["status"] == "ended"


def test_a_day_is_moved_for_this_one_or_for_all(ada: Person) -> None:
    body = {"title": "Water the plants", "due_on": "2027-03-01", "recurrence": "FREQ=WEEKLY;BYDAY=MO"}
    call(ada, "POST", "/api/tasks/", body)
    page = written(ada)
    panel = open_task(page, "Water the plants")
    for scope, day, expected in (
        ("This one", "2027-03-02", "Monday"),
        ("All of the series", "2027-03-03", "Wednesday"),
    ):
        panel.locator("due-field > button").click()
        panel.locator(f"td[data-day='{day}']").click()
        panel.get_by_role("button", name="Save").click()
        page.get_by_role("button", name=scope, exact=False).first.click()
        expect(panel.locator("due-field time")).to_have_attribute("datetime", day)
        all_is_sent(page)
        task = ada.task("Water the plants")
        assert task["due_on"] == day
        assert expected in task["recurrence"]["text"]


def test_reminders_are_added_changed_put_off_removed_and_undone(ada: Person) -> None:
    page = written(ada, "Dentist 2027-03-29 10:00")
    panel = open_task(page, "Dentist")
    add_one = panel.get_by_role("button", name="Add a reminder")
    add_one.click()
    panel.get_by_label("Remind me").select_option("-PT30M")
    panel.get_by_role("button", name="Save").click()
    item = panel.locator(".reminders li")
    expect(item.locator(".value")).to_contain_text("30 minutes before")
    expect(item).to_contain_text("09:30")
    all_is_sent(page)
    [reminder] = ada.task("Dentist")["reminders"]
    assert reminder["fire_at"] == "2027-03-29T07:30:00Z"

    item.locator(".value").click()
    panel.get_by_label("Remind me").select_option("own")
    panel.get_by_label("How many").fill("2")
    panel.get_by_label("Unit").select_option("days")
    panel.get_by_role("button", name="Save").click()
    expect(item.locator(".value")).to_contain_text("2 days before")
    all_is_sent(page)
    assert ada.task("Dentist")["reminders"][0]["fire_at"] == "2027-03-27T09:00:00Z"

    item.locator(".value").click()
    panel.get_by_role("button", name="In an hour").click()
    all_is_sent(page)
    snoozed = ada.task("Dentist")["reminders"][0]
    assert snoozed["offset"] == "-P2D"
    assert snoozed["fire_at"] < "2027-01-01"
    page.keyboard.press("z")
    all_is_sent(page)
    assert ada.task("Dentist")["reminders"][0]["fire_at"] == "2027-03-27T09:00:00Z"

    add_one.click()
    panel.get_by_label("Remind me").select_option("moment")
    panel.get_by_label("Day and time").fill("2020-01-01T09:00")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("This moment has passed.")).to_be_visible()
    panel.get_by_label("Day and time").fill("2027-03-20T09:00")
    panel.get_by_role("button", name="Save").click()
    expect(item).to_have_count(2)
    all_is_sent(page)
    assert {each["at"] for each in ada.task("Dentist")["reminders"]} == {None, "2027-03-20T08:00:00Z"}
    panel.get_by_role("button", name="Remove: 2 days before").click()
    expect(item).to_have_count(1)
    all_is_sent(page)
    assert len(ada.task("Dentist")["reminders"]) == 1
    assert ada.complaints == []


def test_reminders_and_rules_wait_for_a_network(ada: Person) -> None:
    page = written(ada, "Dentist 2027-03-29")
    works_offline(page)
    ada.context.set_offline(True)
    page.reload()
    panel = open_task(page, "Dentist")
    panel.get_by_role("button", name="Add a reminder").click()
    panel.get_by_label("Remind me").select_option("-PT15H")
    panel.get_by_role("button", name="Save").click()
    expect(panel.locator(".reminders")).to_contain_text("at 09:00 the day before")
    panel.locator("rule-field > button").click()
    panel.locator("#rule-kind").select_option("yearly")
    expect(panel.locator("#rule-next")).to_have_text("The dates come when there is a network.")
    panel.get_by_role("button", name="Save").click()
    expect(panel.locator("rule-field > button")).to_have_text("Repeats")
    history = panel_of(page, "history")
    expect(history).to_contain_text("This needs a network, and comes by itself when there is one.")
    ada.context.set_offline(False)
    all_is_sent(page)
    expect(panel.locator("rule-field > button")).to_have_text("every year on 29 March")
    expect(history.locator("li").last).to_contain_text("Made")
    task = ada.task("Dentist")
    assert [each["fire_at"] for each in task["reminders"]] == ["2027-03-28T07:00:00Z"]
    assert task["recurrence"]["rule"].startswith("FREQ=YEARLY")


SHOWN = """async ([task, offset, zone]) => {
  const {href} = document.querySelector('[href*="/time/zones"]');
  const {parseOffset, instantOf} = await import(href.replace('zones', 'offset-times'));
  return new Date(instantOf(task, parseOffset(offset), zone)).toISOString().replace('.000Z', 'Z');
}"""


def test_when_a_reminder_comes_is_known_here_as_on_the_server(ada: Person) -> None:
    """Around the changes of the clocks, before and after, of a time and of a whole day."""
    offsets = ("PT0S", "-PT15M", "-P1D", "-PT24H", "-P1W", "-P2DT3H", "PT2H", "-PT15H", "PT9H")
    for due in (
        {"due_at": "2027-03-28T09:00", "time_zone": "Europe/Madrid"},
        {"due_at": "2027-10-31T02:30", "time_zone": "Europe/Madrid"},
        {"due_at": "2027-03-15T10:00", "time_zone": "America/New_York"},
        {"due_on": "2027-03-28"},
        {"due_on": "2027-11-01"},
    ):
        body = {"title": "When", **due, "reminders": [{"offset": each} for each in offsets]}
        task = call(ada, "POST", "/api/tasks/", body)
        zone = task["time_zone"] or "Europe/Madrid"
        for reminder in task["reminders"]:
            if reminder["fire_at"] is None:
                continue
            found = ada.first.evaluate(SHOWN, [task, reminder["offset"], zone])
            assert found == reminder["fire_at"], (due, reminder)


def test_it_says_why_and_what_happened_and_takes_a_change_back(ada: Person) -> None:
    page = written(ada, "Dentist 2027-03-29 10:00 remind 1 hour before")
    panel = open_task(page, "Dentist")
    why = panel_of(page, "why")
    expect(why).to_contain_text("It is due at 2027-03-29 10:00 on the clocks of Europe/Madrid.")
    expect(why).to_contain_text("Reminder 1 hour before")
    history = panel_of(page, "history")
    expect(history.locator("li")).to_contain_text(["Made"])
    panel.locator("textarea.title").fill("Dentist, again")
    panel.locator("textarea.title").press("Enter")
    all_is_sent(page)
    newest = history.locator("li").first
    expect(newest).to_contain_text("You")
    expect(newest.locator("del")).to_contain_text("Dentist")
    expect(newest.locator("ins")).to_contain_text("Dentist, again")
    newest.get_by_role("button", name=re.compile("^Undo: Changed")).click()
    expect(panel.locator("textarea.title")).to_have_value("Dentist")
    all_is_sent(page)
    expect(history.locator("li").first).to_contain_text("Taken back")
    assert ada.task("Dentist")["title"] == "Dentist"
    assert ada.complaints == []


def test_all_of_a_task_in_every_width(browser: Browser, url: str, tmp_path: Path) -> None:
    person = Person(browser, url)
    page = written(person, RENT)
    panel = open_task(page, "Pay rent")
    for name in ("series", "why", "history"):
        expect(panel_of(page, name).locator("li").first).to_be_visible()
    panel.locator("rule-field > button").click()
    panel.locator("#rule-kind").select_option("weekly")
    panel.get_by_role("button", name="Add a reminder").click()
    panel.get_by_label("Remind me").select_option("own")
    expect(panel.locator("#rule-next")).to_contain_text("Next:")
    look(page, "task-whole", tmp_path)
    assert faults(page) == []
    expect(panel.locator("#rule-kind")).to_have_value("weekly")  # what stood in it is kept in every width
    panel.locator("#rule-editor").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look(page, "task-scope", tmp_path)
    assert faults(page) == []
    person.context.close()


@pytest.mark.parametrize("locale", ["en-XA", "en-XB"])
def test_a_task_in_other_languages_and_with_large_text(
    browser: Browser, url: str, locale: str, tmp_path: Path
) -> None:
    person = Person(browser, url)
    add(person.first, RENT)
    all_is_sent(person.first)
    state = person.context.storage_state()
    person.context.close()
    page = browser.new_context(base_url=url, locale=locale, storage_state=state).new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/app/all")
    page.locator("[data-row] .title").click()
    panel = page.locator("task-detail")
    for name in ("series", "why", "history"):
        expect(panel_of(page, name).locator("li").first).to_be_visible()
    for editor in ("due-field", "rule-field", "reminder-field"):
        panel.locator(f"{editor} > button").click()
    look(page, f"task-{locale}", tmp_path)
    assert faults(page) == []
    if locale == "en-XA":
        assert page.evaluate(UNTRANSLATED) == []
        assert page.evaluate(CUT) == []
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    look(page, f"task-{locale}-large", tmp_path)
    page.context.close()
