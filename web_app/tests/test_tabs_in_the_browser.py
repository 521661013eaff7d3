# ruff: noqa: E501 - scripts that run in the page
"""Tabs, disk and server, in one page of a real browser: its locks, channels and databases, and a server in memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from web_app.tests.browser import chromium, serve_modules

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WORLD = Path(__file__).parent / "world.js"


def serve_world(route: Route) -> None:
    route.fulfill(body=WORLD.read_text(), content_type="text/javascript")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        opened = browser.new_page()
        opened.route("**/*", serve_modules)
        opened.route("**/tests/world.js", serve_world)
        yield opened


def play(page: Page, script: str, value: Any = None) -> Any:
    """Run a script with the exports of the world, a new server and a value `v`, in a page of its own."""
    page.goto("http://localhost:9/")  # a secure context, as locks need it; no request leaves the browser
    return page.evaluate(
        f"""async (v) => {{
          const w = await import("/tests/world.js");
          const {{Server, connect, tab, kill, until, mutation, titles, writes}} = w;
          await w.forgetEverything();
          const server = new Server();
          connect(server);
          {script}
        }}""",
        value,
    )


def test_a_tab_that_has_missed_something_is_not_live_and_begins_again_from_the_disk(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const leader = await tab(server);
        await until(() => leader.state === "live");
        leader.keeper.soon = () => undefined;  // what follows is not on the disk when the other tab reads it
        server.change(2, {title: "two"});
        await until(() => leader.store.confirmed.has(2));
        const follower = await tab(server);
        const states = new Set();
        follower.addEventListener("status", () => follower.state === "live" && states.add(titles(follower).join()));
        server.change(3, {title: "three"});
        await until(() => follower.state === "live" && follower.store.confirmed.has(3));
        return [leader.tabs.isLeader, follower.tabs.isLeader, titles(follower), [...states].filter((each) => !each.includes("two"))];
        """,
    )
    assert found == [True, False, ["one", "three", "two"], []]


def test_frames_with_a_gap_before_them_are_not_taken_for_all_there_is(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const leader = await tab(server);
        const follower = await tab(server);
        await until(() => follower.state === "live");
        const tell = leader.tabs.tell;
        leader.tabs.tell = (message) => message.type === "frames" || tell.call(leader.tabs, message);
        server.change(1, {title: "missed"});
        await until(() => leader.store.confirmed.get(1).title === "missed");
        leader.tabs.tell = tell;
        const seen = [];
        follower.addEventListener("status", () => seen.push([follower.state, follower.store.confirmed.get(1).title]));
        server.change(2, {title: "two"});
        await until(() => follower.store.confirmed.has(2) && follower.state === "live");
        return [titles(follower), seen.filter(([state, title]) => state === "live" && title !== "missed"), seen.some(([state]) => state === "catching_up")];
        """,
    )
    assert found == [["missed", "two"], [], True]


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_title_that_was_being_edited_waits_until_its_task_is_here(page: Page, is_kept: bool) -> None:
    """The tab that takes it up follows, and is behind; `is_kept`: the task is on the server at all."""
    found = play(
        page,
        """
        const {resumeTitles} = await import("/web/ui/drafts.js");
        const leader = await tab(server);
        await until(() => leader.state === "live");
        leader.keeper.soon = () => undefined;
        if (v) server.change(7, {title: "old"});
        else { server.change(7, {title: "old"}); server.change(7, {}, "delete"); }
        await until(() => leader.place.after === server.head);
        await leader.disk.putDraft("title 7", "typed");
        leader.disk.locks.release("title 7");  // its tab has crashed
        const follower = await tab(server);
        const changed = [];
        const actions = {taskOf: (id) => id, change: (row, fields) => { changed.push([row.id, fields.title]); void follower.act(mutation({op: "update", task: row.id, fields, base: {title: row.title}})); }};
        await resumeTitles({engine: follower, store: follower.store, disk: follower.disk, actions});
        await until(() => changed.length);
        await until(async () => !(await follower.disk.readDraft("title 7")));
        await until(() => (v ? server.tasks.get(7).title === "typed" : leader.outbox.queue.counts().blocked === 1));
        const [blocked] = leader.outbox.queue.inOrder();
        return [changed, blocked?.last_error.code ?? null, blocked?.fields.title ?? null];
        """,
        is_kept,
    )
    assert found == [[[7, "typed"]], *([None, None] if is_kept else ["gone", "typed"])]


def test_a_title_that_another_tab_is_editing_is_left_to_it(page: Page) -> None:
    found = play(
        page,
        """
        const one = await tab(server);
        const other = await tab(server);
        const taken = [];
        await one.disk.putDraft("title 7", "half");
        await other.disk.takeDrafts("title ", (name, text) => taken.push([name, text]));
        await one.disk.putDraft("title 7", "whole");
        const before = [...taken];
        one.disk.locks.release("title 7");
        await until(() => taken.length);
        return [before, taken];
        """,
    )
    assert found == [[], [["7", "whole"]]]


def test_the_next_tab_writes_what_the_last_one_had_no_time_for(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        server.change(500, {title: "in another chunk"});
        const leader = await tab(server);
        const follower = await tab(server);
        await until(() => follower.state === "live");
        await leader.keeper.flush();
        leader.keeper.soon = () => undefined;
        server.change(1, {title: "changed"});
        await until(() => follower.store.confirmed.get(1).title === "changed");
        kill(leader);
        await until(() => follower.tabs.isLeader && follower.state === "live");
        server.change(500, {title: "and another"});
        await until(() => follower.store.confirmed.get(500).title === "and another");
        await follower.keeper.flush();
        kill(follower);
        server.isDown = true;
        const third = await tab(server);
        await until(() => third.place.after !== null);
        return [titles(third), third.place.after];
        """,
    )
    assert found == [["and another", "changed"], 4]


