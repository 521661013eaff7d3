"""Two devices of one person act at random while answers are lost: at the end they are equal, and no text is lost.

    python -m todo_project.tests.page.two_devices --seeds 1-50 --actions 300

starts a platform and a browser of its own, and runs one seed after the other. It prints a line for each, and ends
with 1 if a seed failed; the seed alone makes the same choices again. Who types over their own unsent text loses
nothing, so titles and descriptions only grow here: each text must be somewhere at the end.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Error, Route

from todo_project.tests.page.conftest import running_page
from todo_project.tests.page.people import Person, becomes
from web_app.tests.browser import chromium

APP: Final = "document.querySelector('app-shell').app"
QUEUE: Final = f"{APP}.engine.outbox.queue"
# What must be equal in the end, of every task that the server has confirmed.
FIELDS: Final = ("id", "title", "description", "priority", "tags", "completed", "due_on", "version")
HELD: Final = f"""[...{APP}.store.confirmed.values()]
  .map((task) => {json.dumps(FIELDS)}.map((name) => task[name])).sort((one, other) => one[0] - other[0])"""
# What is shown of tasks for which nothing waits must be what is confirmed.
SHOWN_OTHERWISE: Final = f"""[...{APP}.store.confirmed.values()]
  .filter((task) => !{APP}.store.pending.get(task.id)?.length)
  .filter((task) => {APP}.store.shown.get({APP}.store.keyOf(task.id))?.version !== task.version).map(({{id}}) => id)"""
ACT: Final = f"""([kind, index, text, day]) => {{
  const {{store, actions, engine}} = {APP};
  const rows = [...store.shown.values()].filter(({{completed}}) => kind === 'toggle' || !completed);
  const row = rows[index % (rows.length || 1)];
  if (kind === 'add' || !row) return void actions.add(text, null, {{without: []}});
  const act = {{
    create: () => actions.add(text, {{title: text, fields: {{title: text, due_on: day}}}}, {{without: []}}),
    toggle: () => actions.toggle(row),
    rename: () => actions.change(row, {{title: `${{text}}, ${{row.title.slice(0, 120)}}`}}),
    describe: () => actions.change(row, {{description: `${{row.description}} ${{text}}`}}),
    priority: () => actions.change(row, {{priority: ['low', 'high', 'urgent'][index % 3]}}),
    tag: () => actions.change(row, {{tags: [...row.tags, text.replaceAll(' ', '-')].slice(-40)}}),
    untag: () => actions.change(row, {{tags: row.tags.slice(1)}}),
    move: () => actions.change(row, {{due_on: day}}),
    delete: () => actions.remove(row),
    again: () => {{
      const blocked = engine.outbox.queue.inOrder().find(({{state}}) => state === 'blocked');
      if (blocked) void engine.again(blocked.key);
    }},
  }}[kind];
  act();
}}"""
KINDS: Final = (
    *("add", "create", "create", "toggle", "rename", "rename", "describe", "describe"),
    *("priority", "tag", "untag", "move", "delete", "again"),
)
# Kinds whose text must be somewhere at the end, whatever anybody did afterwards.
TYPED: Final = ("add", "create", "rename", "describe")


class Device(Person):
    """A browser's profile that loses answers, and whose page can be killed and opened again."""

    def __init__(self, browser: Browser, url: str, *, seed: str, loss: float, name: str = "") -> None:
        super().__init__(browser, url, name=name)
        # Apart from what chooses the actions: how many answers there are depends on the machine.
        self.draw, self.loss = random.Random(seed), loss
        self.is_offline = False
        self.context.route("**/api/tasks/**", self._cut)

    def _cut(self, route: Route) -> None:
        if route.request.method == "GET" or "/parse/" in route.request.url or self.draw.random() > self.loss:
            route.continue_()
        elif self.draw.random() < 0.5:
            route.abort("connectionreset")  # the server never sees it
        else:
            self._lose(route)

    def _lose(self, route: Route) -> None:
        """The server does it, and its answer is lost."""
        try:
            route.fetch()
            route.abort("connectionreset")
        except Error:
            if not self.first.is_closed():  # else it was killed meanwhile
                raise

    def set_offline(self, is_offline: bool) -> None:
        self.is_offline = is_offline
        self.context.set_offline(is_offline)

    def begin_again(self) -> None:
        """The page is killed at once, and opened again; without a network the service worker opens it."""
        self.first.close()
        self.first = self.page("/app/all")
        becomes(self.first, f"!!{APP}")

    def settles(self) -> None:
        """Nothing can be sent any more: what still waits is a change that a person must decide, or behind one."""
        becomes(self.first, f"{QUEUE}.running.size === 0 && {QUEUE}.ready(Infinity).length === 0")
        becomes(self.first, f"{APP}.engine.state === 'live'")

    def outbox(self) -> str:
        return str(self.first.evaluate(f"JSON.stringify([...{QUEUE}.mutations.values()])"))


