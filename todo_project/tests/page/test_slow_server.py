"""A server that takes its time: the page opens with what the device keeps, and gives way when somebody else is here."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from todo_project.tests.page.people import (
    PASSWORD,
    Person,
    add,
    all_is_sent,
    becomes,
    has_come,
    is_live,
    shows,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
HOLD = """const ask = window.fetch;
const said = new Promise((resolve) => { window.answer = resolve; if (sessionStorage.getItem('said')) resolve(); });
window.fetch = async (...given) => {
  if (!String(given[0]).includes('/session/')) return ask(...given);
  await said;
  return %s;
};"""
ANSWER = "sessionStorage.setItem('said', 'yes'); answer();"
LAST = """new Promise((resolve) => { indexedDB.open('todo-shared').onsuccess = ({target: {result}}) => {
  const users = result.transaction('meta').objectStore('meta').get('user');
  users.onsuccess = () => resolve(users.result ?? null);
}; })"""


@pytest.fixture
def ada(browser: Browser, url: str) -> Iterator[Person]:
    person = Person(browser, url)
    add(person.first, "Kept here today")
    all_is_sent(person.first)
    becomes(person.first, "document.querySelector('app-shell').app.engine.keeper.flush()")
    yield person
    person.context.close()


def hold_sessions(page: Page, answer: str) -> None:
    """Load the page anew, whose questions who is signed in are answered when the test says so."""
    page.add_init_script(HOLD % answer)
    page.reload()


def test_what_this_device_keeps_is_shown_before_the_server_has_answered(ada: Person) -> None:
    page = ada.first
    hold_sessions(page, "ask(...given)")
    shows(page, "Kept here")
    expect(page.locator("sync-badge")).not_to_have_text("Live")
    page.evaluate(ANSWER)
    is_live(page)


def test_what_opens_later_is_fetched_when_the_list_is_here(ada: Person, browser: Browser, url: str) -> None:
    context = browser.new_context(base_url=url, storage_state=ada.context.storage_state())
    page = context.new_page()
    asked: list[str] = []
    held: list[Route] = []
    page.on("request", lambda request: asked.append(request.url))

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/tasks/snapshot/**", hold)
    page.goto("/app/today")
    has_come(page, held)
    page.evaluate("new Promise((resolve) => { requestIdleCallback(resolve, {timeout: 2000}); })")
    assert [each for each in asked if "/keys-help" in each] == []
    held[0].continue_()
    shows(page, "Kept here")
    becomes(page, "Boolean(customElements.get('keys-help'))")
    context.close()


def test_before_any_script_there_is_a_frame_with_ways_out_and_without_scripts_a_note(
    browser: Browser, url: str
) -> None:
    with browser.new_context(base_url=url) as context:
        page = context.new_page()
        page.route("**/*.js", lambda route: route.abort())
        page.goto("/app/today")
        expect(page.get_by_role("heading")).to_have_text(["Todo"])
        expect(page.locator(".skeleton i")).to_have_count(3)
        page.evaluate("document.getAnimations().forEach((each) => { each.pause(); each.currentTime = 0; })")
        late = page.locator(".late")
        expect(late).to_be_hidden()
        page.evaluate("document.getAnimations().forEach((each) => each.finish())")
        expect(late).to_be_visible()
        expect(late.get_by_role("link", name="sign in")).to_have_attribute("href", "/sign-in")
    narrow: ViewportSize = {"width": 390, "height": 844}
    with browser.new_context(base_url=url, java_script_enabled=False, viewport=narrow) as context:
        page = context.new_page()
        page.goto("/app/today")
        expect(page.get_by_role("heading")).to_have_text(["Todo"])
        expect(page.locator("noscript p")).to_contain_text("The page needs JavaScript.")
        expect(page.locator("noscript h1")).to_be_visible()
        expect(page.locator(".skeleton")).to_be_hidden()


def test_a_late_answer_that_nobody_is_signed_in_leads_to_the_form(ada: Person) -> None:
    page = ada.first
    hold_sessions(page, "Response.json({user: null, csrf_token: '', build: ''})")
    shows(page, "Kept here")
    ada.context.clear_cookies()
    page.evaluate(ANSWER)
    page.wait_for_url("**/sign-in?next=*")
    assert page.evaluate(LAST) is None


def test_after_the_form_nothing_is_shown_of_who_was_here_last(
    ada: Person, browser: Browser, url: str
) -> None:
    bob = Person(browser, url)
    bob.context.close()
    page = ada.first
    ada.context.clear_cookies()
    page.add_init_script(HOLD % "ask(...given)")
    page.goto("/sign-in")
    page.fill("[name=username]", bob.name)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    becomes(page, "location.pathname === '/' && Boolean(window.answer) && performance.now() > 2000")
    expect(page.locator("[data-row]")).to_have_count(0)
    page.evaluate(ANSWER)
    is_live(page)
    expect(page.locator("side-nav .user")).to_have_text(bob.name)
