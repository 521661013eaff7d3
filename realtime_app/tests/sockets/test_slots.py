"""Slots and their holders, without a server."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.db import InterfaceError, OperationalError

from accounts_app.models import User
from accounts_app.queries.browser_sessions import session_credential
from accounts_app.tests.factories import make_user
from foundation.database.transactions import database_now
from realtime_app.models import SocketHost, SocketSlot
from realtime_app.operations import LEASE, Admission, claim_slot
from realtime_app.sockets import slots as module
from realtime_app.sockets.endpoint import TaskSocket
from realtime_app.sockets.hub import hub_here
from realtime_app.sockets.protocol import SOCKETS_PER_USER
from realtime_app.sockets.slots import Slots

pytestmark = pytest.mark.django_db


@dataclass(eq=False)
class Socket:
    """A connection with only the attributes that slots need."""

    admission: Admission | None = None


class Database:
    """Runs database work in this thread, or raises; it calls `before` first."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.after: Callable[[], object] = lambda: None

    async def __call__(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.error is not None:
            raise self.error
        result = function(*args, **kwargs)
        self.after()
        return result


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    """Replace the database threads."""
    made = Database()
    monkeypatch.setattr(module, "in_database", made)
    return made


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def slots() -> Slots:
    return Slots(uuid4())


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in this thread, which uses the test's connection; it never waits."""
    with pytest.raises(StopIteration):
        work.send(None)


def said_hello(slots: Slots, user: User) -> Socket:
    return Socket(Admission(session_credential(user, None), claim_slot(user.pk, host_id=slots.host_id)))


def ids() -> set[int]:
    return set(SocketSlot.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_slot_that_could_not_be_released_is_released_at_the_next_reconciliation(
    database: Database, slots: Slots, user: User, error: Exception
) -> None:
    staying, leaving = said_hello(slots, user), said_hello(slots, user)
    database.error = error
    run(slots.release(leaving))
    assert len(ids()) == 2
    database.error = None
    run(slots.reconcile([staying]))
    assert staying.admission is not None
    assert ids() == {staying.admission.slot_id}


def test_a_slot_that_no_connection_ever_had_is_released_at_the_second_reconciliation(
    database: Database, slots: Slots, user: User
) -> None:
    said_hello(slots, user)
    run(slots.reconcile([]))
    assert len(ids()) == 1, "it may be that of a hello under way"
    run(slots.reconcile([]))
    assert ids() == set()


def test_a_hello_under_way_keeps_its_slot(database: Database, slots: Slots, user: User) -> None:
    hello = said_hello(slots, user)
    run(slots.reconcile([]))
    run(slots.reconcile([hello]))
    run(slots.reconcile([hello]))
    assert len(ids()) == 1


def test_a_hello_during_a_reconciliation_gets_no_second_slot(
    database: Database, slots: Slots, user: User
) -> None:
    holders: list[Socket] = []

    def arrive() -> None:
        if not holders:
            holders.append(said_hello(slots, user))

    database.after = arrive
    run(slots.reconcile(holders))
    assert len(ids()) == 1


def test_the_slots_of_other_processes_are_left_alone(database: Database, slots: Slots, user: User) -> None:
    said_hello(Slots(uuid4()), user)
    for _ in range(3):
        run(slots.reconcile([]))
    assert len(ids()) == 1


def test_a_connection_without_a_free_slot_stays_and_is_given_one_later(
    database: Database, slots: Slots, user: User
) -> None:
    client, others = said_hello(slots, user), Slots(uuid4())
    SocketSlot.objects.all().delete()
    taken = [said_hello(others, user) for _ in range(SOCKETS_PER_USER)]
    run(slots.reconcile([client]))
    run(others.release(taken[0]))
    run(slots.reconcile([client]))
    assert client.admission is not None
    assert client.admission.slot_id in ids()


def test_a_connection_that_ends_while_it_is_given_a_slot_leaves_none(
    database: Database, slots: Slots, user: User
) -> None:
    client = said_hello(slots, user)
    SocketSlot.objects.all().delete()

    def end() -> None:
        if ids():
            client.admission = None

    database.after = end
    run(slots.reconcile([client]))
    database.after = lambda: None
    run(slots.reconcile([]))
    assert ids() == set()


def test_after_an_outage_a_process_does_not_take_over_its_own_slots(slots: Slots, user: User) -> None:
    held = claim_slot(user.pk, host_id=slots.host_id)
    SocketHost.objects.filter(pk=slots.host_id).update(renewed_at=database_now() - 2 * LEASE)
    assert claim_slot(user.pk, host_id=slots.host_id) != held


def test_a_release_that_is_cut_off_is_made_up_for(
    database: Database, slots: Slots, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server cancels a connection's clean-up when the database does not answer."""
    client = said_hello(slots, user)

    async def hang(*_: object, **__: object) -> None:
        await asyncio.sleep(0)

    with monkeypatch.context() as context:
        context.setattr(module, "in_database", hang)
        release = slots.release(client)
        release.send(None)
        with pytest.raises(asyncio.CancelledError):
            release.throw(asyncio.CancelledError())
    assert len(ids()) == 1
    run(slots.reconcile([]))
    assert ids() == set()


def test_a_connection_that_the_server_ends_by_force_is_forgotten() -> None:
    """Otherwise its slot would be held until the process ends."""

    async def end_by_force() -> int:
        socket, hub = TaskSocket(), hub_here()
        hub._connections.add(socket)
        socket._work.add(asyncio.create_task(asyncio.sleep(3600)))  # a database that lets it wait
        ending = asyncio.create_task(socket._clean_up())
        await asyncio.sleep(0)
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
        return hub.size

    assert asyncio.run(end_by_force()) == 0