def test_a_tab_that_hands_the_lead_over_has_written_all_and_writes_no_more(page: Page) -> None:
    found = play(
        page,
        """
        Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
        server.change(1, {title: "one"});
        const leader = await tab(server);
        await until(() => leader.state === "live");
        leader.keeper.soon = () => undefined;
        server.change(2, {title: "two"});
        await until(() => leader.store.confirmed.has(2));
        const follower = await tab(server);
        await until(() => follower.place.after !== null);
        let written = 0;
        const handed = leader.tabs.handOver();
        leader.disk.write = ((write) => (...given) => { written += leader.tabs.isLeader ? 0 : 1; return write.apply(leader.disk, given); })(leader.disk.write);
        await handed;
        await until(() => follower.tabs.isLeader && follower.state === "live");
        server.change(3, {title: "three"});
        await until(() => leader.store.confirmed.has(3) && leader.state === "live");
        await leader.keeper.flush();
        return [written, leader.tabs.isLeader, server.sockets.size, titles(leader), titles(follower)];
        """,
    )
    assert found == [0, False, 1, ["one", "three", "two"], ["one", "three", "two"]]


def test_what_may_have_been_sent_takes_in_no_other_change_of_any_tab(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const leader = await tab(server);
        const follower = await tab(server);
        await until(() => follower.state === "live");
        let release;
        const held = new Promise((resolve) => { release = resolve; });
        server.before = (method) => (method === "PATCH" ? held : undefined);
        await follower.act(mutation({op: "update", task: 1, fields: {title: "first"}, base: {title: "one"}}));
        await until(() => writes(server).length === 1);
        await follower.act(mutation({op: "update", task: 1, fields: {title: "second"}, base: {title: "first"}}));
        await until(() => follower.outbox.queue.inOrder()[0].attempts === 1);
        const shown = titles(follower);
        server.before = () => undefined;
        release();
        await until(() => server.tasks.get(1).title === "second" && follower.outbox.queue.mutations.size === 0);
        return [shown, writes(server).map(({body}) => body.title), titles(leader)];
        """,
    )
    assert found == [["second"], ["first", "second"], ["second"]]


def test_what_is_taken_back_while_it_is_sent_is_undone(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const leader = await tab(server);
        const follower = await tab(server);
        await until(() => follower.state === "live");
        follower.room.note = () => undefined;  // it has not heard yet that the change is being sent
        let release;
        const held = new Promise((resolve) => { release = resolve; });
        server.before = () => held;
        const done = await follower.act(mutation({op: "complete", task: 1}));
        await until(() => writes(server).length === 1);
        const took = follower.withdraw(done.key);
        server.before = () => undefined;
        release();
        await until(() => writes(server).length === 2 && leader.outbox.queue.mutations.size === 0);
        await until(() => !follower.store.confirmed.get(1).completed && follower.store.confirmed.get(1).version === 3);
        return [took, writes(server).map(({method, path, body}) => [method, path, body ?? null])];
        """,
    )
    assert found == [
        True,
        [["PUT", "/api/tasks/1/completion/", None], ["POST", "/api/tasks/1/undo/", {"version": 2}]],
    ]


