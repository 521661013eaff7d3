"""B13: the page in Chromium, against `manage.py up`: W1 to W9 of its budgets; `lighthouse` has the rest of W9.

`python -m todo_project.benchmarks.b13_page [--tasks 1000 10000]`

For each number of tasks an account of its own. First rows and all rows of a repeat visit are counted from the start of
the navigation, in the page, without Playwright's interception of requests, which costs 150 ms of it. A key's script
time is that of the handler, up to where the browser lays out; its row has changed when the frame that shows it has
been made. A change in one tab is painted in another when the frame after it begins. All figures are of one machine; the
gates of the suite are bytes, nodes, calls and ratios alone.
"""

import argparse
from gzip import compress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import Browser, Page

from events_app.benchmarks.measure import Table, announce
from todo_project.tests.page.conftest import running_page
from todo_project.tests.page.people import Person, all_is_sent, becomes, is_live
from todo_project.tests.page.two_devices import APP, QUEUE
from web_app import assets
from web_app.tests.browser import chromium

ROUNDS: Final = 5
QUEUED: Final = 500
CHANGES: Final = 20
SCRIPT: Final = "W4 script of a change, p95 ms"
BURST: Final = 1000
PER_CALL: Final = 500
# Notes when the first row stood in the page, and when it had all tasks, in milliseconds since the navigation began.
WATCH: Final = """const look = () => {
  if (!document.querySelector('app-shell')?.app?.isLoaded) return requestAnimationFrame(look);
  return window.allRows = performance.now();
};
requestAnimationFrame(look);
new MutationObserver((_, watcher) => {
  if (!document.querySelector('[data-row]')) return;
  window.firstRow = performance.now();
  watcher.disconnect();
}).observe(document, {childList: true, subtree: true});"""
TOGGLE: Final = f"""() => {{
  const {{store, actions}} = {APP};
  const times = [];
  const rows = store.open.sections.flatMap(({{list}}) => list.rows).slice(0, 40);
  for (const row of rows) {{
    const began = performance.now();
    actions.change(row, {{priority: row.priority === 'high' ? 'low' : 'high'}});
    times.push(performance.now() - began);
  }}
  return times.sort((one, other) => one - other)[Math.floor(times.length * 0.95)];
}}"""
# Goes down the list, gives each row another priority by its key, and notes how long the row took to show it.
KEY: Final = """async () => {
  const press = (key) => document.activeElement.dispatchEvent(
    new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
  const isUrgent = (row) => row.querySelector('[data-priority=urgent]') !== null;
  const made = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const times = [];
  for (let at = 0; at < 40; at += 1) {
    let frames = 0;
    press('j');
    const row = document.activeElement.closest('[data-row]');
    const before = isUrgent(row);
    const began = performance.now();
    press(before ? '4' : '1');
    do await made(); while (isUrgent(row) === before && (frames += 1) < 300);
    times.push(performance.now() - began);
  }
  return times.sort((one, other) => one - other)[Math.floor(times.length * 0.95)];
}"""
# Scrolls as a wheel does, a part of the window in every frame, and says which share of the frames came late.
SCROLL: Final = """async () => {
  scrollTo(0, 0);
  const times = [];
  for (let frame = 0; frame <= 300; frame += 1) {
    times.push(await new Promise(requestAnimationFrame));
    scrollBy(0, innerHeight / 4);
  }
  const late = times.slice(1).filter((time, at) => time - times[at] > 32).length;
  return {late: 100 * late / 300, reached: scrollY};
}"""
# Resolves with the moment at which the frame begins that shows a title.
PAINTED: Final = """(title) => { window.painted = new Promise((resolve) => {
  const watcher = new MutationObserver(() => {
    if (![...document.querySelectorAll('[data-row] .title')].some((each) => each.textContent === title)) return;
    watcher.disconnect();
    requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
  });
  watcher.observe(document, {childList: true, subtree: true, characterData: true});
}); }"""
RENAME: Final = f"""(title) => {{
  const {{store, actions}} = {APP};
  const [row] = store.open.sections.flatMap(({{list}}) => list.rows);
  const began = performance.timeOrigin + performance.now();
  actions.change(row, {{title}});
  return began;
}}"""
LONGEST: Final = """window.longest = 0;
window.note = (entries) => { for (const {duration} of entries) window.longest = Math.max(window.longest, duration); };
window.watcher = new PerformanceObserver((list) => window.note(list.getEntries()));
window.watcher.observe({entryTypes: ['longtask']});"""
# What the last frames brought is painted by then, and counted.
SEEN: Final = """async () => {
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  window.note(window.watcher.takeRecords());
  return window.longest;
}"""


