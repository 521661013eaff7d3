"""Lighthouse: what it says of the page of a person who is signed in, and of the form before it (W9 of B13).

`python -m todo_project.benchmarks.lighthouse [--tasks 200]`

Needs Node: the package `lighthouse` is run by npm. Each address is examined as a desk computer and as Lighthouse's
simulated phone, whose network and processor are slower, and each time in a new profile of Chromium that has nothing but
the cookies: headers that Lighthouse adds itself do not reach the socket, and the page would say that it is signed out.
Static files are served as in production: compressed, with the hash of their content in their names. The browser is in
the zone of its person: otherwise the note that they differ would be the largest thing painted, and the last.
"""

import argparse
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import sync_playwright

from devstack.ports import LOOPBACK, http_succeeds, pick
from devstack.tools import CHROMIUM, find, program
from devstack.waiting import wait_until
from events_app.benchmarks.measure import Table, announce
from todo_project.benchmarks.b13_page import fill
from todo_project.tests.page.people import Person
from todo_project.tests.page.test_new_builds import Build
from todo_project.tests.platform.roles import PATIENCE
from web_app.tests.browser import OPTIONS, chromium

VERSION: Final = "12.2.3"
NPM: Final = program("npm", package="npm")
CATEGORIES: Final = ("performance", "accessibility", "best-practices")
ZONE: Final = "Europe/Madrid"  # of Person, as its browser says it
FORMS: Final = {"a desk computer": ("--preset=desktop",), "a simulated phone": ()}


def main() -> None:
    """Examine the page and print the scores, 0 to 100; what was found before a failure, too."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=200)
    size: int = parser.parse_args().tasks
    announce("Lighthouse on the page (W9)", tasks=size, lighthouse=VERSION)
    table = Table(["address", "as", *CATEGORIES, "what it would mend"])
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as name,
        Build(Path(name) / "tree", words={}).running(Path(name), pick(1)[0]) as url,
    ):
        try:
            examine_all(table, url, {"/app/all": signed_in(url, size), "/sign-in": []})
        finally:
            table.show()


def examine_all(table: Table, url: str, pages: dict[str, list[Any]]) -> None:
    """Add a row for each page, named with the cookies of who opens it, and each form of computer."""
    for path, cookies in pages.items():
        for form, flags in FORMS.items():
            with new_browser(cookies) as port:
                report = examine(f"{url}{path}", port=port, flags=flags)
            table.add(path, form, *scores(report), ", ".join(faults(report)))


def signed_in(url: str, size: int) -> list[Any]:
    """Return the cookies of a person who has so many tasks."""
    with chromium() as browser:
        person = Person(browser, url)
        fill(person, size)
        return [*person.context.cookies()]


@contextmanager
def new_browser(cookies: list[Any]) -> Iterator[int]:
    """Chromium with a profile that has these cookies alone; yields the port at which it can be driven."""
    [port] = pick(1)
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        places = (f"--remote-debugging-port={port}", f"--user-data-dir={profile}", "about:blank")
        process = subprocess.Popen(
            [find(CHROMIUM.name) or CHROMIUM.name, *OPTIONS, "--headless=new", *places],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TZ": ZONE},
        )
        try:
            assert wait_until(lambda: http_succeeds(port, "/json/version"), seconds=PATIENCE)
            with sync_playwright() as playwright:
                [context, *_] = playwright.chromium.connect_over_cdp(f"http://{LOOPBACK}:{port}").contexts
                context.add_cookies(cookies)
            yield port
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def examine(url: str, *, port: int, flags: tuple[str, ...]) -> dict[str, Any]:
    """Return Lighthouse's report of one address. Raises CalledProcessError if it could not be examined."""
    command = [
        *(find(NPM.name) or NPM.name, "exec", "--yes", f"lighthouse@{VERSION}", "--"),
        *(url, "--quiet", "--output=json", f"--port={port}"),
        *(f"--only-categories={','.join(CATEGORIES)}", *flags),
    ]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def scores(report: dict[str, Any]) -> list[str]:
    """Return the score of each category; "none" where Lighthouse could not give one."""
    found = [report["categories"][name]["score"] for name in CATEGORIES]
    return ["none" if score is None else f"{100 * score:.0f}" for score in found]


def faults(report: dict[str, Any]) -> list[str]:
    """Return the names of what costs the page points."""
    weighed = {
        each["id"]
        for category in report["categories"].values()
        for each in category["auditRefs"]
        if each["weight"]
    }
    return sorted(name for name in weighed if (report["audits"][name]["score"] or 0) < 0.9)


if __name__ == "__main__":
    main()
