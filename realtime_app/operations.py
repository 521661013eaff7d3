"""The database's part of opening and closing sockets: credentials, slots, hosts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts_app.credentials.credential import Credential
from accounts_app.operations.sign_ins.tickets import redeem_ticket
from accounts_app.queries.browser_sessions import credential_of_session
from events_app.runtime.identity import host_ids_of
from foundation.database.transactions import database_now, write_transaction
from realtime_app.errors import NotSignedIn, TooManySockets
from realtime_app.models import SocketHost, SocketSlot
from realtime_app.sockets.protocol import SOCKETS_PER_USER

LEASE = timedelta(seconds=60)
_FORGET_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Admission:
    """The credential of a socket's user, and the slot that the socket holds until `release_slot`."""

    credential: Credential
    slot_id: int


def admit_socket(*, ticket: str | None, session_key: str | None, host_id: UUID) -> Admission:
    """Identify the user of a hello and claim a slot for the socket; return both.

    A ticket is redeemed even when there is no free slot. Raises TicketInvalid, NotSignedIn, TooManySockets.
    """
    credential = redeem_ticket(ticket) if ticket is not None else _browser_credential(session_key)
    return Admission(credential, claim_slot(credential.user_id, host_id=host_id))


def _browser_credential(session_key: str | None) -> Credential:
    credential = credential_of_session(session_key) if session_key else None
    if credential is None:
        raise NotSignedIn
    return credential


def claim_slot(user_id: int, *, host_id: UUID) -> int:
    """Claim a free slot of the user, or one of a process whose lease has expired; return its id.

    Concurrent calls get different slots. Raises TooManySockets when live processes hold SOCKETS_PER_USER slots.
    """
    with write_transaction():
        expired = database_now() - LEASE
        _register_host(host_id, expired)
        slots = SocketSlot.objects.filter(user_id=user_id)
        renewed = dict(slots.values_list("number", "host__renewed_at"))
        for number in range(SOCKETS_PER_USER):
            if number not in renewed:
                slot_id = _insert_slot(user_id, number, host_id)
            elif renewed[number] < expired:
                slot_id = _take_over(slots.filter(number=number, host__renewed_at__lt=expired), host_id)
            else:
                slot_id = None
            if slot_id is not None:
                return slot_id
    raise TooManySockets


def _register_host(host_id: UUID, expired: datetime) -> None:
    """Insert or renew the row of this process, so that after an outage it does not take over its own slots."""
    host, is_new = SocketHost.objects.get_or_create(pk=host_id)
    if not is_new and host.renewed_at < expired:
        SocketHost.objects.filter(pk=host_id).update(renewed_at=database_now())


def _insert_slot(user_id: int, number: int, host_id: UUID) -> int | None:
    try:
        with transaction.atomic():
            return SocketSlot.objects.create(user_id=user_id, number=number, host_id=host_id).pk
    except IntegrityError:
        return None  # another socket of the user has claimed it meanwhile


def _take_over(stale: QuerySet[SocketSlot], host_id: UUID) -> int | None:
    slot_id = stale.values_list("pk", flat=True).first()
    return slot_id if stale.update(host_id=host_id) else None


def release_slot(slot_id: int, *, host_id: UUID) -> None:
    """Release a slot. It does nothing when repeated, or after another process has taken the slot over."""
    with write_transaction():
        SocketSlot.objects.filter(pk=slot_id, host_id=host_id).delete()


def release_slots(slot_ids: Collection[int], *, host_id: UUID) -> None:
    """Release several slots, as `release_slot` does."""
    with write_transaction():
        SocketSlot.objects.filter(pk__in=slot_ids, host_id=host_id).delete()


def slots_of(host_id: UUID) -> set[int]:
    """Return the ids of the slots that a process holds."""
    return set(SocketSlot.objects.filter(host_id=host_id).values_list("pk", flat=True))


def renew_host(host_id: UUID) -> None:
    """Renew the lease of a process on its slots, and delete the rows of processes that ended long ago."""
    now = database_now()
    with write_transaction():
        SocketHost.objects.update_or_create(pk=host_id, defaults={"renewed_at": now})
        SocketHost.objects.filter(renewed_at__lt=now - _FORGET_AFTER).delete()


def retire_host(host_id: UUID) -> None:
    """Release all slots of a process, which ends."""
    with write_transaction():
        SocketHost.objects.filter(pk=host_id).delete()


def retire_place(place: str) -> None:
    """Release all slots of earlier processes with this data folder; its current holder knows that they ended."""
    with write_transaction():
        SocketHost.objects.filter(pk__range=host_ids_of(place)).delete()
