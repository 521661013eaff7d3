"""What a reader gets besides tasks and notifications: what it asks for, and of the rest the head alone."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.operations.preferences import change_preferences
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.contracts import stream_key
from events_app.log.history import events_between, head_of
from realtime_app.sockets import protocol
from realtime_app.sockets.exchange import LogEvent, LogRange, log_event
from realtime_app.sockets.push import UserRange, from_message, to_message
from realtime_app.sockets.session import Session
from realtime_app.tests.sockets.session_steps import bounds_at, frame, frames, live_session, sent_sequences

MIXED = LogRange(
    0,
    4,
    [
        LogEvent(1, frame("event", sequence=1)),
        LogEvent(2, frame("event", sequence=2), "account"),
        LogEvent(3, frame("event", sequence=3), "views"),
        LogEvent(4, frame("event", sequence=4)),
    ],
)


def asking(*include: str) -> Session:
    session = Session(0)
    session.on_frame(frame("hello", after=0, include=list(include)), 0)
    session.on_identified(42, bounds_at(0), 0)
    return session


@pytest.mark.parametrize(
    ("include", "sent"),
    [((), [1, 4]), (("account",), [1, 2, 4]), (("views",), [1, 3, 4]), (("account", "views"), [1, 2, 3, 4])],
)
def test_a_socket_sends_what_was_asked_for(include: tuple[str, ...], sent: list[int]) -> None:
    session = asking(*include)
    assert sent_sequences(session.on_push(MIXED, 0)) == sent
    assert session.position == 4


def test_what_is_not_sent_takes_no_place_in_the_window() -> None:
    session = live_session()
    many = [LogEvent(number, frame("event", sequence=number), "account") for number in range(1, 201)]
    assert sent_sequences(session.on_push(LogRange(0, 200, many), 0)) == []
    assert session.position == 200
    assert frames(session.tick(protocol.HEAD_SECONDS))[-1]["sequence"] == 200


@pytest.mark.parametrize("include", [["colours"], "account", [1], ["account"] * 17, [None], {"account": 1}])
def test_a_hello_that_asks_for_anything_else_is_refused(include: object) -> None:
    session = Session(0)
    [refused] = frames(session.on_frame(frame("hello", include=include), 0))
    assert (refused["type"], refused["code"]) == ("error", "invalid_frame")


def test_a_new_hello_after_resync_asks_anew() -> None:
    session = asking("account")
    session.on_head(0, "another", since=session.history_position, now=0)
    session.on_frame(frame("hello", after=0, epoch="another"), 0)
    session.on_bounds(bounds_at(0, epoch="another"), 0)
    assert sent_sequences(session.on_push(MIXED, 0)) == [1, 4]


def test_a_push_carries_who_asks_and_one_of_an_older_release_is_for_all() -> None:
    message = to_message(UserRange(42, MIXED))
    assert from_message(json.loads(json.dumps(message))) == UserRange(42, MIXED)
    older = {**message, "events": message["marked"]}
    del older["kinds"], older["marked"]
    assert {event.kind for event in from_message(older).part.events or ()} == {""}


def test_a_process_of_an_older_release_is_pushed_only_what_it_may_show_to_everybody() -> None:
    assert (
        to_message(UserRange(42, MIXED))["events"] is None
    )  # it reads the log, where it finds what it knows
    for_all = LogRange(
        0, 2, [LogEvent(1, frame("event", sequence=1)), LogEvent(2, frame("event", sequence=2))]
    )
    message = to_message(UserRange(42, for_all))
    assert [len(event) for event in message["events"]] == [2, 2]
    assert message["marked"] is None
    assert from_message(message) == UserRange(42, for_all)


@pytest.mark.django_db
def test_changes_list_account_and_views_where_they_are_asked_for() -> None:
    user = make_user()
    client = signed_in_client(user)
    change_preferences(user.pk, {"time_zone": "Asia/Tokyo"})
    view = client.post("/api/views/", {"name": "Work", "query": "tag=work"}).json()
    client.patch(f"/api/views/{view['id']}/", {"name": "Office"})
    client.delete(f"/api/views/{view['id']}/")
    assert changes(client) == []
    [account] = changes(client, include="account")
    assert (account["operation"], account["event_type"]) == ("account", "updated")
    assert account["account"]["time_zone"] == "Asia/Tokyo"
    made, renamed, gone = changes(client, include="views")
    assert {each["operation"] for each in (made, renamed, gone)} == {"view"}
    assert [(each["view_id"], each["view"] and each["view"]["name"]) for each in (made, renamed, gone)] == [
        (view["id"], "Work"),
        (view["id"], "Office"),
        (view["id"], None),
    ]
    assert [each["sequence"] for each in changes(client, include="views,account")] == [1, 2, 3, 4]


@pytest.mark.django_db
def test_changes_list_tags_as_they_are_now_before_the_tasks_that_change_with_them() -> None:
    client = signed_in_client(make_user())
    home, yard = (client.post("/api/tags/", {"name": name}).json()["id"] for name in ("home", "yard"))
    client.post("/api/tasks/", {"title": "Rake", "tags": ["yard"]})
    client.patch(f"/api/tags/{yard}/", {"color": "#3366ff"})
    client.patch(f"/api/tags/{yard}/", {"color": "#3366ff", "name": "yard"})
    client.patch(f"/api/tags/{yard}/", {"name": "garden"})
    client.post(f"/api/tags/{yard}/merge/", {"into": home})
    client.delete(f"/api/tags/{home}/")
    listed = changes(client, include="tags")
    assert [each["operation"] for each in listed] == [
        *("tag", "tag", "create", "tag"),
        *("tag", "update"),
        *("tag", "update"),
        *("tag", "update"),
    ]
    tags = [each for each in listed if each["operation"] == "tag"]
    garden = {"id": yard, "name": "garden", "color": "#3366ff"}
    assert [(each["tag_id"], each["tag"], each["into_id"]) for each in tags] == [
        (home, {"id": home, "name": "home", "color": ""}, None),
        (yard, {"id": yard, "name": "yard", "color": ""}, None),
        (yard, {**garden, "name": "yard"}, None),
        (yard, garden, None),
        (yard, None, home),
        (home, None, None),
    ]


@pytest.mark.django_db
def test_events_of_tags_say_what_was_before() -> None:
    user = make_user()
    client = signed_in_client(user)
    tag = client.post("/api/tags/", {"name": "a"}).json()["id"]
    client.patch(f"/api/tags/{tag}/", {"name": "b", "color": "#3366ff"})
    client.delete(f"/api/tags/{tag}/")
    made, changed, gone = events_between(user.pk, after=0, to=head_of(user.pk))
    assert (made.data["changed_fields"], made.data["previous"]) == ([], {})
    assert changed.data["previous"] == {"name": "a", "color": ""}
    assert changed.data["changed_fields"] == ["name", "color"]
    assert gone.data["previous"] == {"id": tag, "name": "b", "color": "#3366ff"}


@pytest.mark.django_db
@pytest.mark.parametrize("include", ["colours", "account,colours", "", ",", "a" * 101])
def test_changes_refuse_to_include_anything_else(include: str) -> None:
    answer = signed_in_client(make_user()).get("/api/changes/", {"after": "0", "include": include})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "include"


@pytest.mark.django_db
def test_events_of_views_fit_their_schema_and_say_what_was_before() -> None:
    user = make_user()
    client = signed_in_client(user)
    view = client.post("/api/views/", {"name": "a", "query": ""}).json()
    client.patch(f"/api/views/{view['id']}/", {"name": "a"})
    client.patch(f"/api/views/{view['id']}/", {"name": "b", "group": "due"})
    client.delete(f"/api/views/{view['id']}/")
    made, changed, gone = events_between(user.pk, after=0, to=head_of(user.pk))
    assert stream_key(user.pk) == made.stream_key
    assert [event.payload.TYPE for event in (made, changed, gone)] == ["view.changed"] * 3
    assert changed.data["previous"] == {"name": "a", "group": "none"}
    assert changed.data["changed_fields"] == ["name", "group"]
    assert (gone.data["view"], gone.data["previous"]["name"]) == (None, "b")  # type: ignore[index, call-overload]
    assert log_event(made).kind == "views"


def changes(client: APIClient, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/api/changes/", {"after": "0", **query})
    assert answer.status_code == 200, answer.content
    listed: list[dict[str, Any]] = answer.json()["results"]
    return listed