def run_seed(browser: Browser, url: str, *, seed: int, actions: int, loss: float = 0.3) -> Counter[str]:
    """Run one seed with so many actions on each device; return how often what happened. Raises AssertionError."""
    draw, done = random.Random(seed), Counter[str]()
    one = Device(browser, url, seed=f"{seed} one", loss=loss)
    devices = [one, Device(browser, url, seed=f"{seed} other", loss=loss, name=one.name)]
    for device in devices:
        device.first.evaluate("navigator.serviceWorker.ready.then(() => true)")
    written = [text for step in range(2 * actions) if (text := _step(devices, draw, f"{seed} {step}", done))]
    for device in devices:
        device.loss = 0.0
        device.set_offline(False)
    for device in devices:
        device.settles()
    _end_equal(devices)
    _lost_nothing(devices, written)
    done["blocked"] = sum(device.outbox().count('"state":"blocked"') for device in devices)
    for device in devices:
        device.context.close()
    return done


def _step(devices: list[Device], draw: random.Random, name: str, done: Counter[str]) -> str:
    """Do one thing on one device; return the text that must not be lost, if any."""
    device, chance = devices[draw.randrange(2)], draw.random()
    if chance < 0.06:
        device.set_offline(not device.is_offline)
        done["network"] += 1
    elif chance < 0.075:
        device.begin_again()
        done["killed"] += 1
    elif chance < 0.2:
        device.first.wait_for_timeout(draw.randrange(120))  # answers and frames come meanwhile
    kind = draw.choice(KINDS)
    text = f"{kind} {name}."  # the dot keeps "1 2" from being found in "1 20"
    device.first.evaluate(ACT, [kind, draw.randrange(200), text, f"2027-01-{draw.randrange(1, 29):02}"])
    done[kind] += 1
    return text if kind in TYPED else ""


def _end_equal(devices: list[Device]) -> None:
    server = sorted([task[name] for name in FIELDS] for task in _all_tasks(devices[0]))
    for device in devices:
        becomes(device.first, f"JSON.stringify({HELD}) === JSON.stringify({json.dumps(server)})")
        shown_otherwise = device.first.evaluate(SHOWN_OTHERWISE)
        assert not shown_otherwise, f"shown otherwise than confirmed: {shown_otherwise}"
        # That there is no network is said by the browser itself, at each call and each socket.
        complaints = [
            text for text in device.complaints if "net::" not in text and "Failed to load" not in text
        ]
        assert not complaints, complaints


def _all_tasks(device: Device) -> list[dict[str, Any]]:
    lines = device.context.request.get("/api/tasks/snapshot/?status=all").text().splitlines()
    found = [json.loads(line) for line in lines]
    assert found[-1] == {"end": True, "tasks": len(found) - 2}
    return found[1:-1]


def _lost_nothing(devices: list[Device], written: list[str]) -> None:
    """Every text is in the history of the server, or in an outbox."""
    places, after, more = [device.outbox() for device in devices], 0, True
    while more:
        page = devices[0].context.request.get(f"/api/changes/?after={after}&limit=500")
        places.append(page.text())
        after, more = page.json()["sequence"], page.json()["more"]
    everything = "\n".join(places)
    lost = [text for text in written if text not in everything]
    assert not lost, f"lost: {lost}"


def main(given: list[str] | None = None) -> int:
    """Run the seeds that the command line names; return 1 if one failed."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--seeds", default="1-50", help="such as 7, or 1-50")
    options.add_argument("--actions", type=int, default=300, help="of each device")
    wanted = options.parse_args(given)
    first, _, last = wanted.seeds.partition("-")
    failed = 0
    with tempfile.TemporaryDirectory() as folder, running_page(Path(folder)) as url, chromium() as browser:
        for seed in range(int(first), int(last or first) + 1):
            failed += not _succeeds(browser, url, seed, wanted.actions)
    print(f"{failed} seeds failed")
    return int(failed > 0)


def _succeeds(browser: Browser, url: str, seed: int, actions: int) -> bool:
    began = time.monotonic()
    try:
        done = run_seed(browser, url, seed=seed, actions=actions)
    except (AssertionError, Error) as failure:
        print(f"seed {seed}: FAILED: {str(failure)[:2000]}", flush=True)
        for context in browser.contexts:
            context.close()
        return False
    print(f"seed {seed}: equal after {time.monotonic() - began:.0f} s, {dict(done)}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
