"""People at the page: they sign up, add and complete tasks by the keyboard, and look at what is on the screen."""

import time
from itertools import count
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect

from web_app.tests.browser import PATIENCE_MS, Watched

PASSWORD = "correct horse 9"
expect.set_options(timeout=PATIENCE_MS)
_numbers = count(1)
MOST_TABS = 40


class Person(Watched):
    """A new account, or the one of `name`, in a profile of its own, with the first page open at Today.

    The way from an address to the form is walked in test_newcomer.py and test_keyboard.py.
    """

    def __init__(self, browser: Browser, url: str, *, name: str = "", **options: Any) -> None:
        super().__init__(browser, url, **options)
        self.name = name or f"ada{next(_numbers)}"
        self.first = self.page("/sign-in" if name else "/sign-up")
        self.enter(self.first)

    def enter(self, page: Page) -> None:
        """Fill in the form that is open, and wait until the page says that it is live."""
        page.fill("[name=username]", self.name)
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        is_live(page)

    def tasks(self) -> list[dict[str, Any]]:
        """What the server has."""
        answer = self.context.request.get("/api/tasks/?limit=200&status=all")
        assert answer.ok, answer.text()
        found: list[dict[str, Any]] = answer.json()["results"]
        return found

    def task(self, title: str) -> dict[str, Any]:
        [found] = [task for task in self.tasks() if task["title"] == title]
        return found


def is_live(page: Page) -> None:
    expect(page.locator("sync-badge")).to_have_text("Live")


def add(page: Page, *lines: str) -> None:
    """Add tasks as fast as somebody types."""
    page.locator("quick-add input").focus()
    for line in lines:
        page.keyboard.insert_text(line)
        page.keyboard.press("Enter")


def row(page: Page, title: str) -> Any:
    return page.locator("[data-row]", has=page.get_by_role("button", name=title, exact=True))


def hears_keys(page: Page) -> None:
    """The page knows its keys: they are loaded after its list."""
    becomes(page, "Boolean(document.querySelector('app-shell').app?.keys)")


def edit(page: Page, title: str) -> None:
    """Have the title of a row in its field."""
    hears_keys(page)
    row(page, title).locator(".title").focus()
    page.keyboard.press("e")
    expect(page.locator("[data-row] input.edit")).to_be_focused()


def shows(page: Page, *titles: str) -> None:
    """The rows on the screen are these, in this order."""
    expect(page.locator("[data-row] .title")).to_have_text(list(titles))


def all_is_sent(page: Page) -> None:
    becomes(page, "document.querySelector('app-shell').app?.engine.outbox.queue.mutations.size === 0")


def hold_making(page: Page, title: str) -> list[Route]:
    """Have the call that makes a task wait; it comes into the list that is returned."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        request = route.request
        is_reading = request.method == "GET" or "/parse/" in request.url
        if is_reading or title not in (request.post_data or ""):
            route.continue_()
        else:
            held.append(route)

    page.route("**/api/tasks/**", hold)
    return held


def has_come(page: Page, held: list[Route]) -> None:
    """Wait until there is a call that waits."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not held:
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)  # requests are answered meanwhile


def works_offline(page: Page) -> None:
    """The service worker has all files of the page."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    becomes(page, "navigator.serviceWorker.controller !== null")


def becomes(page: Page, expression: str) -> None:
    """Wait until an expression is true. Playwright's own way needs `eval`, which the page's policy forbids."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)  # requests that tests answer are answered meanwhile


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    wanted = page.get_by_role("button", name=name, exact=True)
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by {MOST_TABS} times Tab")
