"""Every screen, full and empty, in light and dark, at three widths: axe finds nothing, nothing scrolls sideways.

What depends on colours is examined in both; everything else, the widths too, once: colours move nothing.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from todo_project.tests.page.people import PASSWORD, Person, add, all_is_sent, is_live, works_offline
from web_app.tests.browser import Watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
WIDTHS = (390, 768, 1440)
OF_COLOURS = ("color-contrast", "link-in-text-block")
# Once the page has been laid out for a new width, and has answered to it.
FITS = """new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(
  () => tell(document.documentElement.scrollWidth <= innerWidth))))"""
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
SCREENS = (
    "today",
    "upcoming",
    "inbox",
    "all",
    "done",
    "tag/home",
    "tags",
    "priority/high",
    "search?q=roof",
    "search?priority=high,urgent&group=due",
)


@pytest.fixture(scope="module")
def full(browser: Browser, url: str) -> Iterator[Person]:
    person = Person(browser, url)
    add(person.first, *TASKS)
    all_is_sent(person.first)
    works_offline(person.first)
    yield person
    person.context.close()


def faults(page: Page) -> list[str]:
    """What axe finds by its rules for WCAG 2.2 AA and its best practices; in dark colours, by its rules on colours."""
    found = _violations(page, {})
    page.emulate_media(color_scheme="dark")
    found += _violations(page, {"runOnly": {"type": "rule", "values": list(OF_COLOURS)}})
    page.emulate_media(color_scheme="light")
    return found


def _violations(page: Page, options: dict[str, object]) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [f"{each['id']}: {[node['html'][:120] for node in each['nodes']]}" for each in found]


def look(page: Page, name: str, folder: Path) -> None:
    """Check that nothing is wider than the window; if something is, keep a picture. Others: pictures.py."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if not page.evaluate(FITS):
            page.screenshot(path=folder / f"{name}-{width}.png")
            raise AssertionError(f"{name} is wider than {width}: see {folder}")


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


def test_a_screen_without_tasks(browser: Browser, url: str, tmp_path: Path) -> None:
    person = Person(browser, url)
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


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
def test_the_forms_before_the_page(browser: Browser, url: str, path: str, tmp_path: Path) -> None:
    watched = Watched(browser, url)
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


CONFLICT = """() => {
  const {engine, store} = document.querySelector('app-shell').app;
  const row = [...store.shown.values()].find(({title}) => title === 'Someday');
  const fields = {description: 'Mine'};
  engine.room.take({seq: 1, key: 'k1', op: 'update', task: row.id, fields, base: {description: 'Before'},
    state: 'blocked', attempts: 1, made_at: Date.now(), last_error: {code: 'conflict', field: 'description'}});
}"""


def test_what_opens_over_the_page(full: Person, tmp_path: Path) -> None:
    """The palette and its pages, the bar of picked rows, the keys, what waits, and two descriptions."""
    page = full.page("/app/today")
    is_live(page)
    page.keyboard.press("j")
    for key in ("Control+k", "d", "t", ".", "?"):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        look(page, f"over-{key.replace('+', '-').replace('?', 'keys').replace('.', 'menu')}", tmp_path)
        assert faults(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+a")
    expect(page.get_by_role("region", name="selected")).to_be_visible()
    look(page, "picked", tmp_path)
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.evaluate(CONFLICT)
    page.locator("sync-badge button").click()
    look(page, "waiting", tmp_path)
    assert faults(page) == []
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("dialog", name="Two descriptions")).to_be_visible()
    look(page, "conflict", tmp_path)
    assert faults(page) == []
    page.get_by_role("button", name="Use theirs").click()
    expect(page.locator("sync-badge")).to_have_text("Live")
    assert full.complaints == []
    page.close()


UNTRANSLATED = """[...document.querySelectorAll('app-shell *')].filter((element) => element.checkVisibility()
  && !element.closest('bdi, kbd, time, mark, .count, [lang], .head p, .user, option, title'))
  .flatMap((element) => [...element.childNodes]).filter((node) => node.nodeType === 3 && /[a-z]/i.test(node.data))
  .map((node) => node.data.trim()).filter((text) => !text.startsWith('[') && !text.startsWith('every '))"""
CUT = """[...document.querySelectorAll('app-shell :is(button span, a span, h1, h2, .tool, .act)')]
  .filter((element) => element.checkVisibility() && getComputedStyle(element).display !== 'inline')
  .filter((element) => element.scrollWidth > element.clientWidth + 1)
  .filter((element) => !element.closest('.unseen, bdi')).map((element) => element.outerHTML.slice(0, 160))"""


def test_in_a_language_with_longer_words(browser: Browser, url: str) -> None:
    """Every word is translated, and none is cut."""
    person = Watched(browser, url, locale="en-XA", timezone_id="Asia/Tokyo")
    page = person.page("/sign-up")
    page.fill("[name=username]", f"longer{time.time_ns()}")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator("sync-badge")).to_contain_text("[L")
    add(page, *TASKS[:2])
    for screen in ("today", "all", "done", "search", "nothing"):
        page.evaluate(f"document.querySelector('app-shell').app.router.go('/app/{screen}')")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (screen, width)
        assert page.evaluate(UNTRANSLATED) == [], screen
        assert page.evaluate(CUT) == [], screen
    person.context.close()


def test_a_page_that_runs_from_right_to_left(browser: Browser, url: str, tmp_path: Path) -> None:
    person = Watched(browser, url, locale="en-XB")
    page = person.page("/sign-up")
    page.fill("[name=username]", f"turned{time.time_ns()}")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator("sync-badge")).to_contain_text("Live")
    add(page, *TASKS[:4])
    assert page.evaluate("document.documentElement.dir") == "rtl"
    for screen in ("today", "all", "search"):
        page.evaluate(f"document.querySelector('app-shell').app.router.go('/app/{screen}')")
        look(page, f"turned-{screen}", tmp_path)
        assert faults(page) == []
    nav, column = (page.locator(name).bounding_box() for name in ("side-nav", ".column"))
    assert nav
    assert column
    assert nav["x"] > column["x"]
    person.context.close()


def test_a_device_in_another_zone_is_asked_about_and_a_wrong_clock_is_named(
    browser: Browser, url: str
) -> None:
    person = Person(browser, url)
    state = person.context.storage_state()
    person.context.close()
    traveller = Watched(browser, url, timezone_id="Asia/Tokyo", storage_state=state)
    page = traveller.page("/app/today")
    question = page.get_by_role("listitem").filter(has_text="You seem to be in Tokyo")
    expect(question).to_be_visible()
    assert faults(page) == []
    question.get_by_role("button", name="Use the time here").click()
    expect(question).to_have_count(0)
    is_live(page)
    assert traveller.context.request.get("/api/auth/me/").json()["time_zone"] == "Asia/Tokyo"
    page.evaluate("document.querySelector('app-shell').app.engine.notify('skew', {seconds: 300})")
    expect(page.get_by_text("The clock of this device is 5 minutes fast.")).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("notice-list")).to_have_count(0)
    traveller.context.close()
