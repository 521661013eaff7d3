"""Slots agree with the connections, even after the database was away."""

import pytest

from devstack.waiting import wait_until
from realtime_app.tests.live import Person, Server, sockets_role

pytestmark = pytest.mark.timeout(300)
PATIENCE = 20.0


def slots_become(server: Server, person: Person, expected: int) -> None:
    assert wait_until(lambda: server.do("slots", person.id) == expected, seconds=PATIENCE), server.do(
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
        assert wait_until(lambda: "realtime.slots_abandoned" in server.do("counters"), seconds=PATIENCE)
        assert server.do("slots", person.id) == 2
        server.do("lose_database", yes=False)
        slots_become(server, person, 1)
        person.write()
        staying.until_event(1)
    slots_become(server, person, 0)


def test_the_slot_of_a_process_that_was_killed_is_free_when_its_lease_has_ended(own_server: Server) -> None:
    person = own_server.user()
    with sockets_role(own_server.environ) as role, person.socket(role) as client:
        client.expect("ready")
        [slot_id] = own_server.do("slot_ids", person.id)
        role.process.kill()
        role.process.wait()
    own_server.do("fill_slots", person.id)
    with person.socket() as too_early:
        assert too_early.until_closed()[0] == 4429
    own_server.do("silence_host", slot_id=slot_id)
    with person.socket() as client:
        client.expect("ready")


def test_a_socket_whose_slot_was_taken_over_gets_another(reconciling_server: Server) -> None:
    server = reconciling_server
    person = server.user()
    with person.socket() as client:
        client.expect("ready")
        server.do("forget_slots", person.id)
        slots_become(server, person, 1)
    slots_become(server, person, 0)
