"""The contract over a real server, a real engine and real sockets."""

import json
import threading

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from devstack.waiting import wait_until
from realtime_app.sockets.hub import CREDENTIALS_SECONDS, HEADS_SECONDS
from realtime_app.tests.live import DEADLINE, Person, Server, open_socket

# A process of our own has to start first.
pytestmark = pytest.mark.timeout(300)


def test_a_ticket_opens_a_socket_that_sees_each_change(server: Server) -> None:
    person = server.user()
    with person.socket() as client:
        assert client.connection.subprotocol == "todo.v1"
        client.expect("ready", user_id=str(person.id), sequence=0)
        client.expect("head", sequence=0)
        person.write(2)
        event = client.expect("event", sequence=1, operation="notify", event_type="created")
        assert event["notification"]["title"] == "Number 0"
        client.expect("event", sequence=2)


def test_a_change_reaches_the_socket_by_a_push(server: Server) -> None:
    person = server.user()
    with person.socket() as client:
        client.until_head(0)
        server.do("look_away", yes=True)  # what comes now comes without a look at the heads
        try:
            person.write()
            client.expect("event", sequence=1)
        finally:
            server.do("look_away", yes=False)


def test_tags_of_another_device_reach_who_asks_for_them(server: Server) -> None:
    person = server.user()
    with person.socket(include=["tags"]) as asking, person.socket() as silent:
        for client in (asking, silent):
            client.until_head(0)
        home = person.call("POST", "/api/tags/", {"name": "home", "color": "#3366ff"}).json()["id"]
        yard = person.call("POST", "/api/tags/", {"name": "yard"}).json()["id"]
        person.call("PATCH", f"/api/tags/{yard}/", {"name": "garden"})
        person.call("POST", f"/api/tags/{yard}/merge/", {"into": home})
        person.write()
        made = asking.until_event(1)
        assert (made["operation"], made["event_type"], made["tag_id"]) == ("tag", "changed", home)
        assert made["tag"] == {"id": home, "name": "home", "color": "#3366ff"}
        assert asking.until_event(2)["tag"] == {"id": yard, "name": "yard", "color": ""}
        assert asking.until_event(3)["tag"] == {"id": yard, "name": "garden", "color": ""}
        merged = asking.until_event(4)
        assert (merged["tag"], merged["into_id"]) == (None, home)
        for client in (asking, silent):
            client.until_event(5)
        assert (asking.seen, silent.seen) == ([1, 2, 3, 4, 5], [5])


def test_a_lost_push_is_repaired_by_a_look_at_the_heads(server: Server) -> None:
    person = server.user()
    with person.socket() as client:
        client.until_head(0)
        server.do("lose_pushes", yes=True)
        try:
            person.write(3)
            client.until_event(3)
        finally:
            server.do("lose_pushes", yes=False)
        assert client.seen == [1, 2, 3]
        client.expect("head", sequence=3)


def test_after_sends_what_lies_between_and_only_what_is_shown(server: Server) -> None:
    person = server.user()
    person.write(3, unwanted=2)
    head = person.write(200)
    with person.socket(after=1) as client:
        client.expect("ready", sequence=head)
        client.until_head(head)
        assert client.seen == [seq for seq in server.do("wanted", person.id) if seq > 1]
        assert {4, 5}.isdisjoint(client.seen)


def test_reconnecting_while_writes_go_on_leaves_no_gap(server: Server) -> None:
    person = server.user()
    server.do("write_on", person.id, transactions=300)
    seen: list[int] = []
    for stay in (0, 5, 40, 1, 100, 3):
        with person.socket(after=seen[-1] if seen else 0) as client:
            client.expect("ready")
            while len(client.seen) < stay:
                client.read()
            seen += client.seen
    server.do("finish_writing")
    wanted = server.do("wanted", person.id)
    with person.socket(after=seen[-1]) as client:
        if seen[-1] < wanted[-1]:
            client.until_event(wanted[-1])
        seen += client.seen
    assert seen == wanted


