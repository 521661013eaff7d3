# ruff: noqa: E501 - scripts that run in the page
"""Changes that wait: in which order and together with which they go out, and what an answer means for them."""

from typing import Any

import pytest
from playwright.sync_api import Page

from web_app.tests.scenes import call, play

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


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


def test_tasks_are_made_one_after_the_other_while_others_change(page: Page) -> None:
    ops = [("new:a", "create"), ("new:b", "quick"), (1, "update"), ("new:c", "create"), (2, "complete")]
    mutations = [
        {"seq": at, "key": f"{at}", "task": task, "op": op} for at, (task, op) in enumerate(ops, start=1)
    ]
    assert call(page, "sync/queue.js", QUEUE, {"mutations": mutations}) == ["1", "3", "5"]
    assert call(page, "sync/queue.js", QUEUE, {"mutations": mutations, "running": ["1"]}) == ["3", "5"]
    assert call(page, "sync/queue.js", QUEUE, {"mutations": mutations[1:]}) == ["2", "3", "5"]


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


@pytest.mark.parametrize("somebody", ["43", None])
def test_nothing_is_sent_or_read_in_the_name_of_somebody_else(page: Page, somebody: str | None) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "mine"});
        const engine = await live(server);
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
        const engine = await live(server);
        engine.outbox.stop();
        await addMany(engine, 30);
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
        const engine = await live(server);
        engine.outbox.stop();
        await addMany(engine, 25);
        server.refuses = (op, {title}) => title === "t3" && {status: 400, problem: {code: "invalid", detail: "no", errors: []}};
        engine.outbox.start();
        await until(() => engine.outbox.queue.mutations.size === 1);
        const [left] = engine.outbox.queue.inOrder();
        return [server.tasks.size, left.fields.title, left.state, left.last_error.detail, titles(engine).length];
        """,
    )
    assert found == [24, "t3", "blocked", "no", 25]


@pytest.mark.parametrize(
    ("status", "alone", "is_busy"), [(413, 25, False), (429, 0, True), (500, 0, False), (503, 0, True)]
)
def test_a_call_of_many_that_is_refused_as_a_whole(
    page: Page, status: int, alone: int, is_busy: bool
) -> None:
    """Too much for one call goes out one by one; where the server is busy, the same call is made again."""
    found = play(
        page,
        """
        const engine = await live(server);
        engine.outbox.stop();
        await addMany(engine, 25);
        const busy = new Set();
        engine.addEventListener("status", () => busy.add(engine.isBusy));
        let refused = 0;
        server.before = (method, path) => path.includes("bulk") && !refused++ ? {status: v, body: {code: "x", errors: []}, retryAfter: 0.01} : undefined;
        engine.outbox.start();
        await until(() => engine.outbox.queue.mutations.size === 0);
        return [server.tasks.size, writes(server).filter(({path}) => !path.includes("bulk")).length, busy.has(true), engine.isBusy];
        """,
        status,
    )
    assert found == [25, alone, is_busy, False]


@pytest.mark.parametrize("answer", [400, 409, None])
def test_the_server_is_busy_until_it_answers_otherwise(page: Page, answer: int | None) -> None:
    """With no answer at all it is not known to be busy any more, but out of reach."""
    found = play(
        page,
        """
        const {Unreachable} = await import("/web/sync/api.js");
        server.change(1, {title: "one"});
        const engine = await live(server);
        const states = [];
        engine.addEventListener("status", () => states.push(`${engine.state} ${engine.isBusy}`));
        let calls = 0;
        server.before = (method) => {
          if (method !== "PATCH" || ++calls > 2) return undefined;
          if (calls === 2 && !v) throw new Unreachable("away");
          return {status: calls === 1 ? 503 : v, body: {code: "x", detail: "no", errors: []}, retryAfter: 0.01};
        };
        await engine.act(mutation({op: "update", task: 1, fields: {title: "two"}, base: {title: "one"}}));
        await until(() => calls > 1 && !engine.outbox.queue.running.size);
        return [states.includes("live true"), states.includes("offline true"), engine.isBusy];
        """,
        answer,
    )
    assert found == [True, False, False]


def test_a_key_that_was_used_is_looked_up_in_the_history(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const engine = await live(server);
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


def test_changes_keep_their_order_when_the_clock_is_set_back(page: Page) -> None:
    found = play(
        page,
        """
        const engine = await live(server);
        engine.outbox.stop();
        await engine.act(mutation({op: "create", task: "new:1", fields: {title: "N"}, seq: 2_000_000}));
        await engine.act(mutation({op: "complete", task: "new:1", seq: 1_000}));
        engine.outbox.start();
        await until(() => engine.outbox.queue.mutations.size === 0);
        return writes(server).map(({method, path}) => `${method} ${path}`);
        """,
    )
    assert found == ["POST /api/tasks/", "PUT /api/tasks/1/completion/"]
