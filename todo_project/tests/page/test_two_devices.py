"""Two devices of one person, with a third of all answers lost: they end equal, and no text is lost."""

import json
import random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from todo_project.tests.page.people import Person, all_is_sent, becomes, is_live

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ACTIONS = 30
# What a device holds: the fields in which the screen and the server must agree, by title and id.
HELD = """[...document.querySelector('app-shell').app.store.confirmed.values()]
  .map(({id, title, priority, completed, version}) => [id, title, priority, completed, version])
  .sort((one, other) => one[0] - other[0])"""
ACT = """([kind, index, text]) => {
  const {store, actions} = document.querySelector('app-shell').app;
  const rows = [...store.shown.values()];
  const row = rows[index % (rows.length || 1)];
  if (kind === 'add' || !row) return actions.add(text, null, {without: []});
  if (kind === 'toggle') return actions.toggle(row);
  if (kind === 'rename') return actions.change(row, {title: `${row.title.slice(0, 150)}, ${text}`});
  if (kind === 'priority') return actions.change(row, {priority: ['low', 'high', 'urgent'][index % 3]});
  if (kind === 'tag') return actions.change(row, {tags: [...row.tags, text.replaceAll(' ', '-')]});
  if (kind === 'delete') return actions.remove(row);
  return undefined;
}"""
# A title grows, and nothing is undone: what somebody has added can be gone only by a fault of the client.
KINDS = ("add", "add", "toggle", "rename", "priority", "tag", "delete")


def cut_answers(page: Page, draw: random.Random, loss: dict[str, float]) -> None:
    def cut(route: Route) -> None:
        if route.request.method == "GET" or "/parse/" in route.request.url or draw.random() > loss["share"]:
            route.continue_()
        elif draw.random() < 0.5:
            route.abort("connectionreset")  # the server never sees it
        else:
            route.fetch()
            route.abort("connectionreset")  # the server does it, and its answer is lost

    page.route("**/api/tasks/**", cut)


def settles(page: Page) -> None:
    """Nothing can be sent any more: what still waits is a change that a person must decide, or behind one."""
    queue = "document.querySelector('app-shell').app.engine.outbox.queue"
    becomes(page, f"{queue}.running.size === 0 && {queue}.sendable(Infinity).length === 0")


def held(page: Page) -> list[list[Any]]:
    found: list[list[Any]] = page.evaluate(HELD)
    return found


@pytest.mark.parametrize("seed", [1])
def test_two_devices_end_equal_and_lose_no_text(browser: Browser, url: str, seed: int) -> None:
    draw = random.Random(seed)
    one = Person(browser, url)
    other = Person(browser, url, name=one.name)
    devices, loss = [one, other], {"share": 0.3}
    for device in devices:
        cut_answers(device.first, draw, loss)
    written: list[str] = []
    for step in range(2 * ACTIONS):
        device = devices[draw.randrange(2)]
        if draw.random() < 0.08:
            device.context.set_offline(draw.random() < 0.5)
        kind = draw.choice(KINDS)
        text = f"{kind} {seed} {step}"
        device.first.evaluate(ACT, [kind, draw.randrange(100), text])
        written += [text] if kind == "add" else []
    loss["share"] = 0.0
    for device in devices:
        device.context.set_offline(False)
    for device in devices:
        is_settled(device.first)
    server = sorted(
        [task["id"], task["title"], task["priority"], task["completed"], task["version"]]
        for task in one.tasks()
    )
    for device in devices:
        expect(device.first.locator("sync-badge")).to_contain_text(
            "Live" if no_blocked(device.first) else "need"
        )
        becomes(device.first, f"JSON.stringify({HELD}) === JSON.stringify({json.dumps(server)})")
        assert device.complaints == [] or all("Failed to load" in text for text in device.complaints)
    everything = texts_anywhere(devices)
    assert [text for text in written if text not in everything] == []
    for device in devices:
        device.context.close()


def is_settled(page: Page) -> None:
    settles(page)
    becomes(page, "document.querySelector('app-shell').app.engine.state === 'live'")


def no_blocked(page: Page) -> bool:
    return bool(
        page.evaluate("document.querySelector('app-shell').app.engine.outbox.queue.counts().blocked === 0")
    )


def texts_anywhere(devices: list[Person]) -> str:
    """Every text that the history, the trash or an outbox has."""
    found = [devices[0].context.request.get("/api/changes/?after=0&limit=500").text()]
    for device in devices:
        found.append(
            device.first.evaluate(
                "JSON.stringify([...document.querySelector('app-shell').app.engine.outbox.queue.mutations.values()])"
            )
        )
    return "\n".join(found)


def test_nothing_waits_after_a_quiet_day(browser: Browser, url: str) -> None:
    person = Person(browser, url)
    person.first.evaluate(ACT, ["add", 0, "quiet"])
    all_is_sent(person.first)
    is_live(person.first)
    assert held(person.first)[0][1] == "quiet"
