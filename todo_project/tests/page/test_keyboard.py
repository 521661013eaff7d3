"""The page without a mouse: each key that the help shows, from making an account to signing out."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from devstack.waiting import wait_until
from todo_project.tests.page.people import (
    PASSWORD,
    Person,
    add,
    all_is_sent,
    becomes,
    hears_keys,
    is_live,
    row,
    shows,
    tab_to,
    works_offline,
)
from todo_project.tests.platform.roles import PATIENCE
from web_app.tests.browser import Watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
MOST_STEPS = 40
NO_POINTER = "window.pointed = null; addEventListener('pointerdown', () => { window.pointed = true; }, true);"
FOCUSED = "document.activeElement.closest('[data-row]')?.querySelector('.title bdi')?.textContent ?? null"


@pytest.fixture
def ada(browser: Browser, url: str) -> Iterator[Person]:
    person = Person(browser, url)
    yield person
    person.context.close()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def choose(page: Page, key: str, words: str, choice: str) -> None:
    """Press a key that opens the palette, type, and take what it then offers first."""
    page.keyboard.press(key)
    expect(page.locator("dialog.palette").get_by_role("combobox")).to_be_focused()
    page.keyboard.insert_text(words)
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text(choice)
    page.keyboard.press("Enter")
    expect(page.locator("dialog.palette")).to_have_count(0)


def go_to(page: Page, title: str) -> None:
    """Go down from the first row to this one."""
    press(page, "Home")
    for _ in range(MOST_STEPS):
        if page.evaluate(FOCUSED) == title:
            return
        press(page, "j")
    raise AssertionError(f"{title} is not reached, but {page.evaluate(FOCUSED)!r}")


def enter(page: Page, name: str) -> None:
    """Fill in the form whose first field has the focus, and wait until the page is live."""
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.insert_text(name)
    press(page, "Tab")
    page.keyboard.insert_text(PASSWORD)
    press(page, "Enter")
    is_live(page)
    hears_keys(page)


def by_keys(browser: Browser, url: str) -> Watched:
    """A browser's profile whose pages note every press of a pointer."""
    watched = Watched(browser, url)
    watched.context.add_init_script(NO_POINTER)
    return watched


def test_a_whole_day_by_keyboard_alone(browser: Browser, url: str) -> None:
    watched, phone = by_keys(browser, url), by_keys(browser, url)
    name = f"keyboard{time.time_ns()}"
    page, other = watched.page("/sign-in"), phone.page("/sign-in")
    page.get_by_role("link", name="Make an account").focus()
    press(page, "Enter")
    page.wait_for_url("**/sign-up")
    enter(page, name)
    enter(other, name)
    press(page, "Tab", "Enter")  # the link that skips the lists
    expect(page.locator("main")).to_be_focused()
    press(page, "q")
    for line in ("Pay rent every month on the 31st 9am #home", "Buy milk !high", "Read the letter"):
        page.keyboard.insert_text(line)
        press(page, "Enter")
    press(page, "Escape", "g", "a")
    expect(page.locator("h1")).to_have_text("All tasks")
    expect(page.locator("[data-row]")).to_have_count(3)
    all_is_sent(page)

    press(page, "]", "]")
    assert wait_until(lambda: page.evaluate(FOCUSED) == "Buy milk", seconds=PATIENCE)
    choose(page, "d", "friday 9am", "09:00")
    expect(row(page, "Buy milk").locator("time")).to_contain_text("09:00")
    assert wait_until(lambda: page.evaluate(FOCUSED) == "Buy milk", seconds=PATIENCE)
    choose(page, "t", "shop", "New tag: shop")
    expect(row(page, "Buy milk")).to_contain_text("#shop")
    press(page, "1", "e")
    page.keyboard.insert_text("Buy oat milk")
    press(page, "Enter")
    expect(row(page, "Buy oat milk")).to_contain_text("Urgent")
    change_all(page)
    find_and_delete(page)
    complete_and_postpone(page)
    decide_between_two_devices(page, other)
    snooze(page)
    assert watched.complaints == []
    assert [tab.evaluate("window.pointed") for tab in (page, other)] == [None, None]
    choose(page, "Control+k", "sign out", "Sign out")
    page.wait_for_url("**/sign-in")
    phone.context.close()
    watched.context.close()