@pytest.mark.parametrize("somebody", ["43", None])
def test_nothing_is_sent_or_read_in_the_name_of_somebody_else(page: Page, somebody: str | None) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "mine"});
        const engine = await tab(server);
        await until(() => engine.state === "live");
        server.isDown = true;
        server.before = () => { throw new (class extends Error {})("unreachable"); };
        engine.outbox.stop();
        await engine.act(mutation({op: "create", task: "new:1", fields: {title: "written offline"}}));
        server.user = v;  // another person has signed in in this browser
        server.isDown = false;
        server.before = () => undefined;
        server.calls.length = 0;
        await engine.follower.catchUp();
        engine.outbox.wake();
        const state = engine.state;
        const calls = server.calls.length;
        server.user = w.USER;
        engine.lookAgain();
        await until(() => engine.state === "live" && engine.outbox.queue.mutations.size === 0);
        return [state, calls, titles(engine)];
        """,
        somebody,
    )
    assert found == ["signed_out", 0, ["mine", "written offline"]]


def test_many_changes_go_out_in_one_call_and_are_repeated_under_their_names(page: Page) -> None:
    found = play(
        page,
        """
        const {Unreachable} = await import("/web/sync/api.js");
        const engine = await tab(server);
        await until(() => engine.state === "live");
        engine.outbox.stop();
        for (let at = 0; at < 30; at += 1) await engine.act(mutation({op: "create", task: `new:${at}`, fields: {title: `t${at}`}}));
        await engine.act(mutation({op: "quick", task: "new:q", fields: {title: "q"}, args: {text: "q"}}));
        await engine.act(mutation({op: "complete", task: "new:0"}));
        server.after = (method, path) => { if (path.includes("bulk")) { server.after = () => undefined; throw new Unreachable("cut"); } };
        server.sockets.forEach((socket) => socket.close());  // nor does the history come by itself
        const pull = engine.follower.pull;
        engine.follower.pull = async () => undefined;
        engine.outbox.start();
        await until(() => writes(server).length >= 2);
        engine.follower.pull = pull;
        await until(() => engine.outbox.queue.mutations.size === 0);
        const bulk = writes(server).filter(({path}) => path.includes("bulk"));
        const names = bulk.map(({body}) => body.operations.map((each) => each.client_request_id).join());
        return [bulk.map(({body}) => body.operations.length), names[0] === names[1], server.tasks.size, titles(engine).length, server.tasks.get(1).completed];
        """,
    )
    assert found == [[30, 30], True, 31, 31, True]


def test_each_of_many_changes_is_answered_for_itself(page: Page) -> None:
    found = play(
        page,
        """
        const engine = await tab(server);
        await until(() => engine.state === "live");
        engine.outbox.stop();
        for (let at = 0; at < 25; at += 1) await engine.act(mutation({op: "create", task: `new:${at}`, fields: {title: `t${at}`}}));
        server.refuses = (op, {title}) => title === "t3" && {status: 400, problem: {code: "invalid", detail: "no", errors: []}};
        engine.outbox.start();
        await until(() => engine.outbox.queue.mutations.size === 1);
        const [left] = engine.outbox.queue.inOrder();
        return [server.tasks.size, left.fields.title, left.state, left.last_error.detail, titles(engine).length];
        """,
    )
    assert found == [24, "t3", "blocked", "no", 25]


@pytest.mark.parametrize(("status", "alone"), [(413, 25), (429, 0), (500, 0)])
def test_a_call_of_many_that_is_refused_as_a_whole(page: Page, status: int, alone: int) -> None:
    """Too much for one call goes out one by one; where the server is busy, the same call is made again."""
    found = play(
        page,
        """
        const engine = await tab(server);
        await until(() => engine.state === "live");
        engine.outbox.stop();
        for (let at = 0; at < 25; at += 1) await engine.act(mutation({op: "create", task: `new:${at}`, fields: {title: `t${at}`}}));
        let refused = 0;
        server.before = (method, path) => path.includes("bulk") && !refused++ ? {status: v, body: {code: "x", errors: []}, retryAfter: 0.01} : undefined;
        engine.outbox.start();
        await until(() => engine.outbox.queue.mutations.size === 0);
        return [server.tasks.size, writes(server).filter(({path}) => !path.includes("bulk")).length];
        """,
        status,
    )
    assert found == [25, alone]


def test_a_key_that_was_used_is_looked_up_in_the_history(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const engine = await tab(server);
        await until(() => engine.state === "live");
        server.sockets.forEach((socket) => { socket.deliver = () => undefined; });
        let first = true;
        server.after = (method) => { if (method !== "GET" && first) { first = false; return {status: 500, body: null}; } };
        server.before = (method) => (method === "PATCH" && !first ? {status: 422, body: {code: "key_reused"}} : undefined);
        await engine.act(mutation({op: "update", task: 1, fields: {tags: ["a"]}, base: {tags: []}}));
        await until(() => engine.outbox.queue.mutations.size === 0);
        return [server.tasks.get(1).tags, engine.store.confirmed.get(1).tags, engine.outbox.queue.counts()];
        """,
    )
    assert found == [["a"], ["a"], {"waiting": 0, "blocked": 0}]


