"""The layers of the client in a real browser: time, lists, what waits and what answers mean. No server is needed."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from playwright.sync_api import Page

from web_app.tests.browser import chromium, serve_modules

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
VECTORS = Path(__file__).parent / "vectors"
# Zones that browsers no longer have, or have under another name's rules.
NOT_IN_BROWSERS = {"Factory", "localtime", "posixrules"}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        opened = browser.new_page()
        opened.route("**/*", serve_modules)
        opened.goto("http://modules.test/")
        yield opened


def call(page: Page, module: str, script: str, value: Any = None) -> Any:
    """Run an expression over the exports `m` of a module and a value `v`."""
    return page.evaluate(
        f"async (v) => {{ const m = await import('/web/{module}'); return {script.strip()}; }}", value
    )


def local(wall: datetime, zone: str) -> int:
    """What the server makes of a wall time: a gap is jumped over forwards, of two readings the first counts."""
    return int(wall.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp() * 1000)


def zone_vectors() -> list[list[Any]]:
    draw = random.Random(7)
    zones = sorted(
        zone
        for zone in available_timezones()
        if "/" in zone
        and not zone.startswith(("Etc/", "SystemV/", "posix/", "right/"))
        and zone not in NOT_IN_BROWSERS
    )
    found = []
    for zone in zones:
        for _ in range(6):
            wall = datetime(2005, 1, 1) + timedelta(minutes=30 * draw.randrange(20 * 365 * 48))  # noqa: DTZ001 - a wall time
            found.append([zone, wall.isoformat(), local(wall, zone)])
    return found


def change_vectors() -> list[list[Any]]:
    """Every half hour around changes of the clock, in zones with changes of all sorts."""
    changes = {
        "Europe/Madrid": [date(2026, 3, 29), date(2026, 10, 25)],
        "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
        "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
        "Africa/Cairo": [date(2026, 4, 24), date(2026, 10, 29)],
        "Pacific/Apia": [date(2011, 12, 30), date(2011, 12, 31)],
        "America/Sao_Paulo": [date(2018, 11, 4)],
    }
    found = []
    for zone, days in changes.items():
        for day in days:
            start = datetime(day.year, day.month, day.day) - timedelta(hours=4)  # noqa: DTZ001 - a wall time
            walls = [start + timedelta(minutes=30 * step) for step in range(60)]
            found += [[zone, wall.isoformat(), local(wall, zone)] for wall in walls]
    return found


WALLS = """
v.map(([zone, text]) => {
  const [year, month, day, hour, minute] = text.match(/\\d+/g).map(Number);
  return m.isZone(zone) ? m.wallToInstant({year, month, day, hour, minute, second: 0}, zone) : null;
})
"""


@pytest.mark.parametrize("vectors", [zone_vectors(), change_vectors()], ids=["zones", "changes"])
def test_wall_times_are_the_instants_that_the_server_makes_of_them(
    page: Page, vectors: list[list[Any]]
) -> None:
    instants = call(page, "time/zones.js", WALLS, vectors)
    known = [(each, found) for each, found in zip(vectors, instants, strict=True) if found is not None]
    wrong = [(*each, found) for (each, found) in known if each[2] != found]
    # Browsers may have another release of the zones: single zones may differ for a while, rules may not.
    assert len(known) > 0.95 * len(vectors)
    assert len({each[0] for each in wrong}) <= (3 if len(vectors) > 1000 else 0), wrong[:20]


def test_days_are_those_of_the_zone(page: Page) -> None:
    instant = int(datetime(2026, 12, 31, 11, 30, tzinfo=UTC).timestamp() * 1000)
    zones = {
        "Pacific/Kiritimati": "2027-01-01",
        "Pacific/Pago_Pago": "2026-12-31",
        "Europe/Madrid": "2026-12-31",
    }
    assert call(page, "time/days.js", f"v.map((zone) => m.dayAt({instant}, zone))", list(zones)) == list(
        zones.values()
    )
    assert call(page, "time/days.js", "m.addDays('2026-02-28', 1)") == "2026-03-01"
    start, end = call(page, "time/days.js", "m.dayBounds('2026-10-25', 'Europe/Madrid')")
    assert end - start == 25 * 3_600_000


def test_a_row_says_when_a_task_is_due(page: Page) -> None:
    place = (
        "{zone: 'Europe/Madrid', today: '2026-11-25', now: Date.parse('2026-11-25T09:30:00Z'), "
        "locale: 'en-GB', t: (k, o) => k + (o?.count ?? '')}"
    )
    tasks = [
        {"due_on": "2026-11-25"},
        {"due_at": "2026-11-25T16:00:00Z"},
        {"due_at": "2026-11-25T08:00:00Z"},
        {"due_on": "2026-11-26"},
        {"due_on": "2026-11-23"},
        {"due_on": "2026-11-27"},
        {"due_on": "2027-01-02"},
        {},
    ]
    found = call(
        page,
        "time/format.js",
        f"v.map((task) => m.dueText(task, {place})).map((d) => d && [d.text, d.over])",
        tasks,
    )
    assert found == [
        ["today", False],
        ["today 17:00", False],
        ["today 09:00", True],
        ["tomorrow", False],
        ["days_ago2", True],
        ["Friday", False],
        ["2 Jan 2027", False],
        None,
    ]


@pytest.mark.parametrize(
    "case", json.loads((VECTORS / "conflicts.json").read_text()), ids=lambda case: case["name"]
)
def test_two_devices_change_the_same_task(page: Page, case: dict[str, Any]) -> None:
    merged = call(page, "sync/merge.js", "m.merge(v.mine, v.base, v.theirs)", case)
    assert merged["fields"] == case["fields"]
    assert [note["group"] for note in merged["notes"]] == case["notes"]
    assert (merged["ask"] or {}).get("field") == case["ask"]


@pytest.mark.parametrize(
    ("status", "body", "met", "act"),
    [
        (201, {}, {}, "confirm"),
        (204, None, {}, "confirm"),
        (409, {"code": "still_running"}, {}, "wait"),
        (409, {"code": "series_changed"}, {}, "refuse"),
        (412, {}, {}, "compare"),
        (412, {}, {"compare": 5}, "block"),
        (412, {}, {"retry": 5, "wait": 9}, "compare"),
        (422, {"code": "key_reused"}, {}, "done_before"),
        (422, {"code": "other"}, {}, "block"),
        (400, {"errors": []}, {}, "block"),
        (404, {}, {}, "gone"),
        (401, {}, {}, "sign_in"),
        (403, {}, {}, "renew_token"),
        (403, {}, {"renew_token": 1}, "block"),
        (413, {}, {}, "block"),
        (429, {}, {"wait": 99}, "wait"),
        (503, {}, {}, "wait"),
        (500, "<html>", {"compare": 5}, "retry"),
        (502, None, {"retry": 7}, "block"),
    ],
)
def test_what_an_answer_means(page: Page, status: int, body: Any, met: dict[str, int], act: str) -> None:
    answer = {"status": status, "body": body, "retryAfter": 0}
    given = {"met": met, "answer": answer}
    assert call(page, "sync/outcomes.js", "m.judge(v.met, v.answer, 'update').act", given) == act


def test_pauses_double_to_half_a_minute_and_spread(page: Page) -> None:
    assert call(page, "sync/outcomes.js", "[0, 1, 2, 9].map((n) => m.backOff(n, () => 1))") == [0.5, 1, 2, 30]
    assert call(page, "sync/outcomes.js", "m.backOff(9, () => 0)") == 0


QUEUE = """(() => {
  const queue = new m.Queue();
  for (const each of v.mutations) queue.put({state: "queued", attempts: 0, args: {}, ...each});
  for (const key of v.running ?? []) queue.running.add(key);
  return queue.sendable(1000).alone.map(({key}) => key);
})()"""


def test_changes_of_one_task_go_out_one_after_the_other_and_of_four_tasks_at_once(page: Page) -> None:
    of = [(1, "a"), (1, "b"), (2, "c"), ("new:x", "d"), (3, "e"), (4, "f"), (5, "g")]
    mutations = [
        {"seq": at, "key": key, "task": task, "op": "create" if task == "new:x" else "update"}
        for at, (task, key) in enumerate(of)
    ]
    assert call(page, "sync/queue.js", QUEUE, {"mutations": mutations}) == ["a", "c", "d", "e"]
    assert call(page, "sync/queue.js", QUEUE, {"mutations": mutations, "running": ["a", "c", "d"]}) == ["e"]
    blocked = [{**each, **({"state": "blocked"} if each["key"] == "a" else {})} for each in mutations]
    assert "b" not in call(page, "sync/queue.js", QUEUE, {"mutations": blocked})
    orphan = [{"seq": 1, "key": "a", "task": "new:y", "op": "complete"}]
    assert call(page, "sync/queue.js", QUEUE, {"mutations": orphan}) == []


def test_a_change_takes_in_later_ones_only_while_nothing_was_sent(page: Page) -> None:
    first = {
        "key": "a",
        "op": "update",
        "state": "queued",
        "attempts": 0,
        "fields": {"title": "B"},
        "base": {"title": "A"},
    }
    second = {
        "key": "b",
        "op": "update",
        "fields": {"title": "C", "priority": "low"},
        "base": {"title": "B", "priority": "high"},
    }
    merged = call(page, "sync/queue.js", "m.absorb([v.first], v.second)", {"first": first, "second": second})
    assert merged["key"] == "a"
    assert merged["fields"] == {"title": "C", "priority": "low"}
    assert merged["base"] == {"title": "A", "priority": "high"}
    sent = {**first, "attempts": 1}
    assert (
        call(page, "sync/queue.js", "m.absorb([v.first], v.second)", {"first": sent, "second": second})
        is None
    )


FOLD = "m.fold(v.task, v.pending.map((each) => ({state: 'queued', made_at: 0, ...each})))"


def test_what_is_shown_is_what_is_confirmed_with_what_waits(page: Page) -> None:
    task = {"id": 5, "title": "A", "completed": False, "tags": []}
    pending: list[dict[str, Any]] = [{"op": "update", "fields": {"title": "B"}}, {"op": "complete"}]
    shown = call(page, "store/fold.js", FOLD, {"task": task, "pending": pending})
    assert (shown["title"], shown["completed"], shown["sync"]) == ("B", True, "waiting")
    assert call(page, "store/fold.js", FOLD, {"task": task, "pending": []}) == task
    assert call(page, "store/fold.js", FOLD, {"task": task, "pending": [{"op": "delete"}]}) is None
    made = [
        {"op": "create", "task": "new:1", "fields": {"title": "N"}},
        {"op": "update", "fields": {"priority": "low"}},
    ]
    made_shown = call(page, "store/fold.js", FOLD, {"task": None, "pending": made})
    assert (made_shown["title"], made_shown["priority"], made_shown["tags"]) == ("N", "low", [])
    refused = [{"op": "update", "fields": {"title": "B"}, "state": "blocked"}]
    assert call(page, "store/fold.js", FOLD, {"task": task, "pending": refused})["title"] == "A"
    undone = [{"op": "complete"}, {"op": "undo", "args": {"inverse": {"op": "reopen", "made_at": 0}}}]
    assert call(page, "store/fold.js", FOLD, {"task": task, "pending": undone})["completed"] is False


STORE = """(async () => {
  const store = new m.Store({zone: "Europe/Madrid", now: () => Date.parse("2026-11-25T09:30:00Z")});
  store.show("all");
  const titles = () => store.open.sections.map(({list}) => list.rows.map(({title}) => title)).flat();
  return (%s)(store, titles);
})()"""


def test_a_frame_that_is_older_than_what_is_held_changes_nothing(page: Page) -> None:
    body = """(store, titles) => {
      const task = (version, title) => ({id: 1, version, title, tags: [], priority: "medium"});
      const took = [store.confirm(task(3, "three")), store.confirm(task(2, "two")), store.confirm(task(3, "again"))];
      const before = titles();
      store.remove(1, 4);
      took.push(store.confirm(task(4, "late")), store.confirm(task(5, "back")));
      return {took, before, after: titles()};
    }"""
    found = call(page, "store/store.js", STORE % body)
    assert found == {"took": [True, False, False, False, True], "before": ["three"], "after": ["back"]}


def test_a_task_made_here_keeps_its_row_when_its_id_arrives(page: Page) -> None:
    body = """(store, titles) => {
      const made = {key: "k1", op: "create", task: "new:1", fields: {title: "N"}, state: "queued", made_at: 0};
      const later = {key: "k2", op: "update", task: "new:1", fields: {title: "M"}, state: "queued", made_at: 0};
      store.add(made); store.add(later);
      const row = store.open.sections.map(({list}) => list.rows).flat()[0].key;
      store.settle("k1");
      store.adopt("new:1", 9, {id: 9, version: 1, title: "N", tags: [], priority: "medium"});
      const rows = store.open.sections.map(({list}) => list.rows).flat();
      return [row, rows.map(({key, id, title}) => [key, id, title]), later.task];
    }"""
    assert call(page, "store/store.js", STORE % body) == ["new:1", [["new:1", 9, "M"]], 9]


def test_lists_that_are_kept_are_those_that_are_sorted_afresh(page: Page) -> None:
    body = """(store, titles) => {
      let seed = 11;
      const draw = (n) => {
        seed = (seed + 0x6d2b79f5) | 0;
        const mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
      };
      const random = (id, version) => ({
        id, version, title: `t${id}`, tags: draw(3) ? [] : ["x"], completed: draw(4) === 0, created_at: "2026",
        priority: ["urgent", "high", "medium", "low"][draw(4)], due_on: draw(2) ? `2026-11-${10 + draw(20)}` : null,
      });
      for (let step = 0; step < 3000; step += 1) {
        const id = draw(200) + 1;
        if (draw(6) === 0) store.remove(id);
        else store.confirm(random(id, step + 1));
      }
      const numbers = () => [store.counts.dueBy("2026-11-25"), store.counts.inbox, store.counts.tags.get("x")];
      const kept = titles();
      const counts = numbers();
      store.show("all"); store.recount();
      return {same: JSON.stringify(kept) === JSON.stringify(titles()), size: kept.length, counts, again: numbers()};
    }"""
    found = call(page, "store/store.js", STORE % body)
    assert found["same"]
    assert found["size"] > 50
    assert found["counts"] == found["again"]


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("milk", [1]),
        ("cafe", [2]),
        ("buy mi", [1]),
        ("mi buy", []),
        ("home", [3]),
        ("!!", None),
        ("STRASSE", []),
    ],
)
def test_search_finds_words_and_beginnings(page: Page, query: str, hits: list[int] | None) -> None:
    tasks = [
        {"id": 1, "title": "Buy milk", "description": "", "tags": []},
        {"id": 2, "title": "Café", "description": "", "tags": []},
        {"id": 3, "title": "x", "description": "", "tags": ["home"]},
    ]
    script = "(() => { const f = m.matcherOf(v.query); return f && v.tasks.filter(f).map(({id}) => id); })()"
    assert call(page, "store/search.js", script, {"query": query, "tasks": tasks}) == hits


@pytest.mark.parametrize(
    ("path", "view"),
    [
        ("/", "today"),
        ("/app/all/", "all"),
        ("/app/tag/a%20b", "tag"),
        ("/app/priority/x", "missing"),
        ("/app/tag/%", "missing"),
    ],
)
def test_which_screen_an_address_means(page: Page, path: str, view: str) -> None:
    assert call(page, "ui/router.js", "m.routeOf(v).view", path) == view


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"key": "\u043e", "code": "KeyJ"}, "j"),
        ({"key": "j", "code": "KeyC"}, "j"),
        ({"key": "?", "code": "Slash"}, "?"),
        ({"key": "\u0439", "code": "KeyQ"}, "q"),
        ({"key": "\u041e", "code": "KeyJ", "shiftKey": True}, "J"),
        ({"key": "J", "code": "KeyJ", "shiftKey": False}, "j"),
    ],
)
def test_p14_keys_work_on_layouts_without_latin_letters(page: Page, event: dict[str, Any], name: str) -> None:
    assert call(page, "ui/keys.js", "m.keyName(v)", event) == name


def test_lines_that_are_pasted_lose_their_list_marks(page: Page) -> None:
    text = "- milk\n* bread\r\n\n3. eggs\n[ ] tea\n  • jam"
    assert call(page, "quickadd/chips.js", "m.linesOf(v)", text) == ["milk", "bread", "eggs", "tea", "jam"]
    assert call(page, "quickadd/chips.js", "m.cleanText('a\\0b\\ud800')") == "ab\ufffd"


def test_p10_the_parts_of_a_line_are_the_line(page: Page) -> None:
    chips = [
        {"start": 5, "end": 9, "kind": "due"},
        {"start": 7, "end": 12, "kind": "tag"},
        {"start": 12, "end": 14, "kind": "tag"},
    ]
    text = "call mum 🐝 tomorrow"
    parts = call(page, "quickadd/chips.js", "m.partsOf(v.text, v.chips)", {"text": text, "chips": chips})
    assert "".join(part["text"] for part in parts) == text


def test_parts_that_say_the_same_are_one_chip(page: Page) -> None:
    chips = [
        {"id": "due-6", "kind": "due", "means": "every Monday; first: 30 Nov", "alternatives": []},
        {
            "id": "recurrence-19",
            "kind": "recurrence",
            "means": "every Monday; first: 30 Nov",
            "alternatives": [1],
        },
        {"id": "tag-30", "kind": "tag", "means": "Tag: a", "alternatives": []},
    ]
    found = call(page, "quickadd/chips.js", "m.shownChips(v)", chips)
    assert [(chip["id"], chip["kind"], len(chip["parts"])) for chip in found] == [
        ("due-6", "recurrence", 2),
        ("tag-30", "tag", 1),
    ]
    assert found[0]["alternatives"] == [1]


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({"due_on": "2026-11-20"}, {"due_on": "2026-12-01"}),
        ({}, {"due_on": "2026-12-01"}),
        ({"due_at": "2026-11-20T08:30:00Z"}, {"due_at": "2026-12-01T09:30"}),
        (
            {"due_at": "2026-11-20T08:30:00Z", "time_zone": "Asia/Tokyo"},
            {"due_at": "2026-12-01T17:30", "time_zone": "Asia/Tokyo"},
        ),
        (
            {"due_at": "2026-11-20T08:30:00Z", "time_zone": "Europe/Madrid", "floating": True},
            {"due_at": "2026-12-01T09:30"},
        ),
    ],
)
def test_a_task_that_is_moved_keeps_its_time_of_day(
    page: Page, row: dict[str, Any], fields: dict[str, Any]
) -> None:
    assert call(page, "ui/moving.js", "m.movedTo(v, '2026-12-01', 'Europe/Madrid')", row) == fields


def test_what_is_overdue_moves_to_today_at_its_time_or_to_the_whole_day(page: Page) -> None:
    place = "{today: '2026-11-25', now: Date.parse('2026-11-25T12:00:00Z'), zone: 'Europe/Madrid'}"
    rows = [{"due_at": "2026-11-20T20:00:00Z"}, {"due_at": "2026-11-20T06:00:00Z"}, {"due_on": "2026-11-20"}]
    assert call(page, "ui/moving.js", f"v.map((row) => m.movedToToday(row, {place}))", rows) == [
        {"due_at": "2026-11-25T21:00"},
        {"due_on": "2026-11-25"},
        {"due_on": "2026-11-25"},
    ]


CHOICES = """(() => {
  const given = [];
  const actions = {changeAll: (rows, fieldsOf) => given.push(rows.map(fieldsOf))};
  const store = {zone: "Europe/Madrid", counts: {tags: new Map([["home", 2], ["work", 1]])}, shown: new Map()};
  const place = {today: v.today ?? "2026-11-25", locale: "en-GB", t: (key) => key};
  const t = (key, values) => key + (values?.tag ?? "");
  const app = {t, actions, store, place, user: {week_start: v.week_start ?? "mo"}, commands: []};
  const choices = m.choicesOf(app, {page: v.page, rows: v.rows, query: v.query ?? ""});
  choices.find(({id}) => id === v.take)?.run();
  return {given, ids: choices.map(({id, isOn}) => isOn ? `${id} on` : id)};
})()"""


@pytest.mark.parametrize(
    ("week_start", "today", "day"),
    [
        ("mo", "2026-11-25", "2026-11-30"),
        ("su", "2026-11-25", "2026-11-29"),
        ("sa", "2026-11-25", "2026-11-28"),
        ("mo", "2026-11-30", "2026-12-07"),
    ],
)
def test_p13_next_week_begins_where_the_account_has_it(
    page: Page, week_start: str, today: str, day: str
) -> None:
    asked = {"page": "due", "rows": [{"tags": []}], "take": "day next_week", "today": today}
    found = call(page, "ui/choices.js", CHOICES, {**asked, "week_start": week_start})
    assert found["given"] == [[{"due_on": day}]]


def test_a_tag_is_given_to_all_rows_and_taken_from_all(page: Page) -> None:
    rows = [{"tags": ["home"], "due_on": None}, {"tags": ["home", "work"], "due_on": None}]
    asked = {"page": "tags", "rows": rows}
    assert call(page, "ui/choices.js", CHOICES, {**asked, "take": "tag home"}) == {
        "given": [[{"tags": []}, {"tags": ["work"]}]],
        "ids": ["tag home on", "tag work"],
    }
    given = call(page, "ui/choices.js", CHOICES, {**asked, "take": "tag work"})["given"]
    assert given == [[{"tags": ["home", "work"]}, {"tags": ["home", "work"]}]]
    new = call(page, "ui/choices.js", CHOICES, {**asked, "query": "#garden", "take": "new tag"})
    assert new["given"] == [[{"tags": ["home", "garden"]}, {"tags": ["home", "work", "garden"]}]]


def test_p15_every_place_that_a_row_can_go_to_is_in_the_move_menu(page: Page) -> None:
    rows = [{"tags": [], "due_on": "2026-11-25", "priority": "high"}]
    ids = call(page, "ui/choices.js", CHOICES, {"page": "move", "rows": rows})["ids"]
    assert {"day today", "day tomorrow", "day next_week", "day none"} <= set(ids)
    assert {"priority urgent", "priority high on", "tag home", "delete"} <= set(ids)
