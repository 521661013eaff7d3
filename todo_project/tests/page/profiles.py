"""Browsers whose profile stays when they end, however they end."""

from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright

from devstack.tools import CHROMIUM, find
from todo_project.tests.page.people import becomes
from web_app.tests.browser import OPTIONS, PATIENCE_MS


def profile(playwright: Playwright, folder: Path) -> BrowserContext:
    """A browser with the profile in `folder`."""
    context = playwright.chromium.launch_persistent_context(
        folder / "profile", executable_path=find(CHROMIUM.name), args=OPTIONS, timezone_id="Europe/Madrid"
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/app/all")
    becomes(page, "document.querySelector('app-shell').app?.isLoaded === true")
    return page


def process_of(folder: Path) -> int:
    """The process of the browser itself, whose end is the end of all its others."""
    wanted = f"--user-data-dir={folder / 'profile'}".encode()
    [found] = [
        int(each.parent.name)
        for each in Path("/proc").glob("[0-9]*/cmdline")
        if _is_browser(_words(each), wanted)
    ]
    return found


def _words(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().split(b"\0")
    except OSError:  # it has ended meanwhile
        return []


def _is_browser(words: list[bytes], wanted: bytes) -> bool:
    return wanted in words and not any(word.startswith(b"--type=") for word in words)
