"""The page against a running platform: what one tab does, the server has and every other tab and device shows."""

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from todo_project.tests.page.people import (
    Person,
    add,
    all_is_sent,
    becomes,
    edit,
    has_come,
    hears_keys,
    hold_making,
    is_live,
    row,
    shows,
    works_offline,
)
from web_app.tests.browser import Watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def ada(browser: Browser, url: str) -> Iterator[Person]:
    person = Person(browser, url)
    yield person
    person.context.close()


def test_a_new_person_has_a_first_task_and_sees_it_in_a_second_tab(ada: Person) -> None:
    page = ada.first
    expect(page.get_by_text("Welcome.")).to_be_visible()
    page.get_by_role("button", name="Try: Call mum tomorrow 6pm").click()
    expect(page.locator(".chip")).to_contain_text("18:00")
    second = ada.page("/app/all")
    is_live(second)
    page.keyboard.press("Enter")
    expect(row(second, "Call mum")).to_contain_text("18:00")
    assert page.locator("quick-add input").input_value() == ""
    page.goto("/app/upcoming")
    expect(row(page, "Call mum")).to_be_visible()
    all_is_sent(page)
    assert ada.task("Call mum")["due_at"]
    assert (ada.complaints, ada.foreign) == ([], [])


def test_a_request_to_another_machine_is_noted_and_reaches_nobody(browser: Browser, url: str) -> None:
    """Without this, nothing that asks for no request to others could fail."""
    watched = Watched(browser, url)
    page, elsewhere = watched.page(), "http://192.0.2.1/"
    with page.expect_event("requestfailed") as failed:
        page.evaluate(f"fetch('{elsewhere}', {{mode: 'no-cors'}}).catch(() => 0)")
    assert failed.value.failure == "net::ERR_NAME_NOT_RESOLVED"
    assert watched.foreign == [elsewhere]
    watched.context.close()


def test_another_device_shows_it_and_its_own_changes_come_back(
    ada: Person, browser: Browser, url: str
) -> None:
    add(ada.first, "Pay rent today")
    device = Person(browser, url, name=ada.name)
    shows(device.first, "Pay rent")
    row(device.first, "Pay rent").get_by_role("checkbox").click()
    expect(ada.first.get_by_text("Done today")).to_be_visible()
    shows(device.first, "Pay rent")
    assert ada.task("Pay rent")["completed"]


def test_completing_a_recurring_task_shows_the_next_and_undo_takes_it_back(ada: Person) -> None:
    page = ada.first
    page.goto("/app/all")
    is_live(page)
    add(page, "Water plants every day 23:50")
    expect(row(page, "Water plants")).to_contain_text("every day")
    all_is_sent(page)
    first = ada.task("Water plants")
    row(page, "Water plants").get_by_role("checkbox").click()
    expect(page.locator("[data-section=tomorrow] [data-row]")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-section=today] .title")).to_have_text("Water plants")
    expect(page.locator("[data-row]")).to_have_count(1)
    all_is_sent(page)
    assert [(task["id"], task["completed"]) for task in ada.tasks()] == [(first["id"], False)]


def test_p20_ten_tasks_by_the_keyboard_on_a_slow_server(ada: Person) -> None:
    page = ada.first
    page.goto("/app/inbox")
    is_live(page)
    page.route("**/api/tasks/**", lambda route: slow(page, route))
    lines = [f"Task number {at}" for at in range(10)]
    add(page, *lines)
    assert page.evaluate("document.activeElement.name") == "line"
    expect(page.locator("[data-row]")).to_have_count(10)
    page.keyboard.insert_text("held down")
    page.keyboard.down("Enter")
    for _ in range(4):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    all_is_sent(page)
    assert sorted(task["title"] for task in ada.tasks()) == sorted([*lines, "held down"])


def slow(page: Page, route: Route) -> None:
    page.wait_for_timeout(60)
    route.continue_()