def test_a_history_that_is_gone_is_loaded_anew_behind_what_is_shown(page: Page) -> None:
    """What was sent more than a day ago and never answered is not sent again unasked; what was not sent is."""
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const first = await tab(server);
        await until(() => first.state === "live");
        await first.keeper.flush();
        first.outbox.stop();
        await first.act(mutation({op: "create", task: "new:a", fields: {title: "sent long ago"}, attempts: 1, way: "single", first_sent_at: Date.now() - 24 * 3_600_000}));
        await first.act(mutation({op: "create", task: "new:b", fields: {title: "never sent"}}));
        kill(first);
        server.change(1, {title: "later"});
        server.change(9, {title: "new"});
        server.tail = 2;
        const sizes = [];
        const engine = await tab(server);
        engine.store.addEventListener("change", () => sizes.push(engine.store.shown.size));
        await until(() => engine.state === "live" && engine.outbox.queue.counts().waiting === 0);
        const [left] = engine.outbox.queue.inOrder();
        return [titles(engine), left.last_error.code, Math.min(...sizes) >= 3, [...server.tasks.values()].map(({title}) => title).sort()];
        """,
    )
    assert found == [
        ["later", "never sent", "new", "sent long ago"],
        "maybe_saved",
        True,
        ["later", "never sent", "new"],
    ]


def test_a_restored_server_is_said_once(page: Page) -> None:
    found = play(
        page,
        """
        for (let at = 0; at < 5; at += 1) server.change(1, {title: `one ${at}`});
        const engine = await tab(server);
        const said = [];
        engine.addEventListener("notice", ({detail}) => said.push(detail.kind));
        await until(() => engine.state === "live");
        server.frames.length = 2;
        server.epoch = "e2";
        server.tasks.get(1).version = 1;
        server.tasks.get(1).title = "as it was";
        await engine.follower.catchUp();
        await engine.follower.catchUp();
        return [titles(engine), engine.place, said];
        """,
    )
    assert found == [["as it was"], {"after": 2, "epoch": "e2"}, ["restored"]]


@pytest.mark.parametrize("way", ["whole", "broken", "older server"])
def test_everything_is_loaded_also_in_parts(page: Page, way: str) -> None:
    found = play(
        page,
        """
        for (let at = 1; at <= 20; at += 1) server.change(at, {title: `t${at}`});
        if (v === "broken") server.breaksAt = 12;
        if (v === "older server") server.before = (method, path) => {
          if (path.includes("snapshot")) return {status: 404, body: {}};
          if (path.startsWith("/api/tasks/?")) return {status: 200, body: {results: path.includes("pending") ? [...server.tasks.values()] : [], next: null}};
        };
        const engine = await tab(server);
        await until(() => engine.state === "live");
        return [engine.store.confirmed.size, engine.place.after, server.calls.filter(({path}) => path.includes("snapshot")).length];
        """,
        way,
    )
    assert found == [20, 20, 2 if way == "broken" else 1]


def test_the_rows_shown_last_are_shown_before_all_tasks_are_read(page: Page) -> None:
    found = play(
        page,
        """
        for (let at = 1; at <= 1500; at += 1) server.change(at, {title: `t${at}`, due_on: at > 1400 ? "2020-01-01" : null, created_at: String(at)});
        const first = await tab(server);
        await until(() => first.state === "live");
        await first.keeper.flush();
        server.change(1450, {}, "delete");
        await until(() => !first.store.confirmed.has(1450));
        first.disk.writeTasks = async () => false;  // it was killed before the disk knew
        kill(first);
        server.isDown = true;
        const engine = await tab(server);
        const shown = engine.store.shown.size;
        const rows = engine.store.open.sections.flatMap(({list}) => list.rows.map(({id}) => id));
        await engine.loaded;
        return [shown, rows.slice(0, 2), engine.store.shown.size, engine.store.open.sections.flatMap(({list}) => list.rows).length, engine.store.counts.inbox];
        """,
    )
    assert found == [60, [1401, 1402], 1500, 1500, 1400]


def test_a_full_device_gives_up_its_tasks_and_keeps_its_changes(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const engine = await tab(server);
        await until(() => engine.state === "live");
        await engine.keeper.flush();
        const said = [];
        engine.addEventListener("notice", ({detail}) => said.push(detail.reason));
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (value, key) {
          if (this.name === "chunks") throw new DOMException("full", "QuotaExceededError");
          return put.call(this, value, key);
        };
        server.change(2, {title: "two"});
        await until(() => said.length);
        engine.outbox.stop();
        await engine.act(mutation({op: "create", task: "new:1", fields: {title: "kept"}}));
        const other = await tab(server);
        await until(() => other.store.confirmed.has(2));
        kill(engine);
        kill(other);
        IDBObjectStore.prototype.put = put;
        server.isDown = true;
        const again = await tab(server);
        await until(() => again.tabs.isLeader);
        return [said, titles(other), titles(again), again.place.after];
        """,
    )
    assert found == [["full"], ["kept", "one", "two"], ["kept"], None]