def change_all(page: Page) -> None:
    press(page, "Control+a")
    expect(page.get_by_role("region", name="3 tasks selected")).to_be_visible()
    choose(page, "m", "low", "Low")
    expect(page.locator("[data-row] .priority[data-priority=low]")).to_have_count(3)
    press(page, "z")
    expect(page.locator("[data-row] .priority[data-priority=low]")).to_have_count(0)
    expect(page.locator("[data-row]", has_text="Buy oat milk")).to_contain_text("Urgent")
    press(page, "Shift+Z")
    expect(page.locator("[data-row] .priority[data-priority=low]")).to_have_count(3)
    press(page, "Escape")
    expect(page.get_by_role("region", name="selected")).to_have_count(0)
    all_is_sent(page)


def find_and_delete(page: Page) -> None:
    choose(page, "Control+k", "letter", "Read the letter")
    expect(row(page, "Read the letter").locator(".title")).to_be_focused()
    choose(page, ".", "delete", "Delete")
    expect(row(page, "Read the letter")).to_have_count(0)
    assert wait_until(lambda: page.evaluate(FOCUSED) is not None, seconds=PATIENCE)
    press(page, "Control+z")
    expect(row(page, "Read the letter")).to_be_visible()
    all_is_sent(page)


def complete_and_postpone(page: Page) -> None:
    """A recurring task is completed, taken back, and completed; another one is put off."""
    rent = row(page, "Pay rent")
    first = str(rent.locator("time").text_content())
    for is_last in (False, True):
        go_to(page, "Pay rent")
        press(page, "c")
        expect(rent.filter(has_not_text=first)).to_have_count(1)
        all_is_sent(page)
        if not is_last:
            press(page, "z")
        expect(rent.filter(has_text=first)).to_have_count(0 if is_last else 1)
        expect(rent).to_have_count(1)
        all_is_sent(page)
    go_to(page, "Buy oat milk")
    press(page, "s", "s")
    expect(page.locator("[data-section=tomorrow]")).to_contain_text("Buy oat milk")
    all_is_sent(page)


