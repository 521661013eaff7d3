"""The slots of one process, and their reconciliation with its connections after the database was away."""

from collections.abc import Collection
from typing import Final, Protocol
from uuid import UUID

from django.db import Error

from foundation.counters import count
from realtime_app.errors import TooManySockets
from realtime_app.operations import Admission, claim_slot, release_slot, release_slots, slots_of
from realtime_app.sockets.database import in_database
from realtime_app.sockets.throttled_log import warn_throttled

SLOTS_SECONDS: Final = 30.0


class Holder(Protocol):
    """A connection that may hold a slot."""

    admission: Admission | None


class Slots:
    """The slots that one process holds. All methods run on its event loop."""

    def __init__(self, host_id: UUID) -> None:
        self.host_id = host_id
        self._abandoned: set[int] = set()
        self._idle: set[int] = set()

    async def release(self, holder: Holder) -> None:
        """Release a connection's slot. If the database is away, `reconcile` does it later."""
        admission, holder.admission = holder.admission, None
        if admission is None:
            return
        self._abandoned.add(admission.slot_id)
        try:
            await in_database(release_slot, admission.slot_id, host_id=self.host_id)
        except Error as error:
            warn_throttled("slots_abandoned", "Slots of closed sockets can not be given back yet", error)
        else:
            self._abandoned.discard(admission.slot_id)

    async def reconcile(self, holders: Collection[Holder]) -> None:
        """Release the slots that no connection holds, and claim one for each connection that lost its own.

        `holders` is read before and after the database query. Repeating is harmless.
        """
        before = _holders_by_slot(holders)
        owned = await in_database(slots_of, self.host_id)
        idle = owned - _holders_by_slot(holders).keys()
        # During a hello, a slot is claimed before the connection has it; so only a slot that was idle twice is leaked.
        leaked = idle & (self._abandoned | self._idle)
        if leaked:
            await in_database(release_slots, leaked, host_id=self.host_id)
            count("realtime.slots_released_late", len(leaked))
        self._idle = idle - leaked
        self._abandoned &= owned - leaked
        for slot_id in before.keys() - owned:
            await self._claim_again(before[slot_id], slot_id)

    async def _claim_again(self, holder: Holder, lost_id: int) -> None:
        """Claim another slot for a connection whose own was taken over; if none is free, it stays without a slot."""
        admission = holder.admission
        if admission is None or admission.slot_id != lost_id:
            return  # the connection has ended
        try:
            slot_id = await in_database(claim_slot, admission.credential.user_id, host_id=self.host_id)
        except TooManySockets:
            count("realtime.slots_lost")
            return
        if holder.admission is admission:
            holder.admission = Admission(admission.credential, slot_id)
        else:
            self._abandoned.add(slot_id)


def _holders_by_slot(holders: Collection[Holder]) -> dict[int, Holder]:
    return {holder.admission.slot_id: holder for holder in holders if holder.admission is not None}
