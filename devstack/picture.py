"""Draw the page as the README shows it: `python -m devstack.picture` writes docs/images/page.svg.

The drawing is the real page: a platform of its own, one account, a few tasks. Chromium prints it, and poppler turns
what was printed into lines and letters, so that no binary file is in the repository.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK, http_body, pick
from devstack.tools import CHROMIUM, ensure, find, program
from devstack.waiting import wait_until

DRAWING = REPOSITORY / "docs/images/page.svg"
PDFTOCAIRO = program("pdftocairo", package="poppler-utils")
TITLE = "The page: all tasks of an account, with a line being written"
WIDTH, HEIGHT = 1120, 700
# Letters of common widths, wherever it is drawn; on paper the link above the page would stand at its end.
STYLE = ":root { --font: 'Liberation Sans', Arial, sans-serif; } .skip { display: none; }"
SHOWN_TASKS = (
    "Pay the rent every month on the 31st 9am #home !high",
    "Water the plants every 3 days #home",
    "Call mum today 11:30pm",
    "Finish the slides tomorrow 10am #work !urgent",
    "Book the dentist tomorrow 4pm #health",
    "Return the library books in 4 days",
    "Renew the passport in 5 weeks #travel",
    "Learn to bake bread #ideas !low",
)
LINE = "Dinner with friends every friday 7pm #fun"
_PATIENCE_SECONDS = 60.0
_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def main() -> int:
    """Draw the page anew; return 0. Raises MissingTool without Chromium or poppler."""
    ensure("picture", [CHROMIUM, PDFTOCAIRO])
    with tempfile.TemporaryDirectory() as folder, _platform(Path(folder) / "data") as url:
        printed = Path(folder) / "page.pdf"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(CHROMIUM.name), args=["--no-sandbox"])
            _print_page(browser, url, printed)
            browser.close()
        drawn = Path(folder) / "page.svg"
        subprocess.run([find(PDFTOCAIRO.name) or "", "-svg", "-l", "1", printed, drawn], check=True)
        DRAWING.parent.mkdir(exist_ok=True)
        DRAWING.write_text(tidy(drawn.read_text()))
    print(f"{DRAWING.relative_to(REPOSITORY)}: {DRAWING.stat().st_size:,} bytes")
    return 0


@contextmanager
def _platform(data: Path) -> Iterator[str]:
    [port] = pick(1)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TODO_")}
    environment |= {"TODO_DATA_DIR": str(data), "TODO_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"], cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        if not wait_until(lambda: http_body(port, "/livez") is not None, seconds=_PATIENCE_SECONDS):
            raise TimeoutError("The platform did not start.")
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _print_page(browser: Browser, url: str, printed: Path) -> None:
    context = browser.new_context(
        base_url=url,
        viewport={"width": WIDTH, "height": HEIGHT},
        locale="en-GB",
        timezone_id="Europe/Madrid",
        bypass_csp=True,
    )
    page = context.new_page()
    page.goto("/sign-up")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("correct horse 9")
    page.get_by_role("button", name="Make an account").click()
    expect(page.locator("sync-badge")).to_have_text("Live")
    _add_tasks(context, url)
    _show(page)
    page.emulate_media(media="screen", color_scheme="light")
    page.pdf(path=printed, width=f"{WIDTH}px", height=f"{HEIGHT}px", print_background=True, page_ranges="1")


def _add_tasks(context: BrowserContext, url: str) -> None:
    token = context.request.get("/api/auth/session/").json()["csrf_token"]
    headers = {"X-CSRFToken": token, "Origin": url}
    for text in SHOWN_TASKS:
        answer = context.request.post("/api/tasks/quick/", data={"text": text}, headers=headers)
        if not answer.ok:
            raise ValueError(f"{text}: {answer.text()}")


def _show(page: Page) -> None:
    page.goto("/app/all")
    page.add_style_tag(content=STYLE)
    expect(page.locator("[data-row]")).to_have_count(len(SHOWN_TASKS))
    page.locator("quick-add input").fill(LINE)
    expect(page.locator(".chip")).to_have_count(2)


def tidy(drawing: str) -> str:
    """Return a drawing with a title, a size that readers may choose, and numbers of two digits after the point."""
    short = _NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), drawing)
    head, attributes, rest = re.split(r"(<svg [^>]*>)", short, maxsplit=1)
    sized = re.sub(r' (?:width|height)="[^"]*"', "", attributes)
    return f"{head}{sized}\n<title>{TITLE}</title>{rest}"


if __name__ == "__main__":
    sys.exit(main())