def test_without_a_database_tabs_share_what_they_have_in_memory(page: Page) -> None:
    found = play(
        page,
        """
        IDBFactory.prototype.open = () => { throw new DOMException("private", "SecurityError"); };
        server.change(1, {title: "one"});
        const leader = await tab(server);
        const follower = await tab(server);
        await until(() => leader.state === "live" && follower.state === "live" && follower.store.confirmed.has(1));
        await follower.act(mutation({op: "create", task: "new:1", fields: {title: "two"}}));
        await until(() => titles(leader).length === 2 && follower.outbox.queue.mutations.size === 0);
        server.isDown = true;
        server.before = () => new Promise(() => undefined);
        await follower.act(mutation({op: "create", task: "new:2", fields: {title: "three"}}));
        await until(() => leader.outbox.queue.mutations.size === 1);
        kill(leader);
        server.isDown = false;
        server.before = () => undefined;
        await until(() => follower.tabs.isLeader && follower.outbox.queue.mutations.size === 0 && server.tasks.size === 3);
        return [titles(follower), server.calls.filter(({path}) => path.includes("snapshot")).length];
        """,
    )
    assert found == [["one", "three", "two"], 1]


def test_changes_keep_their_order_when_the_clock_is_set_back(page: Page) -> None:
    found = play(
        page,
        """
        const engine = await tab(server);
        await until(() => engine.state === "live");
        engine.outbox.stop();
        await engine.act(mutation({op: "create", task: "new:1", fields: {title: "N"}, seq: 2_000_000}));
        await engine.act(mutation({op: "complete", task: "new:1", seq: 1_000}));
        engine.outbox.start();
        await until(() => engine.outbox.queue.mutations.size === 0);
        return writes(server).map(({method, path}) => `${method} ${path}`);
        """,
    )
    assert found == ["POST /api/tasks/", "PUT /api/tasks/1/completion/"]


@pytest.mark.parametrize(
    ("ahead", "skew", "is_said"),
    [
        (0, 0, False),
        (4, 0, False),
        (60, 60, False),
        (-3600, -3600, True),
        (86400 * 365 * 50, 1576800000, True),
    ],
)
def test_a_clock_that_is_wrong_is_corrected_and_said_once(
    page: Page, ahead: int, skew: int, is_said: bool
) -> None:
    found = play(
        page,
        """
        const {Clock} = await import("/web/sync/clock.js");
        const clock = new Clock();
        const here = Date.parse("2026-11-29T12:00:00Z") + v * 1000;
        const date = "Sun, 29 Nov 2026 12:00:00 GMT";
        return [clock.compare(date, here), clock.compare(date, here), clock.compare("nonsense", here), clock.compare(null, here), clock.skew];
        """,
        ahead,
    )
    assert found == [is_said, False, False, False, skew]