def describe(page: Page, text: str) -> None:
    """Find the letter by its words, open it, and write its description."""
    press(page, "/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.insert_text("letter")
    expect(page.locator("[data-row]")).to_have_count(1)
    press(page, "Enter", "Enter")
    expect(page.locator("task-detail .task")).to_be_focused()
    tab_to(page, "Add a description")
    press(page, "Enter")
    expect(page.locator("textarea.description")).to_be_focused()
    page.keyboard.insert_text(text)
    press(page, "Escape")
    expect(page.locator("task-detail")).to_have_count(0)


def decide_between_two_devices(page: Page, other: Page) -> None:
    """Both devices write a description, one of them without a network; there a person decides."""
    press(other, "g", "a")
    expect(row(other, "Read the letter")).to_have_count(1)
    works_offline(other)
    other.context.set_offline(True)
    describe(other, "Mine, on the train")
    describe(page, "Theirs, at the desk")
    all_is_sent(page)
    other.context.set_offline(False)
    expect(other.locator("sync-badge")).to_have_text("1 needs you")
    choose(other, "Control+k", "that wait", "Changes that wait")
    tab_to(other, "Compare")
    press(other, "Enter")
    expect(other.get_by_role("dialog", name="Two descriptions")).to_contain_text("Theirs, at the desk")
    tab_to(other, "Use mine")
    press(other, "Enter")
    is_live(other)
    all_is_sent(other)
    press(page, "j", "Enter")
    expect(page.locator("task-description")).to_contain_text("Mine, on the train")
    press(page, "Escape")
    expect(page.locator("task-detail")).to_have_count(0)


def snooze(page: Page) -> None:
    """A reminder comes, and is to come again."""
    press(page, "g", "t")
    expect(page.locator("h1")).to_have_text("Today")
    press(page, "q")
    page.keyboard.insert_text("Call mum tomorrow 9am remind 5 days before")
    press(page, "Enter", "Escape")
    expect(page.get_by_role("link", name="1 unread notification")).to_be_visible()
    press(page, "g", "n")
    expect(page.locator("notification-center [data-row]")).to_have_count(1)
    press(page, "j")
    choose(page, "s", "10", "In 10 minutes")
    expect(page.locator(".toasts")).to_contain_text("Call mum comes again at")
    expect(page.get_by_role("link", name="Notifications", exact=True)).to_be_visible()


def test_rows_are_picked_extended_and_put_off_together(ada: Person) -> None:
    page = ada.first
    add(page, "One today !urgent", "Two today !high", "Three today")
    all_is_sent(page)
    shows(page, "One", "Two", "Three")
    press(page, "Escape", "j", "Shift+J")
    expect(page.get_by_role("region", name="2 tasks selected")).to_be_visible()
    press(page, "s", "s")
    shows(page, "Three")
    expect(page.locator(".toasts")).to_contain_text("2 tasks changed")
    press(page, "z", "Escape")
    shows(page, "One", "Two", "Three")
    press(page, "Home", "x", "Shift+J", "c")
    expect(page.locator("[data-section=today] .title")).to_have_text("Three")
    all_is_sent(page)
    assert sorted(task["completed"] for task in ada.tasks()) == [False, True, True]


def test_keys_that_are_pressed_while_the_palette_is_still_loaded_are_for_it(
    browser: Browser, url: str
) -> None:
    person = Person(browser, url, service_workers="block")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    add(person.first, "One today", "Two today")
    all_is_sent(person.first)
    person.context.route("**/command-palette.js", hold)
    person.first.reload()
    hears_keys(person.first)
    press(person.first, "j", "d", "T", "o", "m", "Enter")
    assert wait_until(lambda: bool(held or person.first.evaluate("false")), seconds=PATIENCE)
    for each in held:
        each.continue_()
    shows(person.first, "Two")
    person.context.close()


IS_KEPT = """new Promise((resolve) => { indexedDB.open('todo-shared').onsuccess = ({target: {result}}) => {
  const kept = result.transaction('meta').objectStore('meta').get('single keys');
  kept.onsuccess = () => { result.close(); resolve(kept.result === 'off'); };
}; })"""


def test_single_letters_can_be_switched_off_and_stay_so(ada: Person) -> None:
    page = ada.first
    press(page, "?")
    page.get_by_role("checkbox", name="Keys of a single letter").press("Space")
    press(page, "Escape")
    becomes(page, IS_KEPT)
    page.reload()
    is_live(page)
    becomes(page, "document.querySelector('app-shell').app.keys.isOn === false")
    press(page, "g", "a", "?")
    expect(page.locator("h1")).to_have_text("Today")
    press(page, "Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()


def test_p14_a_layout_without_latin_letters_adds_moves_and_completes(ada: Person) -> None:
    page = ada.first
    add(page, "One today", "Two today")
    all_is_sent(page)
    press(page, "Escape")
    session = ada.context.new_cdp_session(page)
    for letter, code in (("о", "KeyJ"), ("о", "KeyJ"), ("с", "KeyC")):  # noqa: RUF001 - Cyrillic
        for kind in ("keyDown", "keyUp"):
            session.send("Input.dispatchKeyEvent", {"type": kind, "key": letter, "code": code})
    expect(page.locator("[data-section=today] .title")).to_have_text("One")
    all_is_sent(page)
    assert ada.task("Two")["completed"]
