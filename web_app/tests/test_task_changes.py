# ruff: noqa: E501 - scripts that run in the page
"""What the screen of one task does to it: reminders, occurrences, several occurrences at once, and taking that back."""

from typing import Any

import pytest
from playwright.sync_api import Page

from web_app.tests.scenes import call, play

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
AT = "2030-01-01T09:00:00Z"
TASK = {"id": 7, "version": 3, "title": "Rent", "series_id": 5, "recurrence": {"rule": "FREQ=MONTHLY"}}
REMINDERS = [
    {"id": 70, "offset": "-PT1H", "status": "pending", "fire_at": "2030-01-02T08:00:00Z"},
    {"id": 71, "offset": None, "status": "fired", "fire_at": "2029-12-01T08:00:00Z"},
]


@pytest.mark.parametrize(
    ("change", "ids", "reminder_at"),
    [
        ({"op": "add_reminder", "reminder": {"status": "pending", "fire_at": AT}}, [70, 71, "k"], AT),
        ({"op": "change_reminder", "args": {"id": 70}, "reminder": {"fire_at": AT}}, [70, 71], AT),
        (
            {"op": "snooze_reminder", "args": {"id": 71}, "reminder": {"status": "pending", "fire_at": AT}},
            [70, 71],
            AT,
        ),
        ({"op": "remove_reminder", "args": {"id": 70}}, [71], None),
        ({"op": "remove_reminder", "args": {"id": 99}}, [70, 71], "2030-01-02T08:00:00Z"),
    ],
)
def test_a_change_of_reminders_is_shown_at_once(
    page: Page, change: dict[str, Any], ids: list[Any], reminder_at: str | None
) -> None:
    given = {
        "task": {**TASK, "reminders": REMINDERS},
        "mutation": {"key": "k", "task": 7, "state": "queued", **change},
    }
    found = call(page, "store/fold.js", "m.fold(v.task, [v.mutation])", given)
    assert [each["id"] for each in found["reminders"]] == ids
    assert found["reminder_at"] == reminder_at
    assert found["sync"] == "waiting"


def test_a_skipped_occurrence_is_gone_and_a_detached_one_recurs_no_more(page: Page) -> None:
    fold = "['skip', 'detach'].map((op) => m.fold(v, [{op, key: 'k', task: 7, state: 'queued'}]))"
    skipped, detached = call(page, "store/fold.js", fold, TASK)
    assert skipped is None
    assert (detached["recurrence"], detached["series_id"], detached["title"]) == (None, None, "Rent")


PLAN = "v.map((mutation) => m.planCall({key: 'k', task: 7, base: {}, ...mutation}, {version: 9}).call)"
CALLS = [
    ({"op": "skip", "base_version": 3}, "POST /api/tasks/7/skip/", None, '"3"'),
    ({"op": "detach", "base_version": 3}, "POST /api/tasks/7/detach/", None, '"3"'),
    ({"op": "delete", "base_version": 3, "scope": "all"}, "DELETE /api/tasks/7/?scope=all", None, '"3"'),
    ({"op": "update", "fields": {"title": "A"}}, "PATCH /api/tasks/7/", {"title": "A"}, '"9"'),
    (
        {"op": "update", "fields": {"title": "A"}, "base_version": 3, "scope": "future"},
        "PATCH /api/tasks/7/?scope=future",
        {"title": "A"},
        '"3"',
    ),
    (
        {"op": "add_reminder", "args": {"offset": "-PT15M"}},
        "POST /api/tasks/7/reminders/",
        {"offset": "-PT15M"},
        None,
    ),
    ({"op": "change_reminder", "args": {"id": 5, "at": AT}}, "PATCH /api/reminders/5/", {"at": AT}, None),
    (
        {"op": "snooze_reminder", "args": {"id": 5, "until": AT}},
        "POST /api/reminders/5/snooze/",
        {"until": AT},
        None,
    ),
    ({"op": "remove_reminder", "args": {"id": 5}}, "DELETE /api/reminders/5/", None, None),
]


def test_each_change_has_its_call_under_its_key(page: Page) -> None:
    found = call(page, "sync/send.js", PLAN, [mutation for mutation, *_ in CALLS])
    for sent, (_, line, body, guard) in zip(found, CALLS, strict=True):
        assert f"{sent['method']} {sent['path']}" == line
        assert sent.get("body") == body
        assert sent["headers"].get("If-Match") == guard
        assert sent["headers"]["Idempotency-Key"] == sent["headers"]["X-Request-ID"] == "k"


def test_what_is_meant_for_several_occurrences_is_not_merged_into_what_is_meant_for_one(page: Page) -> None:
    one = {"op": "update", "key": "a", "state": "queued", "attempts": 0, "fields": {"title": "A"}}
    several = {**one, "key": "b", "scope": "all"}
    for first, second in ((one, several), (several, one), (several, several)):
        assert call(page, "sync/queue.js", "m.absorb([v[0]], v[1])", [first, second]) is None


@pytest.mark.parametrize(
    ("op", "act"),
    [
        ("remove_reminder", "confirm"),
        ("change_reminder", "refuse"),
        ("snooze_reminder", "refuse"),
        ("add_reminder", "gone"),
        ("skip", "gone"),
    ],
)
def test_what_it_means_that_it_is_not_there(page: Page, op: str, act: str) -> None:
    given = {"op": op, "answer": {"status": 404, "body": {}, "retryAfter": 0}}
    assert call(page, "sync/outcomes.js", "m.judge({}, v.answer, v.op).act", given) == act


