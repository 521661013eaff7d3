"""Chromium, driven by Playwright: no other machine is reached, and every request to one and every complaint is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, sync_playwright

from devstack.testing import require_chromium
from devstack.tools import CHROMIUM, find

STATIC = Path(__file__).resolve().parent.parent / "static"
# What is on this machine is found; any other name or address is nowhere, without a question to anybody.
OWN_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
OPTIONS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    OWN_ONLY,
]
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
PATIENCE_MS = 45_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window, which reaches nothing outside this machine."""
    require_chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find(CHROMIUM.name), args=OPTIONS)
        try:
            yield started
        finally:
            started.close()


class Watched:
    """A browser's profile with one or more pages, and what went wrong in any of them."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        options = {"timezone_id": "Europe/Madrid", "locale": "en-GB", "reduced_motion": "reduce", **options}
        self.context: BrowserContext = browser.new_context(base_url=url, **options)
        self.context.set_default_timeout(PATIENCE_MS)
        # Not intercepted: that costs a message between four processes for each request, and the cache of the browser.
        self.context.on("request", self._note_foreign)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _note_foreign(self, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme in ("http", "https") and asked.netloc != urlsplit(self.url).netloc:
            self.foreign.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def page(self, path: str = "") -> Page:
        """A new tab, at `path` if one is given."""
        page = self.context.new_page()
        if path:
            page.goto(path)
        return page


def serve_modules(route: Route) -> None:
    """Answer a request for a static file from the folder of the app, and everything else with an empty page."""
    path = STATIC / urlsplit(route.request.url).path.lstrip("/")
    if path.is_file():
        route.fulfill(body=path.read_bytes(), content_type=TYPES.get(path.suffix, "application/octet-stream"))
    else:
        route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
