"""A headless Chromium, driven over its DevTools protocol: https://chromedevtools.github.io/devtools-protocol/."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from devstack.waiting import wait_until
from todo_project.tests.platform.roles import DIES_WITH_US, PATIENCE

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # containers have no user namespaces; it only ever opens pages of this test
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-port=0",
)
BROWSER = next((path for name in NAMES if (path := shutil.which(name))), None)
Message = dict[str, Any]


class PageGone(Exception):
    """The page was left while it was asked something."""


class Devtools:
    """A connection to a browser, or to one of its tabs."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self._events: list[Message] = []

    def send(self, method: str, **parameters: Any) -> Message:
        """Send a command, and return its result."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message: Message = json.loads(self._connection.recv(timeout=PATIENCE))
            if message.get("id") == self._number:
                if "navigated" in message.get("error", {}).get("message", ""):
                    raise PageGone
                assert "error" not in message, message
                result: Message = message["result"]
                return result
            self._events.append(message)


class Page(Devtools):
    """One tab: opens addresses, runs JavaScript, and keeps what the browser complains about."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        for domain in ("Page", "Runtime", "Log", "Audits"):
            self.send(f"{domain}.enable")

    def run(self, script: str) -> Any:
        """Return what an expression, or a promise of it, is worth."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, url: str) -> "Page":
        """Open an address, and wait until it has loaded."""
        assert "errorText" not in self.send("Page.navigate", url=url), url
        return self.until(
            f"location.href !== 'about:blank' && document.readyState === 'complete' && {json.dumps(url)}"
        )

    def until(self, condition: str) -> "Page":
        """Wait until an expression is true, also over a change of page."""

        def is_true() -> bool:
            with suppress(PageGone):
                answer = self.send("Runtime.evaluate", expression=f"!!({condition})", returnByValue=True)
                return bool(answer["result"].get("value"))
            return False

        assert wait_until(is_true, seconds=PATIENCE), f"never: {condition}\n{self.complaints()}"
        return self

    def leave_by(self, script: str) -> "Page":
        """Run what leads to another page, and wait until that has loaded."""
        self.run("window.isOldPage = true")
        with suppress(PageGone):
            self.run(script)
        return self.until("!window.isOldPage && document.readyState === 'complete'")

    def complaints(self) -> list[str]:
        """Return what the browser refused or did not understand so far, and every error of a script."""
        self.run("1")  # what was said before this answer has been received with it
        return [text for message in self._events if (text := _complaint(message))]


def _complaint(message: Message) -> str:
    parameters = message.get("params", {})
    match message.get("method"):
        case "Audits.issueAdded" if parameters["issue"]["code"] == "ContentSecurityPolicyIssue":
            return json.dumps(parameters["issue"]["details"])
        case "Log.entryAdded" if parameters["entry"]["source"] in ("security", "other", "javascript"):
            return f"{parameters['entry']['text']} ({parameters['entry'].get('url')})"
        case "Runtime.exceptionThrown":
            return json.dumps(parameters["exceptionDetails"])
        case "Runtime.consoleAPICalled" if parameters["type"] == "error":
            return json.dumps(parameters["args"])
    return ""


class Chromium:
    """A running browser, which opens tabs that know nothing of each other."""

    def __init__(self, origin: str, connection: ClientConnection) -> None:
        self._origin = origin
        self._devtools = Devtools(connection)

    @contextmanager
    def new_page(self) -> Iterator[Page]:
        """A tab with cookies and storage of its own, which are thrown away after the block."""
        profile = self._devtools.send("Target.createBrowserContext")
        target = self._devtools.send("Target.createTarget", url="about:blank", **profile)["targetId"]
        try:
            with connect(f"{self._origin}/devtools/page/{target}", max_size=None) as connection:
                yield Page(connection)
        finally:
            self._devtools.send("Target.disposeBrowserContext", **profile)


@contextmanager
def browser(folder: Path) -> Iterator[Chromium]:
    """A new browser."""
    assert BROWSER is not None, "tests are skipped where there is none"
    process = subprocess.Popen(
        [*DIES_WITH_US, BROWSER, *OPTIONS, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port, path = _address_in(folder / "DevToolsActivePort")
        origin = f"ws://127.0.0.1:{port}"
        with connect(f"{origin}{path}", max_size=None) as connection:
            yield Chromium(origin, connection)
    finally:
        process.kill()
        process.wait()


def _address_in(note: Path) -> list[str]:
    """Return the port and the path under which a browser that has just started takes commands."""

    def written() -> list[str]:
        return note.read_text().split() if note.exists() else []

    assert wait_until(lambda: len(written()) == 2, seconds=PATIENCE)
    return written()