def test_reminders_and_occurrences_are_confirmed_by_the_history_in_the_version_they_made(page: Page) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "Rent", series_id: 5, recurrence: {rule: "FREQ=DAILY"}, due_at: "2030-01-02T09:00:00Z"});
        const engine = await live(server);
        const {store, outbox} = engine;
        const sent = async (given) => { const made = await engine.act(mutation({task: 1, args: {}, ...given})); await until(() => !outbox.queue.mutations.size); return engine.versions.get(made.key); };
        const versions = [];
        versions.push(await sent({op: "add_reminder", args: {offset: "-PT1H"}, reminder: {offset: "-PT1H", status: "pending", fire_at: "2030-01-02T08:00:00Z"}}));
        const [{id}] = store.shown.get("1").reminders;
        versions.push(await sent({op: "change_reminder", args: {id, offset: "-PT2H"}, reminder: {offset: "-PT2H"}}));
        versions.push(await sent({op: "snooze_reminder", args: {id, until: "2030-01-05T08:00:00Z"}, reminder: {fire_at: "2030-01-05T08:00:00Z"}}));
        const kept = store.shown.get("1").reminders;
        versions.push(await sent({op: "remove_reminder", args: {id}}));
        const left = store.shown.get("1").reminders.length;
        versions.push(await sent({op: "skip", base_version: store.shown.get("1").version}));
        return {versions, kept, left, shown: [...store.shown.keys()], title: store.shown.get("101").title, calls: writes(server).map(({method, path}) => `${method} ${path}`)};
        """,
    )
    assert found["versions"] == [2, 3, 4, 5, 6]
    [kept] = found["kept"]
    assert (kept["id"], kept["offset"], kept["fire_at"]) == (700, "-PT2H", "2030-01-05T08:00:00Z")
    assert found["left"] == 0
    assert found["shown"] == ["101"], "the occurrence that was skipped is gone, the next one is there"
    assert found["title"] == "Rent", (
        "the answer about a reminder, which has a title too, is not taken for a task"
    )
    assert len(found["calls"]) == 5


def test_they_wait_without_a_network_and_a_lost_answer_doubles_nothing(page: Page) -> None:
    found = play(
        page,
        """
        const {Unreachable} = await import("/web/sync/api.js");
        server.change(1, {title: "Rent"});
        const engine = await live(server);
        let lost = 0;
        server.after = (method, path) => { if (method === "POST" && path.endsWith("reminders/") && !lost++) throw new Unreachable("the answer is lost"); };
        await engine.act(mutation({op: "add_reminder", task: 1, args: {offset: "-PT1H"}, reminder: {status: "pending", fire_at: null}}));
        const shown = engine.store.shown.get("1").reminders.length;
        await until(() => !engine.outbox.queue.mutations.size);
        return {shown, lost, now: server.tasks.get(1).reminders.length};
        """,
    )
    assert found == {"shown": 1, "lost": 1, "now": 1}


@pytest.mark.parametrize(
    "given", [{"op": "skip"}, {"op": "detach"}, {"op": "update", "fields": {"title": "Mine"}, "scope": "all"}]
)
def test_what_reaches_other_occurrences_asks_where_the_task_has_changed(
    page: Page, given: dict[str, Any]
) -> None:
    found = play(
        page,
        """
        server.change(1, {title: "Rent", series_id: 5, recurrence: {rule: "FREQ=DAILY"}});
        const engine = await live(server);
        engine.outbox.stop();
        const made = await engine.act(mutation({task: 1, base_version: 1, ...v}));
        server.change(1, {title: "Theirs"});
        engine.outbox.start();
        await until(() => engine.outbox.queue.mutations.get(made.key)?.state === "blocked");
        const {code} = engine.outbox.queue.mutations.get(made.key).last_error;
        const shown = engine.store.shown.get("1").title;
        await engine.again(made.key);
        await until(() => !engine.outbox.queue.mutations.size);
        return {code, shown, after: server.tasks.get(1)?.title ?? null};
        """,
        given,
    )
    assert found["code"] == "changed"
    assert found["shown"] == "Theirs"
    assert found["after"] == {"skip": None, "detach": "Theirs", "update": "Mine"}[given["op"]]


def test_what_was_done_to_reminders_is_shown_as_taken_back(page: Page) -> None:
    inverse = "m.inverseOf({op: v.op, task: 7, made_at: 0}, v.before)"
    before = {**TASK, "reminders": REMINDERS, "reminder_at": AT, "occurrence": "2030-01-31"}
    for op in ("add_reminder", "change_reminder", "snooze_reminder", "remove_reminder"):
        found = call(page, "store/undo.js", inverse, {"op": op, "before": before})
        assert found["fields"] == {"reminders": REMINDERS, "reminder_at": AT}
    found = call(page, "store/undo.js", inverse, {"op": "detach", "before": before})
    assert found["fields"] == {"recurrence": TASK["recurrence"], "series_id": 5, "occurrence": "2030-01-31"}
    assert call(page, "store/undo.js", inverse, {"op": "skip", "before": before}) is None
