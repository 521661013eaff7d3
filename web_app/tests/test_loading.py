# ruff: noqa: E501 - scripts that run in the page
"""What a page has when it begins: from its disk, from the server, from a history that is gone or was restored."""

import pytest
from playwright.sync_api import Page

from web_app.tests.scenes import play

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_history_that_is_gone_is_loaded_anew_behind_what_is_shown(page: Page) -> None:
    """What was sent more than a day ago and never answered is not sent again unasked; what was not sent is."""
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const first = await live(server);
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


@pytest.mark.parametrize(("breaks_at", "shown"), [(0, []), (12, [11])])
def test_what_comes_in_one_part_is_shown_once_with_all(page: Page, breaks_at: int, shown: list[int]) -> None:
    found = play(
        page,
        """
        const {loadEverything} = await import("/web/sync/bootstrap.js");
        for (let at = 1; at <= 20; at += 1) server.change(at, {title: `t${at}`});
        server.breaksAt = v;
        const parts = [];
        const {tasks} = await loadEverything(server.api(), (part) => parts.push(part.length));
        return [parts, tasks.length];
        """,
        breaks_at,
    )
    assert found == [shown, 20]


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
        const engine = await live(server);
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
        const first = await live(server);
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
        const engine = await live(server);
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


@pytest.mark.parametrize(("how", "draft"), [("newer", "half"), ("not whole", "")])
def test_a_database_that_cannot_be_used_is_made_anew_with_what_waits(
    page: Page, how: str, draft: str
) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const first = await live(server);
        await first.keeper.flush();
        first.outbox.stop();
        const kept = await first.act(mutation({op: "create", task: "new:1", fields: {title: "waits"}}));
        await first.disk.putDraft("line 1", "half");
        kill(first);
        first.disk.database.close();
        const name = `todo-${w.USER}`;
        const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = reject; });
        if (v === "newer") (await done(indexedDB.open(name, 7))).close();
        else {
          await done(indexedDB.deleteDatabase(name));
          const opening = indexedDB.open(name, 1);
          opening.onupgradeneeded = () => opening.result.createObjectStore("queue", {keyPath: "key"}).put(kept);
          (await done(opening)).close();
        }
        const second = await live(server);
        await until(() => second.outbox.queue.mutations.size === 0);
        await second.keeper.flush();
        const text = await second.disk.readDraft("line 1");
        kill(second);
        server.isDown = true;
        const third = await tab(server);
        await until(() => third.store.confirmed.size === 2);
        return [titles(third), [...server.tasks.values()].map(({title}) => title), second.disk.wasReplaced, third.disk.wasReplaced ?? false, text];
        """,
        how,
    )
    assert found == [["one", "waits"], ["one", "waits"], True, False, draft]


def test_of_two_tabs_that_cannot_use_a_database_one_alone_makes_it_anew(page: Page) -> None:
    found = play(
        page,
        """
        const {replaceDatabase} = await import("/web/data/repair.js");
        const {openUserDatabase} = await import("/web/data/schema.js");
        const opening = indexedDB.open(`todo-${w.USER}`, 7);
        opening.onupgradeneeded = () => opening.result.createObjectStore("queue", {keyPath: "key"}).put({key: "waits", seq: 1});
        await new Promise((resolve) => { opening.onsuccess = resolve; });
        opening.result.close();
        const replace = () => replaceDatabase(w.USER, () => openUserDatabase(w.USER, {}));
        const {deleteDatabase} = IDBFactory.prototype;
        let second;
        IDBFactory.prototype.deleteDatabase = function (name) {
          IDBFactory.prototype.deleteDatabase = deleteDatabase;
          const request = deleteDatabase.call(this, name);
          second = replace();
          return request;
        };
        const both = [await replace(), await second];
        const waiting = await Promise.all(both.map((database) => database.count("queue")));
        both.forEach((database) => database.close());
        return waiting;
        """,
    )
    assert found == [1, 1]


def test_a_device_that_is_to_keep_nothing_sends_what_waits_and_then_keeps_nothing(page: Page) -> None:
    """At sign-in, nobody has been asked yet about what waits from before."""
    found = play(
        page,
        """
        const {deviceChoices} = await import("/web/data/account.js");
        const first = await live(server);
        first.outbox.stop();
        await first.act(mutation({op: "create", task: "new:1", fields: {title: "waits"}}));
        kill(first);
        deviceChoices.keep = "no";
        const second = await live(server);
        await until(() => second.outbox.queue.mutations.size === 0 && server.tasks.size === 1);
        await until(async () => !(await second.disk.readQueue()).length);
        kill(second);
        const third = await live(server);
        const names = (await indexedDB.databases()).map(({name}) => name);
        deviceChoices.keep = "";
        return [titles(third), third.disk.database, names.includes(`todo-${w.USER}`)];
        """,
    )
    assert found == [["waits"], None, False]


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
        const engine = await live(server);
        engine.store.confirm({id: 1, version: 5, title: "restored", tags: []});
        engine.applyFrame({operation: "delete", task_id: 1, version: 4});
        const kept = titles(engine);
        engine.applyFrame({operation: "delete", task_id: 1, version: 6});
        return [kept, titles(engine)];
        """,
    )
    assert found == [["restored"], []]


def test_tasks_that_others_changed_are_told_in_every_tab_and_those_changed_here_are_not(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one", recurrence: {rule: "FREQ=DAILY"}, series_id: 5});
        const both = await pair(server);
        const told = both.map(() => []);
        both.forEach((engine, at) => engine.addEventListener("remote", ({detail}) => told[at].push(...detail)));
        const done = () => until(() => both.every(({place, outbox}) => place.after === server.head && !outbox.queue.mutations.size));
        await both[0].act(mutation({op: "skip", task: 1, base_version: 1}));
        await done();
        await both[1].act(mutation({op: "update", task: 101, fields: {title: "mine"}, base: {title: "one"}}));
        await done();
        await both[0].act(mutation({op: "delete", task: 101, base_version: 2}));
        await done();
        for (const title of ["theirs", "theirs again"]) server.change(2, {title});
        server.change(3, {title: "gone"});
        server.change(3, {}, "delete");
        server.change(4, {}, "delete");
        await done();
        return [told, both.map(titles)];
        """,
    )
    assert found == [[[2, 2, 3, 3]] * 2, [["theirs again"]] * 2]
