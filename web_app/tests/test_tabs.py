# ruff: noqa: E501 - scripts that run in the page
"""Tabs of one person in a real browser: one leads, the others follow it without a gap, and none loses what it was told."""

import pytest
from playwright.sync_api import Page

from web_app.tests.scenes import play

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_tab_that_has_missed_something_is_not_live_and_begins_again_from_the_disk(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const leader = await live(server);
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
        const [leader, follower] = await pair(server);
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
        const {resumeTexts} = await import("/web/ui/drafts.js");
        const leader = await live(server);
        leader.keeper.soon = () => undefined;
        if (v) server.change(7, {title: "old"});
        else { server.change(7, {title: "old"}); server.change(7, {}, "delete"); }
        await until(() => leader.place.after === server.head);
        await leader.disk.putDraft("title 7", "typed");
        leader.disk.locks.release("title 7");  // its tab has crashed
        const follower = await tab(server);
        const changed = [];
        const actions = {change: (row, fields) => { changed.push([row.id, fields.title]); void follower.act(mutation({op: "update", task: row.id, fields, base: {title: row.title}})); }};
        await resumeTexts({engine: follower, store: follower.store, disk: follower.disk, actions});
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
        await other.disk.takeDrafts("title", (name, text) => taken.push([name, text]));
        await one.disk.putDraft("title 7", "whole");
        const before = [...taken];
        one.disk.locks.release("title 7");
        await until(() => taken.length);
        return [before, taken];
        """,
    )
    assert found == [[], [["7", "whole"]]]


def test_a_line_is_taken_up_by_one_tab_when_its_own_has_ended(page: Page) -> None:
    found = play(
        page,
        """
        const [one, other, third] = [await tab(server), await tab(server), await tab(server)];
        const tried = async (engines) => {
          const taken = [];
          await Promise.all(engines.map(({disk}) => disk.takeLine(`line ${disk.tab}`, (text) => { taken.push([disk.tab, text]); return true; })));
          await until(async () => !(await navigator.locks.query()).pending.some(({name}) => name.includes("draft")));
          return taken;
        };
        [one, other, third].forEach(({disk}, at) => { disk.tab = at; });
        await one.disk.putDraft("line 0", "half");
        await one.disk.putDraft("liner 0", "of another kind");
        one.disk.locks.release("liner 0");
        const before = await tried([other, third]);
        one.disk.locks.release("line 0");
        const [[by, text], ...more] = await tried([other, third]);
        await until(async () => !(await one.disk.readDraft("line 0")));
        const kept = ["liner 0", `line ${by}`].map((name) => one.disk.readDraft(name));
        return [before, by > 0, text, more.length, ...(await Promise.all(kept))];
        """,
    )
    assert found == [[], True, "half", 0, "of another kind", "half"]


def test_of_two_tabs_that_come_back_one_takes_up_a_text(page: Page) -> None:
    found = play(
        page,
        """
        const [gone, one, other] = [await tab(server), await tab(server), await tab(server)];
        await gone.disk.putDraft("description 7", "half");
        gone.disk.locks.release("description 7");
        const both = await Promise.all([one, other].map(({disk}) => disk.takeDraft("description 7")));
        const owner = both[0] ? one : other;
        await owner.disk.putDraft("description 7", "");
        return [both.sort(), await one.disk.takeDraft("description 7"), await other.disk.takeDraft("description 7")];
        """,
    )
    assert found == [["", "half"], "", ""]


def test_the_next_tab_writes_what_the_last_one_had_no_time_for(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        server.change(500, {title: "in another chunk"});
        const [leader, follower] = await pair(server);
        await leader.keeper.flush();
        leader.keeper.soon = () => undefined;
        server.change(1, {title: "changed"});
        await until(() => follower.store.confirmed.get(1).title === "changed");
        kill(leader);
        await until(() => follower.tabs.isLeader && follower.state === "live" && server.sockets.size > 0);
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
        const leader = await live(server);
        leader.keeper.soon = () => undefined;
        server.change(2, {title: "two"});
        await until(() => leader.store.confirmed.has(2));
        const follower = await tab(server);
        await until(() => follower.place.after !== null);
        let written = 0;
        const handed = leader.tabs.handOver();
        leader.disk.write = ((write) => (...given) => { written += leader.tabs.isLeader ? 0 : 1; return write.apply(leader.disk, given); })(leader.disk.write);
        await handed;
        await until(() => follower.tabs.isLeader && follower.state === "live" && server.sockets.size > 0);
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
        const [leader, follower] = await pair(server);
        const release = hold(server, "PATCH");
        await follower.act(mutation({op: "update", task: 1, fields: {title: "first"}, base: {title: "one"}}));
        await until(() => writes(server).length === 1);
        await follower.act(mutation({op: "update", task: 1, fields: {title: "second"}, base: {title: "first"}}));
        await until(() => follower.outbox.queue.inOrder()[0].attempts === 1);
        const shown = titles(follower);
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
        const [leader, follower] = await pair(server);
        follower.room.note = () => undefined;  // it has not heard yet that the change is being sent
        const release = hold(server);
        const done = await follower.act(mutation({op: "complete", task: 1}));
        await until(() => writes(server).length === 1);
        const took = follower.withdraw(done.key);
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
