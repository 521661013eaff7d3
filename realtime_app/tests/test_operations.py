from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from accounts_app.tests.factories import make_user
from foundation.database.transactions import database_now
from realtime_app.errors import NotSignedIn, TooManySockets
from realtime_app.models import SocketHost, SocketSlot
from realtime_app.operations import (
    _FORGET_AFTER,
    LEASE,
    admit_socket,
    claim_slot,
    release_slot,
    renew_host,
    retire_host,
)
from realtime_app.sockets.protocol import SOCKETS_PER_USER

pytestmark = pytest.mark.django_db


def silence(host_id: UUID, by: timedelta) -> None:
    SocketHost.objects.filter(pk=host_id).update(renewed_at=database_now() - by)


def test_a_user_gets_twenty_slots_over_all_processes_and_no_more() -> None:
    user, hosts = make_user(), (uuid4(), uuid4())
    slots = {claim_slot(user.pk, host_id=hosts[number % 2]) for number in range(SOCKETS_PER_USER)}
    assert len(slots) == SOCKETS_PER_USER
    with pytest.raises(TooManySockets):
        claim_slot(user.pk, host_id=hosts[0])
    claim_slot(make_user().pk, host_id=hosts[0])


def test_a_released_slot_is_free_again() -> None:
    user, host_id = make_user(), uuid4()
    slots = [claim_slot(user.pk, host_id=host_id) for _ in range(SOCKETS_PER_USER)]
    release_slot(slots[7], host_id=host_id)
    release_slot(slots[7], host_id=host_id)
    claim_slot(user.pk, host_id=host_id)
    with pytest.raises(TooManySockets):
        claim_slot(user.pk, host_id=host_id)


def test_the_slots_of_a_process_that_is_gone_are_taken_over() -> None:
    user, gone, here = make_user(), uuid4(), uuid4()
    slots = [claim_slot(user.pk, host_id=gone) for _ in range(SOCKETS_PER_USER)]
    silence(gone, LEASE * 2)
    taken = claim_slot(user.pk, host_id=here)
    assert taken in slots
    release_slot(taken, host_id=gone)
    assert SocketSlot.objects.get(pk=taken).host_id == here


def test_a_process_that_renews_keeps_its_slots() -> None:
    user, host_id = make_user(), uuid4()
    for _ in range(SOCKETS_PER_USER):
        claim_slot(user.pk, host_id=host_id)
    silence(host_id, LEASE * 2)
    renew_host(host_id)
    with pytest.raises(TooManySockets):
        claim_slot(user.pk, host_id=uuid4())


def test_a_process_that_retires_gives_all_slots_back() -> None:
    user, host_id = make_user(), uuid4()
    claim_slot(user.pk, host_id=host_id)
    retire_host(host_id)
    assert not SocketSlot.objects.filter(user=user).exists()


def test_processes_long_gone_are_forgotten() -> None:
    gone = uuid4()
    renew_host(gone)
    silence(gone, _FORGET_AFTER * 2)
    renew_host(uuid4())
    assert not SocketHost.objects.filter(pk=gone).exists()


@pytest.mark.parametrize("number", [0, SOCKETS_PER_USER])
def test_the_database_keeps_slots_single_and_in_bounds(number: int) -> None:
    user, host = make_user(), SocketHost.objects.create()
    SocketSlot.objects.create(user=user, number=0, host=host)
    with pytest.raises(IntegrityError):
        SocketSlot.objects.create(user=user, number=number, host=host)


@pytest.mark.parametrize("session_key", [None, "x" * 32])
def test_without_ticket_and_session_nobody_is_admitted(session_key: str | None) -> None:
    with pytest.raises(NotSignedIn):
        admit_socket(ticket=None, session_key=session_key, host_id=uuid4())
    assert not SocketSlot.objects.exists()
