"""A train ride: no server, thirty changes, and a browser that crashes on the way. All of it comes out whole."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

from devstack.ports import pick
from devstack.testing import require_chromium
from todo_project.tests.page.people import PASSWORD, add, all_is_sent, becomes, is_live, works_offline
from todo_project.tests.page.profiles import opened, profile
from todo_project.tests.page.two_devices import ACT, APP, QUEUE
from todo_project.tests.up.starting import Running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NAMES = ("title", "description", "priority", "completed", "tags", "due_on")
SHOWN = f"""[...{APP}.store.shown.values()]
  .map((task) => {json.dumps(NAMES)}.map((name) => task[name]))
  .sort((one, other) => (one[0] < other[0] ? -1 : 1))"""
FIRST_HALF = "create rename describe toggle delete create create rename priority tag move describe toggle create rename"
SECOND_HALF = (
    "rename toggle create describe tag untag move create delete create rename toggle priority describe delete"
)


@contextmanager
def platform(folder: Path, port: int) -> Iterator[str]:
    """The same installation each time, at the same address."""
    environment = {"TODO_PORT": str(port)}
    running = Running(folder / "data", folder / f"up-{len(list(folder.glob('up-*')))}.log", environment)
    try:
        yield running.becomes_ready().url
    finally:
        running.role.kill()


def crash(page: Page) -> None:
    """End the whole browser at once: nothing is written, no page hears of it."""
    with pytest.raises(Error):
        page.context.new_cdp_session(page).send("Browser.crash")


def act(page: Page, kinds: str, name: str) -> None:
    for at, kind in enumerate(kinds.split()):
        page.evaluate(ACT, [kind, 7 * at, f"{kind} {name} {at}.", f"2027-01-{at + 1:02}"])


def keys_waiting(page: Page) -> list[str]:
    found: list[str] = page.evaluate(f"{QUEUE}.inOrder().map(({{key}}) => key)")
    return found


def history(page: Page) -> list[dict[str, Any]]:
    answer = page.context.request.get(f"{page.url.partition('/app')[0]}/api/changes/?after=0&limit=500")
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_thirty_changes_without_a_server_and_with_a_crash_come_out_whole(tmp_path: Path) -> None:
    require_chromium()
    port = pick(1)[0]
    with sync_playwright() as playwright:
        context = profile(playwright, tmp_path)
        with platform(tmp_path, port) as url:
            page = context.new_page()
            page.goto(f"{url}/sign-up")
            page.fill("[name=username]", "ada")
            page.fill("[name=password]", PASSWORD)
            page.click("button[type=submit]")
            is_live(page)
            add(page, *(f"Before the tunnel {at} tomorrow" for at in range(5)))
            all_is_sent(page)
            works_offline(page)
            context.close()  # the browser writes its cookies when it ends, or after half a minute
        context = profile(playwright, tmp_path)
        page = opened(context, url)
        assert page.locator("[data-row]").count() == 5
        act(page, FIRST_HALF, "on the way out")
        waiting = keys_waiting(page)
        crash(page)
        context = profile(playwright, tmp_path)
        page = opened(context, url)
        expect(page.locator("sync-badge")).to_contain_text("Offline (")
        assert keys_waiting(page) == waiting
        act(page, SECOND_HALF, "on the way back")
        assert keys_waiting(page)[: len(waiting)] == waiting
        waiting, screen = keys_waiting(page), page.evaluate(SHOWN)
        with platform(tmp_path, port):
            all_is_sent(page)
            is_live(page)
            becomes(page, f"JSON.stringify({SHOWN}) === JSON.stringify({json.dumps(screen)})")
            server = context.request.get(f"{url}/api/tasks/snapshot/?status=all").text().splitlines()
            found = [json.loads(line) for line in server][1:-1]
            assert (
                sorted(([task[name] for name in NAMES] for task in found), key=lambda row: row[0]) == screen
            )
            times = Counter(frame.get("client_request_id") for frame in history(page))
            assert {times[key] for key in waiting} == {1}
        context.close()