def test_two_sockets_of_one_user_see_the_same_and_another_user_nothing(server: Server) -> None:
    person, other = server.user(), server.user()
    with person.socket() as first, person.socket() as second, other.socket() as third:
        for client in (first, second, third):
            client.until_head(0)
        person.write(5)
        other.write(1)
        first.until_event(5)
        second.until_event(5)
        third.until_event(1)
        assert first.seen == second.seen == [1, 2, 3, 4, 5]
        assert third.seen == [1]


def test_a_browser_session_needs_no_ticket(server: Server) -> None:
    person = server.user()
    cookie = {"Cookie": f"sessionid={server.do('make_session', person.id)}"}
    with open_socket(server, origin=server.base_url, additional_headers=cookie) as client:
        client.say("hello")
        client.expect("ready", user_id=str(person.id))


@pytest.mark.parametrize(
    ("origin", "has_session"),
    [
        ("https://evil.example", True),
        ("https://evil.example", False),
        ("null", True),
        ("http://127.0.0.1:1", True),
        (None, True),
    ],
)
def test_a_foreign_or_missing_origin_is_403(server: Server, origin: str | None, has_session: bool) -> None:
    cookie = {"Cookie": f"sessionid={server.do('make_session', server.user().id)}"} if has_session else {}
    with (
        pytest.raises(InvalidStatus) as refused,
        open_socket(server, origin=origin, additional_headers=cookie),
    ):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/ws/", "/ws/other/", "/ws/tasks/5/"])
def test_another_path_is_403(server: Server, path: str) -> None:
    url = f"ws://{server.host}:{server.port}{path}"
    with pytest.raises(InvalidStatus) as refused, connect(url, open_timeout=5):
        pass
    assert refused.value.response.status_code == 403


def test_a_client_of_another_protocol_is_refused(server: Server) -> None:
    with pytest.raises(InvalidStatus), open_socket(server, subprotocols=["todo.v9"]):
        pass


def test_the_trailing_slash_is_optional(server: Server) -> None:
    with connect(f"ws://{server.host}:{server.port}/ws/tasks") as connection:
        connection.send('{"type":"ping"}')
        assert json.loads(connection.recv(timeout=5)) == {"type": "pong"}


@pytest.mark.parametrize("what", ["unknown", "used", "expired", "none", "signed out"])
def test_a_hello_without_good_credentials_closes_4401(server: Server, what: str) -> None:
    person = server.user()
    ticket: str | None = person.ticket()
    if what == "used":
        with open_socket(server) as first:
            first.say("hello", ticket=ticket)
            first.expect("ready")
    elif what == "expired":
        server.do("expire_tickets", person.id)
    elif what == "signed out":
        server.do("revoke_families", person.id)
    ticket = {"unknown": "x" * 43, "none": None}.get(what, ticket)
    with open_socket(server) as client:
        client.say("hello", **({"ticket": ticket} if ticket else {}))
        assert client.until_closed()[0] == 4401