def test_p05_answers_that_are_lost_double_nothing(ada: Person) -> None:
    page = ada.first
    page.goto("/app/inbox")
    is_live(page)
    draw = random.Random(5)

    def cut(route: Route) -> None:
        """The server does it, and its answer is lost."""
        if route.request.method == "GET" or draw.random() > 0.3:
            route.continue_()
        else:
            route.fetch()
            route.abort("connectionreset")

    page.route("**/api/tasks/**", cut)
    lines = [f"Nothing is doubled {at}" for at in range(30)]
    add(page, *lines)
    all_is_sent(page)
    assert sorted(task["title"] for task in ada.tasks()) == sorted(lines)
    expect(page.locator("[data-row]")).to_have_count(len(lines))


def test_p07_without_a_network_the_page_opens_reads_and_writes(ada: Person) -> None:
    page = ada.first
    add(page, "Before the tunnel today")
    all_is_sent(page)
    works_offline(page)
    ada.context.set_offline(True)
    page.goto("/app/today")
    shows(page, "Before the tunnel")
    expect(page.locator("sync-badge")).to_contain_text("Offline")
    add(page, "In the tunnel", "Also in the tunnel tomorrow")
    row(page, "Before the tunnel").get_by_role("checkbox").click()
    page.goto("/app/all")
    expect(row(page, "In the tunnel")).to_contain_text("Dates being read")
    expect(page.locator("sync-badge")).to_have_text("Offline (3 waiting)")
    ada.context.set_offline(False)
    is_live(page)
    all_is_sent(page)
    assert ada.task("Before the tunnel")["completed"]
    assert ada.task("Also in the tunnel")["due_on"]
    assert len(ada.tasks()) == 3


def test_a_change_and_its_opposite_offline_are_nothing(ada: Person) -> None:
    page = ada.first
    add(page, "Stay today")
    all_is_sent(page)
    version = ada.task("Stay")["version"]
    hears_keys(page)
    ada.context.set_offline(True)
    add(page, "Never mind")
    # What is changed before the page knows that it is offline is tried, and can only be undone.
    expect(page.locator("sync-badge")).to_have_text("Offline (1 waiting)")
    row(page, "Stay").get_by_role("checkbox").click()
    page.keyboard.press("Escape")
    page.locator("main").focus()
    for _ in range(2):
        page.keyboard.press("z")
    ada.context.set_offline(False)
    is_live(page)
    all_is_sent(page)
    assert [(task["title"], task["version"]) for task in ada.tasks()] == [("Stay", version)]


def test_when_the_leading_tab_is_closed_another_goes_on(ada: Person) -> None:
    second = ada.page("/app/inbox")
    is_live(second)
    ada.context.set_offline(True)
    add(ada.first, *(f"Left behind {at}" for at in range(5)))
    expect(second.locator("[data-row]")).to_have_count(5)
    ada.first.close()
    ada.context.set_offline(False)
    all_is_sent(second)
    is_live(second)
    assert len(ada.tasks()) == 5


def test_one_socket_serves_all_tabs(ada: Person) -> None:
    tabs = [ada.page("/app/today") for _ in range(3)]
    for tab in tabs:
        is_live(tab)
    leaders = "document.querySelector('app-shell').app.engine.tabs.isLeader"
    assert sum(tab.evaluate(leaders) for tab in [ada.first, *tabs]) == 1


@pytest.mark.parametrize("way", ["Escape", "Enter", "click", "back"])
def test_p01_a_title_that_is_being_edited_is_kept(ada: Person, way: str) -> None:
    page = ada.first
    page.goto("/app/inbox")
    add(page, "Old title")
    all_is_sent(page)
    page.goto("/app/all")
    edit(page, "Old title")
    page.keyboard.insert_text("New title")
    if way == "click":
        page.locator("h1").click()
    elif way == "back":
        page.go_back()
        expect(row(page, "New title")).to_be_visible()
    else:
        page.keyboard.press(way)
    all_is_sent(page)
    assert [task["title"] for task in ada.tasks()] == ["New title"]


KEPT_NAME = (
    """document.querySelector('app-shell').app.disk.read('', (kept) => kept.get('meta', 'username'))"""
)


