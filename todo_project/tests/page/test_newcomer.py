"""Somebody who has just typed `make run`, with a browser that knows nothing: what they do until they have a first task.

The seconds are printed (`pytest -s`); demanded is how little there is to do.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from devstack.ports import pick
from todo_project.tests.page.people import PASSWORD, is_live, row
from todo_project.tests.platform.roles import Stopwatch
from todo_project.tests.up.starting import Running
from web_app.tests.browser import Watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MOST_ACTIONS = 8


class Hands:
    """Counts what a person does."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def do(self, what: str, act: Callable[[], object]) -> None:
        self.done.append(what)
        act()


def test_a_newcomer_has_a_live_task_in_two_tabs_after_eight_actions(browser: Browser, tmp_path: Path) -> None:
    running = Running(tmp_path / "data", tmp_path / "up.log", {"TODO_PORT": str(pick(1)[0])})
    try:
        url = running.becomes_ready().url
        watch, hands, somebody = Stopwatch(), Hands(), Watched(browser, url)
        page = somebody.page()
        hands.do("open the address that was printed", lambda: page.goto("/"))
        hands.do("make an account", page.get_by_role("link", name="Make an account").click)
        hands.do("a name", lambda: page.get_by_label("Name").fill("ada"))
        hands.do("a password", lambda: page.get_by_label("Password").fill(PASSWORD))
        hands.do("send the form", page.get_by_role("button", name="Make an account").click)
        is_live(page)
        example = page.get_by_role("button", name="Try: Call mum tomorrow 6pm")
        hands.do("take the example", example.click)
        expect(page.locator("quick-add input")).to_be_focused()
        hands.do("Enter", lambda: page.keyboard.press("Enter"))
        second = somebody.page()
        hands.do("open a second tab", lambda: second.goto("/app/all"))
        has_the_task(second)
        seconds = watch.seconds
        is_live(second)
        assert len(hands.done) <= MOST_ACTIONS
        assert (somebody.complaints, somebody.foreign) == ([], [])
        sys.stdout.write(
            f"\na newcomer: {len(hands.done)} actions, {seconds:.1f} s from ready to the second tab\n"
        )
    finally:
        running.role.kill()


def has_the_task(page: Page) -> None:
    expect(row(page, "Call mum")).to_contain_text("18:00")