def test_a_late_frame_of_a_deletion_does_not_remove_what_was_restored_since(page: Page) -> None:
    found = play(
        page,
        """
        const engine = await tab(server);
        await until(() => engine.state === "live");
        engine.store.confirm({id: 1, version: 5, title: "restored", tags: []});
        engine.applyFrame({operation: "delete", task_id: 1, version: 4});
        const kept = titles(engine);
        engine.applyFrame({operation: "delete", task_id: 1, version: 6});
        return [kept, titles(engine)];
        """,
    )
    assert found == [["restored"], []]


# What becomes of a change when somebody changed its task meanwhile: what the server has then, what is said, what waits.
CONVERSATIONS: list[tuple[str, dict[str, Any], str, dict[str, Any], list[str], str | None]] = [
    ("update", {"title": "mine"}, "update", {"title": "mine", "priority": "high"}, [], None),
    ("update", {"title": "mine"}, "title", {"title": "mine"}, ["noted"], None),
    ("update", {"description": "mine"}, "description", {"description": "theirs"}, [], "conflict"),
    ("update", {"tags": ["a", "mine"]}, "tags", {"tags": ["a", "theirs", "mine"]}, [], None),
    (
        "update",
        {"due_on": "2027-01-01"},
        "rule",
        {"due_on": "2027-01-01", "recurrence": "FREQ=DAILY"},
        ["noted"],
        None,
    ),
    ("update", {"priority": "low"}, "update", {"priority": "low"}, [], None),
    ("update", {"title": "mine"}, "delete", {}, [], "gone"),
    ("complete", {}, "title", {"title": "theirs", "completed": True}, [], None),
    ("delete", {}, "title", {"title": "theirs"}, [], "changed"),
    ("delete", {}, "delete", {}, [], None),
]


@pytest.mark.parametrize("is_heard", [True, False], ids=["heard before", "met by 412"])
@pytest.mark.parametrize(
    "case", CONVERSATIONS, ids=lambda case: f"{case[0]} {' '.join(case[1])} against {case[2]}"
)
def test_somebody_changed_the_task_meanwhile(page: Page, case: tuple[Any, ...], is_heard: bool) -> None:
    op, fields, theirs, server, said, waits = case
    found = play(
        page,
        """
        server.change(1, {title: "one", tags: ["a"], recurrence: null, due_on: null});
        const engine = await tab(server);
        await until(() => engine.state === "live");
        const said = [];
        engine.addEventListener("notice", ({detail}) => said.push(detail.kind));
        engine.outbox.stop();
        if (!v.isHeard) server.sockets.forEach((socket) => { socket.deliver = () => undefined; });
        const base = v.fields && Object.fromEntries(Object.keys(v.fields).map((name) => [name, engine.store.confirmed.get(1)[name] ?? null]));
        await engine.act(mutation({op: v.op, task: 1, ...(v.op === "update" ? {fields: v.fields, base} : {}), base_version: 1}));
        const change = {update: {priority: "high"}, title: {title: "theirs"}, description: {description: "theirs"}, tags: {tags: ["a", "theirs"]}, rule: {recurrence: "FREQ=DAILY"}};
        if (v.theirs === "delete") server.change(1, {}, "delete");
        else server.change(1, change[v.theirs]);
        if (v.isHeard) await until(() => (engine.store.confirmed.get(1)?.version ?? 2) === 2);
        engine.outbox.start();
        await until(() => engine.outbox.queue.ready(Infinity).length === 0 && engine.outbox.queue.running.size === 0);
        const task = server.tasks.get(1);
        const [left] = engine.outbox.queue.inOrder();
        return [task && Object.fromEntries(Object.keys(v.server).map((name) => [name, task[name]])), said, left?.last_error.code ?? null, writes(server).length <= 2];
        """,
        {"op": op, "fields": fields, "theirs": theirs, "server": server, "isHeard": is_heard},
    )
    assert found == [server or None, said, waits, True]