def test_p06_a_session_that_ended_elsewhere_costs_nothing(ada: Person) -> None:
    page = ada.first
    page.goto("/app/inbox")
    is_live(page)
    becomes(page, f"{KEPT_NAME}.then((name) => name === '{ada.name}')")
    ada.context.clear_cookies()
    add(page, "Written while signed out")
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(page.locator("sync-badge")).to_have_text("Signed out (1 waiting)")
    expect(page.locator("[data-row] .mark")).to_have_text("Dates being read")
    page.get_by_role("link", name="Sign in").click()
    expect(page.locator(".waiting")).to_have_text(
        f"1 unsent change of {ada.name} on this device, sent when the same person signs in again."
    )
    ada.enter(page)
    all_is_sent(page)
    assert [task["title"] for task in ada.tasks()] == ["Written while signed out"]


def test_two_devices_change_a_title_and_nothing_is_lost(ada: Person, browser: Browser, url: str) -> None:
    add(ada.first, "Plan today")
    all_is_sent(ada.first)
    device = Person(browser, url, name=ada.name)
    ada.context.set_offline(True)
    rename(ada.first, "Plan", "Plan A")
    rename(device.first, "Plan", "Plan B")
    all_is_sent(device.first)
    ada.context.set_offline(False)
    expect(ada.first.get_by_text("was also changed elsewhere")).to_be_visible()
    all_is_sent(ada.first)
    shows(device.first, "Plan A")
    ada.first.get_by_role("button", name="Use theirs").click()
    shows(device.first, "Plan B")
    shows(ada.first, "Plan B")


def rename(page: Page, title: str, to: str) -> None:
    edit(page, title)
    page.keyboard.insert_text(to)
    page.keyboard.press("Enter")


BADGE = """Navigator.prototype.setAppBadge = async (count) => { window.badge = count; };
Navigator.prototype.clearAppBadge = async () => { window.badge = 0; };"""


def test_signing_out_leaves_nothing_on_the_device(ada: Person) -> None:
    page = ada.first
    ada.context.add_init_script(BADGE)
    add(page, "Secret today")
    all_is_sent(page)
    second = ada.page("/app/today")
    is_live(second)
    becomes(second, "window.badge === 1")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    second.wait_for_url("**/sign-in")
    becomes(second, "window.badge === 0")
    kept = page.evaluate("indexedDB.databases().then((all) => all.map(({name}) => name))")
    assert [name for name in kept if name != "todo-shared"] == []
    assert ada.context.request.get("/api/tasks/").status == 401


def test_signing_out_with_unsent_changes_asks_first(ada: Person) -> None:
    page = ada.first
    works_offline(page)
    ada.context.set_offline(True)
    add(page, "Not sent")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign out")).to_be_visible()
    page.get_by_role("button", name="Stay").click()
    expect(page.locator("sync-badge")).to_have_text("Offline (1 waiting)")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Send first").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("This needs a network")
    ada.context.set_offline(False)
    page.wait_for_url("**/sign-in")
    ada.enter(page)
    assert [task["title"] for task in ada.tasks()] == ["Not sent"]


OWN_DRAFT = """(() => {
  const {app, draft} = document.querySelector('quick-add');
  return app.disk.readDraft(draft ?? 'quick-add');
})()"""
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "\u202eevil\u202c",
    "javascript:alert(1)",
    "e" + "\u0301" * 500,
    "{{constructor.constructor('alert(1)')()}}",
]


def test_what_looks_like_markup_is_text(ada: Person) -> None:
    page = ada.first
    page.goto("/app/inbox")
    is_live(page)
    for line in HOSTILE[:4] + HOSTILE[5:]:
        add(page, line)
    expect(page.locator("[data-row]")).to_have_count(5)
    all_is_sent(page)
    assert page.locator("[data-row] img, [data-row] script").count() == 0
    assert ada.complaints == []
    add(page, HOSTILE[4])
    expect(page.locator(".note").first).to_contain_text("too long")
    assert page.locator("quick-add input").input_value() == HOSTILE[4]