def main() -> None:
    """Measure accounts of several sizes, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, nargs="+", default=[100, 1000, 10_000])
    sizes: list[int] = parser.parse_args().tasks
    announce("The page in Chromium (W3 to W9)", tasks=sizes, visits=ROUNDS)
    table = Table(["what", *(f"{size:,} tasks" for size in sizes)])
    with (
        TemporaryDirectory() as folder,
        running_page(Path(folder), TODO_WRITES_PER_SECOND="100000") as url,
        chromium() as browser,
    ):
        measured = [measure(browser, url, size) for size in sizes]
    for name in measured[-1]:
        table.add(name, *(each.get(name, "") for each in measured))
    ratio = measured[-1][SCRIPT] / max(measured[0][SCRIPT], 0.1)  # what the page's clock can tell apart
    table.add("W4 the last beside the first", *("" for _ in sizes[1:]), f"{ratio:.2f} times")
    table.show()
    loaded = Table(["W1, W2: what is loaded", "files", "bytes after gzip"])
    for name, (files, size) in weights().items():
        loaded.add(name, files, f"{size:,}")
    loaded.show()


def weights() -> dict[str, tuple[int, int]]:
    """Return how many files, and how many bytes after gzip, each part of the page has."""
    early = set(assets.reachable_from(assets.ENTRY, with_lazy=False))
    later = set(assets.reachable_from(assets.ENTRY, with_lazy=True)) - early
    parts = {
        "first list": early,
        "style sheets": {*assets.STYLES, assets.PRINT_STYLE},
        "everything later": later,
    }
    return {
        name: (len(files), sum(len(compress((assets.STATIC / each).read_bytes(), 9)) for each in files))
        for name, files in parts.items()
    }


def measure(browser: Browser, url: str, size: int) -> dict[str, Any]:
    """Return what was measured of one account, by its name."""
    person = Person(browser, url)
    fill(person, size)
    page = person.page("/app/all")
    is_live(page)
    becomes(page, f"{APP}.store.confirmed.size === {size}")
    page.evaluate(f"{APP}.engine.keeper.flush()")
    person.first.close()
    found = {
        **repeat_visit(person, page),
        **scrolling(page),
        **keys(page),
        **elsewhere(browser, person, page),
    }
    if size >= BURST:
        found |= {**burst(person, page, size), **queue(person, page)}
    person.context.close()
    return found


def fill(person: Person, size: int) -> None:
    """Give an account its tasks, by the API."""
    for start in range(0, size, PER_CALL):
        fields = [
            {"title": f"Task {at}", "due_on": f"2027-{at % 12 + 1:02}-{at % 28 + 1:02}"}
            for at in range(start, min(size, start + PER_CALL))
        ]
        bulk(person, [{"op": "create", "fields": each} for each in fields])


def bulk(person: Person, operations: list[dict[str, Any]]) -> None:
    token = person.context.request.get("/api/auth/session/").json()["csrf_token"]
    answer = person.context.request.post(
        "/api/tasks/bulk/",
        data={"atomic": True, "operations": operations},
        headers={"X-CSRFToken": token, "Referer": person.url},
    )
    assert answer.ok, answer.text()


def repeat_visit(person: Person, page: Page) -> dict[str, Any]:
    """W3: what is kept is shown, first in part."""
    person.context.unroute_all()
    page.add_init_script(WATCH)
    firsts, wholes = [], []
    for _ in range(ROUNDS):
        page.reload()
        becomes(page, "window.firstRow > 0 && window.allRows > 0")
        firsts.append(page.evaluate("window.firstRow"))
        wholes.append(page.evaluate("window.allRows"))
    is_live(page)
    nodes = page.evaluate("document.querySelectorAll('*').length")
    return {
        "W3 first rows, ms": round(median(firsts)),
        "W3 all tasks, ms": round(median(wholes)),
        "W5 nodes in the page": nodes,
        "W9 heap, MiB": round(heap(page) / 2**20),
    }


def heap(page: Page) -> int:
    """Return the bytes that are in use after a garbage collection: what the page itself is told is rounded."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: int = session.send("Runtime.getHeapUsage")["usedSize"]
    return used


