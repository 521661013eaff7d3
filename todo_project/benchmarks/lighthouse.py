"""Lighthouse: what it says of the page of a person who is signed in, and of the form before it (W9 of B13).

`python -m todo_project.benchmarks.lighthouse [--tasks 200]`

Needs Node: the package `lighthouse` is run by npm, and drives Chromium itself. Each address is examined as a desk
computer and as Lighthouse's simulated phone, whose network and processor are slower. Static files are served as in
production: compressed, with the hash of their content in their names.
"""

import argparse
import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from devstack.ports import pick
from devstack.tools import CHROMIUM, find, program
from events_app.benchmarks.measure import Table, announce
from todo_project.benchmarks.b13_page import fill
from todo_project.tests.page.people import Person
from todo_project.tests.page.test_new_builds import Build
from web_app.tests.browser import chromium

VERSION: Final = "12.2.3"
NPM: Final = program("npm", package="npm")
CATEGORIES: Final = ("performance", "accessibility", "best-practices")
FORMS: Final = {"a desk computer": ("--preset=desktop",), "a simulated phone": ()}
FLAGS: Final = "--headless=new --no-sandbox --disable-dev-shm-usage"


def main() -> None:
    """Examine the page and print the scores, 0 to 100."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=200)
    size: int = parser.parse_args().tasks
    announce("Lighthouse on the page (W9)", tasks=size, lighthouse=VERSION)
    table = Table(["address", "as", *CATEGORIES, "what it would mend"])
    with (
        TemporaryDirectory() as name,
        Build(Path(name) / "tree", words={}).running(Path(name), pick(1)[0]) as url,
    ):
        folder = Path(name)
        cookies = signed_in(url, size)
        for path, headers in (("/app/today", cookies), ("/sign-in", {})):
            for form, flags in FORMS.items():
                report = examine(f"{url}{path}", headers=headers, flags=flags, folder=folder)
                table.add(path, form, *scores(report), ", ".join(faults(report)))
    table.show()


def signed_in(url: str, size: int) -> dict[str, str]:
    """Return the headers of a person who has so many tasks."""
    with chromium() as browser:
        person = Person(browser, url)
        fill(person, size)
        cookies = person.context.cookies()
    return {"Cookie": "; ".join(f"{each['name']}={each['value']}" for each in cookies)}


def examine(url: str, *, headers: dict[str, str], flags: tuple[str, ...], folder: Path) -> dict[str, Any]:
    """Return Lighthouse's report of one address. Raises CalledProcessError if it could not be examined."""
    given = folder / "headers.json"
    given.write_text(json.dumps(headers))
    command = [
        *(find(NPM.name) or NPM.name, "exec", "--yes", f"lighthouse@{VERSION}", "--"),
        *(url, "--quiet", "--output=json", f"--extra-headers={given}", f"--chrome-flags={FLAGS}"),
        *(f"--only-categories={','.join(CATEGORIES)}", *flags),
    ]
    environment = os.environ | {"CHROME_PATH": find(CHROMIUM.name) or ""}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def scores(report: dict[str, Any]) -> list[str]:
    return [f"{100 * report['categories'][name]['score']:.0f}" for name in CATEGORIES]


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