def test_an_empty_line_says_what_is_missing(ada: Person) -> None:
    page = ada.first
    add(page, "   ")
    expect(page.locator("#add-note")).to_have_text("Write a title: what is to be done?")
    page.fill("quick-add input", "#home")
    expect(page.locator(".chip")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#add-note")).to_have_text("Write a title: what is to be done?")
    assert ada.tasks() == []
    page.fill("quick-add input", "Buy\0 milk")
    expect(page.locator("#add-note")).to_have_text("Characters that no text may have were taken out.")
    expect(page.locator("quick-add input")).to_have_value("Buy milk")
    much = "Buy " + " ".join(f"#t{number}" for number in range(51))
    for line, why in ((much, "at most 50 tags"), ("Buy #" + 51 * "t", "at most 50 characters")):
        page.fill("quick-add input", line)
        becomes(page, "!!document.querySelector('quick-add').reading.current()")
        page.keyboard.press("Enter")
        expect(page.locator("quick-add input")).to_have_value(line)
        expect(page.locator("#add-note")).to_contain_text(why)
    assert ada.tasks() == []


def test_p09_a_part_that_was_read_can_be_kept_as_text(ada: Person) -> None:
    page = ada.first
    page.goto("/app/inbox")
    is_live(page)
    page.fill("quick-add input", "Read about tomorrow #2254 by friday")
    expect(page.locator(".chip")).to_have_count(1)
    page.locator("quick-add input").focus()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    expect(page.locator(".chip")).to_have_count(0)
    becomes(page, "!!document.querySelector('quick-add').reading.current()")
    page.keyboard.press("Enter")
    all_is_sent(page)
    assert [(task["title"], task["due_on"]) for task in ada.tasks()] == [
        ("Read about tomorrow #2254 by friday", None)
    ]


def test_keys_alone_add_move_complete_undo_edit_and_delete(ada: Person) -> None:
    page = ada.first
    page.goto("/app/inbox")
    is_live(page)
    page.keyboard.press("q")
    page.keyboard.insert_text("One")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("Two")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    shows(page, "One", "Two")
    for key in ("j", "j", "1"):
        page.keyboard.press(key)
    shows(page, "Two", "One")
    page.keyboard.press("e")
    page.keyboard.insert_text("Second")
    page.keyboard.press("Enter")
    shows(page, "Second", "One")
    page.keyboard.press("c")
    shows(page, "One")
    page.keyboard.press("z")
    shows(page, "Second", "One")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Complete or reopen")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", level=1)).to_have_text("All tasks")
    all_is_sent(page)
    assert sorted(task["title"] for task in ada.tasks()) == ["One", "Second"]


def test_rows_keep_their_places_and_the_focus_while_their_tasks_get_ids(ada: Person) -> None:
    """The first task is confirmed while the second still waits; that one is confirmed between two keys."""
    page = ada.first
    page.goto("/app/inbox")
    is_live(page)
    held = hold_making(page, "Two")
    add(page, "One", "Two")
    page.keyboard.press("Escape")
    has_come(page, held)
    becomes(page, "document.querySelector('app-shell').app.store.confirmed.size === 1")
    shows(page, "One", "Two")
    for key in ("j", "j", "2"):
        page.keyboard.press(key)
    shows(page, "Two", "One")
    held[0].continue_()
    all_is_sent(page)
    expect(row(page, "Two").locator(".title")).to_be_focused()
    page.keyboard.press("4")
    shows(page, "One", "Two")
    all_is_sent(page)
    assert [ada.task(title)["priority"] for title in ("One", "Two")] == ["medium", "low"]


def test_p02_each_tab_has_a_line_of_its_own_and_takes_up_what_one_that_is_gone_had_in_it(
    ada: Person,
) -> None:
    page, line = ada.first, "quick-add input"
    page.fill(line, "Half a thought")
    becomes(page, OWN_DRAFT)
    other = ada.page("/app/inbox")
    is_live(other)
    expect(other.locator(line)).to_have_value("")
    other.fill(line, "A whole one")
    becomes(other, OWN_DRAFT)
    other.locator(line).press("Enter")
    all_is_sent(other)
    page.reload()
    expect(page.locator(line)).to_have_value("Half a thought")
    becomes(page, OWN_DRAFT)
    page.close()
    other.reload()
    expect(other.locator(line)).to_have_value("Half a thought")
