"""Slots follow the connections, also when the database was away in between."""

import pytest

from devstack.waiting import becomes_true
from realtime_app.tests.live import Person, Server

pytestmark = pytest.mark.timeout(300)
PATIENCE = 20.0


def slots_become(server: Server, person: Person, expected: int) -> None:
    assert becomes_true(lambda: server.do("slots", person.id) == expected, seconds=PATIENCE), server.do(
        "slots", person.id
    )


def test_a_slot_whose_database_was_away_at_the_end_is_given_back(reconciling_server: Server) -> None:
    server = reconciling_server
    person = server.user()
    with person.socket() as staying:
        staying.expect("ready")
        with person.socket() as leaving:
            leaving.expect("ready")
            server.do("lose_database", yes=True)
        assert becomes_true(lambda: "realtime.slots_abandoned" in server.do("counters"), seconds=PATIENCE)
        assert server.do("slots", person.id) == 2
        server.do("lose_database", yes=False)
        slots_become(server, person, 1)
        person.write()
        staying.until_event(1)
    slots_become(server, person, 0)


def test_a_socket_whose_slot_was_taken_over_gets_another(reconciling_server: Server) -> None:
    server = reconciling_server
    person = server.user()
    with person.socket() as client:
        client.expect("ready")
        server.do("forget_slots", person.id)
        slots_become(server, person, 1)
    slots_become(server, person, 0)
