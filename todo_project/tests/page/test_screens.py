"""Every screen, full and empty, in light and dark, at three widths: axe finds nothing, nothing scrolls sideways."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from todo_project.tests.page.people import Person, add, all_is_sent, is_live, works_offline
from web_app.tests.browser import Watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
WIDTHS = (390, 768, 1440)
TASKS = (
    "Pay rent every month on the 31st 9am #home !high",
    "Buy oat milk today",
    "Standup today 23:50 !urgent",
    "File taxes 2026-01-20 #paper",
    "Water the plants every! 3 days #home",
    "Read the letter from the insurance about the new roof and answer them today !low",
    "Supercalifragilisticexpialidocious" * 5 + " today",
    "اتصل بأمي today #عائلة",
    "Someday",
)
SCREENS = ("today", "upcoming", "inbox", "all", "done", "tag/home", "priority/high", "search?q=roof")


@pytest.fixture(scope="module", params=["light", "dark"])
def full(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[Person]:
    person = Person(browser, url, color_scheme=request.param)
    add(person.first, *TASKS)
    all_is_sent(person.first)
    works_offline(person.first)
    yield person
    person.context.close()


def faults(page: Page) -> list[str]:
    """What axe finds, by its rules for WCAG 2.2 AA and its best practices."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[node['html'][:120] for node in each['nodes']]}" for each in found]


def look(page: Page, name: str, folder: Path) -> None:
    """Keep pictures for a person, and check what a machine can: nothing is wider than the window."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=folder / f"{name}-{width}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_with_tasks(full: Person, screen: str, tmp_path: Path) -> None:
    page = full.page(f"/app/{screen}")
    is_live(page)
    expect(page.locator("h1")).to_be_visible()
    look(page, screen.replace("/", "-").partition("?")[0], tmp_path)
    assert faults(page) == []
    if page.get_by_role("checkbox").count():
        page.get_by_role("checkbox").first.click()
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        assert faults(page) == []
        page.get_by_role("button", name="Undo").click()
    assert full.complaints == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_without_tasks(browser: Browser, url: str, scheme: str, tmp_path: Path) -> None:
    person = Person(browser, url, color_scheme=scheme)
    for screen in ("today", "all", "search", "nothing-of-this-kind"):
        person.first.evaluate(f"document.querySelector('app-shell').app.router.go('/app/{screen}')")
        look(person.first, f"empty-{screen}", tmp_path)
        assert faults(person.first) == []
    for name in ("Keys", "Live"):
        person.first.set_viewport_size({"width": 1200, "height": 900})
        person.first.get_by_role("button", name=name).click()
        expect(person.first.get_by_role("dialog")).to_be_visible()
        assert faults(person.first) == []
        person.first.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
def test_the_forms_before_the_page(
    browser: Browser, url: str, path: str, scheme: str, tmp_path: Path
) -> None:
    watched = Watched(browser, url, color_scheme=scheme)
    page = watched.page(path)
    look(page, path[1:], tmp_path)
    assert faults(page) == []
    page.locator("[name=username]").fill("nobody")
    page.locator("[name=password]").fill("12")
    page.locator("button[type=submit]").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    assert faults(page) == []


def test_it_works_at_320_pixels_with_large_text(full: Person) -> None:
    page = full.page("/app/today")
    is_live(page)
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wide = (
        "[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth)"
    )
    assert page.evaluate(f"{wide}.map((e) => e.outerHTML.slice(0, 120))") == []
    page.close()
