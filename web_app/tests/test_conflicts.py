# ruff: noqa: E501 - scripts that run in the page
"""Somebody else changed the same task: field by field, what is sent, what is said, and what a person must decide."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from web_app.tests.scenes import VECTORS, call, play

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    "case", json.loads((VECTORS / "conflicts.json").read_text()), ids=lambda case: case["name"]
)
def test_two_devices_change_the_same_task(page: Page, case: dict[str, Any]) -> None:
    merged = call(page, "sync/merge.js", "m.merge(v.mine, v.base, v.theirs)", case)
    assert merged["fields"] == case["fields"]
    assert [note["group"] for note in merged["notes"]] == case["notes"]
    assert (merged["ask"] or {}).get("field") == case["ask"]


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
        const engine = await live(server);
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


@pytest.mark.parametrize(
    "way", ["by the answer", "by the history", "by the history, to a tab that leads since"]
)
def test_what_was_also_changed_elsewhere_is_said_once_however_the_change_is_confirmed(
    page: Page, way: str
) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "one"});
        const [engine, other] = v.includes("tab") ? await pair(server) : [await live(server)];
        const said = [];
        (other ?? engine).addEventListener("notice", ({detail}) => said.push([detail.kind, detail.notes?.[0].theirs.title]));
        server.change(1, {title: "theirs"});
        await until(() => engine.store.confirmed.get(1).title === "theirs");
        const goOn = [];
        if (v !== "by the answer") server.after = (method) => (method === "PATCH" ? new Promise((done) => goOn.push(done)) : undefined);
        if (other) server.sockets.forEach((socket) => { socket.deliver = () => undefined; });
        await engine.act(mutation({op: "update", task: 1, fields: {title: "mine"}, base: {title: "one"}}));
        if (other) { await until(() => goOn.length && other.outbox.queue.inOrder()[0]?.notes); kill(engine); }
        await until(() => (other ?? engine).outbox.queue.mutations.size === 0);
        goOn.forEach((done) => done());
        await until(() => (other ?? engine).state === "live");
        return [said, titles(other ?? engine)];
        """,
        way,
    )
    assert found == [[["noted", "theirs"]], ["mine"]]