def test_a_ticket_used_by_many_at_once_opens_one_socket(server: Server) -> None:
    person = server.user()
    ticket, answers = person.ticket(), []

    def try_it() -> None:
        with open_socket(server) as client:
            client.say("hello", ticket=ticket)
            try:
                answers.append(client.read()["type"])
            except ConnectionClosed:
                answers.append("closed")

    threads = [threading.Thread(target=try_it) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["closed"] * 4 + ["ready"]


def test_silence_closes_4401(server: Server) -> None:
    """`test_session.py` tests the exact time, on a fake clock."""
    with open_socket(server) as client:
        assert client.until_closed()[0] == 4401


def test_what_the_contract_promises_within_seconds_is_looked_at_more_often() -> None:
    assert CREDENTIALS_SECONDS < 5
    assert HEADS_SECONDS < 5


@pytest.mark.parametrize("how", ["deactivate", "change_password", "revoke_families"])
def test_credentials_that_end_close_the_socket(server: Server, how: str) -> None:
    person = server.user()
    with person.socket() as client:
        client.expect("ready")
        server.do(how, person.id)
        assert client.until_closed() == (4401, "credentials no longer valid")


def test_a_browser_session_ends_with_its_password(server: Server) -> None:
    person = server.user()
    cookie = {"Cookie": f"sessionid={server.do('make_session', person.id)}"}
    with open_socket(server, origin=server.base_url, additional_headers=cookie) as client:
        client.say("hello")
        client.expect("ready")
        server.do("change_password", person.id)
        assert client.until_closed()[0] == 4401


def test_after_ahead_of_the_log_asks_for_resync_and_a_second_hello_goes_on(server: Server) -> None:
    person = server.user()
    person.write(3)
    with person.socket(after=99) as client:
        client.expect("resync", reason="reset")
        client.say("hello", after=2)
        client.expect("ready", sequence=3)
        client.expect("event", sequence=3)


def test_after_below_what_is_kept_asks_for_resync(server: Server) -> None:
    person = server.user()
    person.write(5)
    server.do("trim", person.id, tail=3)
    with person.socket(after=2) as client:
        client.expect("resync", reason="too_old")


def test_a_log_restored_from_a_backup_under_an_open_socket_asks_for_resync(server: Server) -> None:
    person = server.user()
    person.write(5)
    with person.socket() as client:
        client.expect("ready", sequence=5)
        server.do("restore", person.id, head=3)
        assert client.until(lambda frame: frame["type"] == "resync")["reason"] == "reset"


def test_a_new_epoch_resets_sockets_and_clients_although_the_head_has_passed_them(own_server: Server) -> None:
    person = own_server.user()
    person.write(5)
    with person.socket(after=5) as client:
        before = client.expect("ready", sequence=5)["epoch"]
        client.expect("head", epoch=before)
        own_server.do("restore", person.id, head=3)
        epoch = own_server.do("begin_epoch")
        person.write(4)
        assert client.until(lambda frame: frame["type"] == "resync")["reason"] == "reset"
        now = person.changes().json()
        assert (now["sequence"], now["epoch"]) == (7, epoch)
        client.say("hello", after=now["sequence"], epoch=now["epoch"])
        client.expect("ready", sequence=7, epoch=epoch)
    with person.socket(after=5, epoch=before) as late:
        late.expect("resync", reason="reset")
    assert person.changes(after=5, epoch=before).json()["code"] == "reset"
    with person.socket(after=5) as older:
        older.expect("ready", sequence=7, epoch=epoch)


def test_the_twenty_first_socket_of_a_user_closes_4429(server: Server) -> None:
    person, sockets = server.user(), []
    try:
        for _ in range(20):
            opened = person.socket()
            sockets.append(opened)
            opened.__enter__().expect("ready")
        with person.socket() as one_more:
            assert one_more.until_closed()[0] == 4429
        sockets.pop().__exit__(None, None, None)
        wait_for_slots(server, person, 19)
        with person.socket() as again:
            again.expect("ready")
    finally:
        for opened in sockets:
            opened.__exit__(None, None, None)
    wait_for_slots(server, person, 0)


def test_sockets_that_ended_in_any_way_leave_nothing_behind(own_server: Server) -> None:
    person = own_server.user()
    for _ in range(5):
        with person.socket() as client:
            client.expect("ready")
        with person.socket() as hasty:
            hasty.connection.socket.close()
        with open_socket(own_server) as silent:
            silent.say("ping")
        with open_socket(own_server) as wrong:
            wrong.say("hello", ticket="wrong")
            wrong.until_closed()
    wait_for_slots(own_server, person, 0)
    assert wait_until(lambda: own_server.do("living_sockets") == 0, seconds=DEADLINE)


def test_changes_over_http_are_the_same_objects(server: Server) -> None:
    person = server.user()
    head = person.write(4, unwanted=1)
    with person.socket(after=0) as client:
        epoch = client.expect("ready")["epoch"]
        events = [client.read() for _ in range(4)]
    assert person.changes(after=0, limit=500).json() == {
        "results": events,
        "sequence": head,
        "more": False,
        "epoch": epoch,
    }


def wait_for_slots(server: Server, person: Person, expected: int) -> None:
    assert wait_until(lambda: server.do("slots", person.id) == expected, seconds=DEADLINE)