def keys(page: Page) -> dict[str, Any]:
    """W4: the script time of one change of one row, median of rounds; and a key press until its row has changed."""
    becomes(page, f"Boolean({APP}?.keys)")
    times = []
    for _ in range(ROUNDS):  # the first also compiles what it runs
        times.append(page.evaluate(TOGGLE))
        all_is_sent(page)
    shown = page.evaluate(KEY)
    all_is_sent(page)
    return {SCRIPT: round(median(times), 2), "W4 key to its row, p95 ms": round(shown, 1)}


def scrolling(page: Page) -> dict[str, Any]:
    """W5: frames that come late while the list is scrolled."""
    found = page.evaluate(SCROLL)
    page.evaluate("scrollTo(0, 0)")
    return {"W5 frames over 32 ms in 300, %": round(found["late"], 1)}


def elsewhere(browser: Browser, person: Person, page: Page) -> dict[str, Any]:
    """W6: a change in one tab until it is painted in another one, and on another device."""
    tab = person.page("/app/all")
    device = Person(browser, person.url, name=person.name)
    device.first.goto("/app/all")
    found = {}
    for name, other in (("in another tab", tab), ("on another device", device.first)):
        is_live(other)
        becomes(other, f"{APP}?.isLoaded === true")
        times = sorted(paint_elsewhere(page, other, f"{name} {at}") for at in range(CHANGES))
        found[f"W6 painted {name}, p50; p95 ms"] = (
            f"{median(times):.0f}; {times[int(CHANGES * 0.95) - 1]:.0f}"
        )
    tab.close()
    device.context.close()
    all_is_sent(page)
    return found


def paint_elsewhere(page: Page, other: Page, title: str) -> float:
    other.evaluate(PAINTED, title)
    began: float = page.evaluate(RENAME, title)
    painted: float = other.evaluate("window.painted")
    return painted - began


def burst(person: Person, page: Page, size: int) -> dict[str, Any]:
    """W7: as many frames as another client can cause at once."""
    page.evaluate(LONGEST)
    ids = page.evaluate(f"[...{APP}.store.confirmed.keys()].slice(0, {min(size, BURST)})")
    for start in range(0, len(ids), PER_CALL):
        fields = {"priority": "urgent"}
        bulk(
            person, [{"op": "update", "id": each, "fields": fields} for each in ids[start : start + PER_CALL]]
        )
    becomes(
        page,
        f"[...{APP}.store.confirmed.values()].filter((t) => t.priority === 'urgent').length >= {len(ids)}",
    )
    return {f"W7 longest task in {BURST:,} frames, ms": round(page.evaluate(SEEN))}


def queue(person: Person, page: Page) -> dict[str, Any]:
    """W8: what was written offline, until all of it is confirmed; and in how many calls."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    person.context.set_offline(True)
    page.evaluate(f"""for (let at = 0; at < {QUEUED}; at += 1) {{
      const title = `Queued ${{at}}`;
      {APP}.actions.add(title, {{title, fields: {{title}}}}, {{without: []}});
    }}""")
    becomes(page, f"{APP}.engine.state === 'offline'")  # the first call has found out
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if request.method != "GET" else None)
    began = page.evaluate("performance.now()")
    person.context.set_offline(False)
    becomes(page, f"{QUEUE}.mutations.size === 0")
    seconds = (page.evaluate("performance.now()") - began) / 1000
    server = person.context.request.get("/api/tasks/snapshot/?status=all").text()
    assert server.count('"title":"Queued ') == QUEUED, "lost, or doubled"
    return {f"W8 {QUEUED} queued, s": round(seconds, 1), "W8 calls": len(calls)}


if __name__ == "__main__":
    main()
