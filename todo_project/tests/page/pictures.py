"""Pictures of every screen for a person to look at; nothing here compares them.

    python -m todo_project.tests.page.pictures FOLDER [--only today,settings]

starts a platform and a browser of its own, and writes one picture a screen, width and kind of page: light, dark, from
right to left, and with letters of twice the size. `FOLDER/empty` has the screens of an account without tasks. Pictures
are looked at and thrown away; they are not kept in the repository.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect

from todo_project.tests.page.conftest import running_page
from todo_project.tests.page.people import add, all_is_sent, becomes
from todo_project.tests.page.test_more_screens import GO, Owner
from todo_project.tests.page.test_more_screens import SCREENS as MORE
from todo_project.tests.page.test_screens import SCREENS, TASKS
from web_app.tests.browser import Watched, chromium

WIDTHS: Final = (375, 768, 1280)
HEIGHT: Final = 900
ADDED: Final = (
    "Write the report tomorrow 10am #work",
    "Plan the trip in 9 days #travel !low",
    "Paint the shed",
)
# Screens that are opened seldom have come, with what is in them.
FILLED: Final = """[...document.querySelectorAll('more-screen')]
  .every((each) => each.firstElementChild?.childElementCount)"""
FORMS: Final = ("sign-in", "sign-up")
OVER: Final = {
    "palette": "Control+k",
    "due": "d",
    "tags-of": "t",
    "menu": ".",
    "keys": "?",
    "picked": "Control+a",
}


@dataclass(frozen=True)
class Kind:
    """One way in which the page is looked at, with the options of its browser."""

    name: str
    options: dict[str, Any]
    widths: tuple[int, ...] = WIDTHS
    letters: str = ""


KINDS: Final = (
    Kind("light", {"color_scheme": "light"}),
    Kind("dark", {"color_scheme": "dark"}),
    Kind("turned", {"locale": "en-XB"}),
    Kind("large", {"color_scheme": "light"}, letters="200%"),
)


@dataclass
class Camera:
    """Writes the pictures of one kind into a folder."""

    folder: Path
    kind: Kind
    only: frozenset[str] = field(default_factory=frozenset)

    def wants(self, name: str) -> bool:
        return not self.only or name in self.only

    def take(self, page: Page, name: str) -> None:
        """One picture a width."""
        if self.kind.letters:
            page.evaluate(f"document.documentElement.style.fontSize = '{self.kind.letters}'")
        for width in self.kind.widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.screenshot(path=self.folder / f"{name}-{self.kind.name}-{width}.png")


def file_name(screen: str) -> str:
    """What a screen is called in the name of its picture."""
    return screen.replace("/", "-").replace("?", "-").replace("=", "-").replace("&", "-").replace(",", "-")


def take_screens(camera: Camera, page: Page) -> None:
    for screen in (*SCREENS, *MORE, "nothing-of-this-kind"):
        if camera.wants(screen.partition("?")[0]):
            page.evaluate(GO, screen)
            expect(page.locator("h1")).to_be_visible()
            expect(page.locator(".skeleton")).to_have_count(0)
            becomes(page, FILLED)
            camera.take(page, file_name(screen))


def take_task(camera: Camera, person: Owner, page: Page) -> None:
    """The task with most to show, by itself or beside its list."""
    if camera.wants("task"):
        [number] = [task["id"] for task in person.tasks() if task["title"].startswith("Pay rent")]
        page.evaluate(GO, "all")
        page.evaluate(GO, f"task/{number}")
        expect(page.locator("task-detail")).to_be_visible()
        camera.take(page, "task")


def take_sheets(camera: Camera, page: Page) -> None:
    """What opens over the page."""
    if not camera.wants("over"):
        return
    page.evaluate(GO, "all")
    expect(page.locator("[data-row]").first).to_be_visible()
    page.keyboard.press("j")
    for name, key in OVER.items():
        page.keyboard.press(key)
        page.wait_for_timeout(300)
        camera.take(page, f"over-{name}")
        page.keyboard.press("Escape")
    page.locator("quick-add input").fill("Dinner with Ada every friday 7pm #fun !high")
    expect(page.locator(".chip").first).to_be_visible()
    camera.take(page, "over-line")
    page.locator("quick-add input").fill("")


def take_operators(camera: Camera, browser: Browser, url: str) -> None:
    """What operators and programmers see; the admin as who is no operator sees it."""
    visitor = Watched(browser, url, **camera.kind.options)
    for name, path in (("docs", "/api/docs/"), ("api", "/api/"), ("admin", "/admin/login/")):
        if camera.wants(name):
            page = visitor.page(path)
            page.wait_for_load_state("networkidle")
            camera.take(page, name)
    for name in FORMS:
        if camera.wants(name):
            camera.take(visitor.page(f"/{name}"), name)
    visitor.context.close()


def take_all(browser: Browser, person: Owner, empty: Owner, *, camera: Camera) -> None:
    """Every picture of one kind: of an account with tasks, of one without, and of what needs none."""
    for owner, folder in ((empty, camera.folder / "empty"), (person, camera.folder)):
        state = owner.context.storage_state()
        watched = Watched(browser, owner.url, storage_state=state, **camera.kind.options)
        page = watched.page("/app/today")
        becomes(page, "document.querySelector('app-shell').app?.engine.state === 'live'")
        take_screens(replace(camera, folder=folder), page)
        if owner is person:
            take_task(camera, person, page)
            take_sheets(camera, page)
        watched.context.close()
    take_operators(camera, browser, person.url)


def filled(browser: Browser, url: str) -> Owner:
    """Return a person with something on every screen."""
    person = Owner(browser, url)
    add(person.first, *TASKS, *ADDED)
    all_is_sent(person.first)
    person.fill()
    return person


def main(given: list[str] | None = None) -> int:
    """Write the pictures; return 0."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--only", default="", help="such as today,settings,task,over,docs")
    options.add_argument("--kinds", default=",".join(kind.name for kind in KINDS))
    wanted = options.parse_args(given)
    (wanted.folder / "empty").mkdir(parents=True, exist_ok=True)
    only = frozenset(filter(None, wanted.only.split(",")))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as data, running_page(Path(data)) as url, chromium() as browser:
        person, empty = filled(browser, url), Owner(browser, url)
        for kind in KINDS:
            if kind.name in wanted.kinds.split(","):
                take_all(browser, person, empty, camera=Camera(wanted.folder, kind, only))
    print(f"{len(list(wanted.folder.rglob('*.png')))} pictures in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
