"""What the page shows: confirmed tasks with what waits folded over them, in lists that stay sorted, and search."""

from typing import Any

import pytest
from playwright.sync_api import Page

from web_app.tests.scenes import call

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


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
    ("day", "section"),
    [
        ("2026-11-24", "overdue"),
        ("2026-11-25", "2026-11-25"),
        ("2026-12-08", "2026-12-08"),
        ("2026-12-09", "week 2026-12-09"),
        ("2026-12-15", "week 2026-12-09"),
        ("2026-12-16", "week 2026-12-16"),
        ("2027-01-19", "week 2027-01-13"),
        ("2027-01-20", "later"),
    ],
)
def test_upcoming_has_fourteen_days_then_six_weeks_then_the_rest(page: Page, day: str, section: str) -> None:
    body = """(() => {
      const moment = {now: Date.parse("2026-11-25T12:00:00Z"), today: "2026-11-25", zone: "UTC"};
      const task = {completed: false, due: {day: v, instant: NaN}};
      return m.sectionsOf("upcoming", "", moment).filter(({includes}) => includes(task)).map(({id}) => id);
    })()"""
    assert call(page, "store/views.js", body, day) == [section]


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("milk", [1]),
        ("cafe", [2]),
        ("buy mi", [1]),
        ("mi bu", [1]),
        ('"buy milk"', [1]),
        ('"milk buy"', []),
        ("-milk x", [3]),
        ("e-milk", []),
        ("home", [3]),
        ("!!", None),
        ("STRASSE", []),
    ],
)
def test_search_finds_beginnings_phrases_and_what_lacks_a_word(
    page: Page, query: str, hits: list[int] | None
) -> None:
    tasks = [
        {"id": 1, "title": "Buy milk", "description": "", "tags": []},
        {"id": 2, "title": "Café", "description": "", "tags": []},
        {"id": 3, "title": "x", "description": "", "tags": ["home"]},
    ]
    script = "(() => { const f = m.matcherOf(v.query); return f && v.tasks.filter(f).map(({id}) => id); })()"
    assert call(page, "store/search.js", script, {"query": query, "tasks": tasks}) == hits
