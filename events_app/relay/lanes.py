"""The lanes that a relay serves. The sixteen lanes are leases, shared equally among the live relays."""

from collections.abc import Iterable
from datetime import timedelta
from math import ceil

from django.db.models import Q

from events_app.log.streams import LANES
from events_app.models import Lease
from events_app.runtime import leases
from foundation.database.transactions import database_now

_LEASE_SECONDS = 10.0
RENEW_SECONDS = 2.0
_FORGET_AFTER = timedelta(hours=1)
_LANE, _MEMBER = "relay-lane:", "relay-member:"
_OURS = Q(name__startswith=_LANE) | Q(name__startswith=_MEMBER)


class Lanes:
    """The lanes that one relay holds. Call `renew` every two seconds."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self.held: frozenset[int] = frozenset()
        self._membership = _MEMBER + holder

    def renew(self) -> frozenset[int]:
        """Renew held lanes, release those beyond a fair share, acquire free ones up to it; return the held lanes."""
        now = database_now()
        known = {lease.name: lease for lease in Lease.objects.filter(_OURS)}
        live = {name: lease.holder for name, lease in known.items() if lease.expires_at > now}
        members = {name for name in live if name.startswith(_MEMBER)} | {self._membership}
        mine = [lane for lane in range(LANES) if live.get(_name(lane)) == self.holder]
        free = [lane for lane in range(LANES) if _name(lane) not in live]
        share = ceil(LANES / len(members))
        leases.release([_name(lane) for lane in mine[share:]], holder=self.holder)
        wanted = [_name(lane) for lane in [*mine, *free][:share]]
        held = leases.acquire([*wanted, self._membership], holder=self.holder, seconds=_LEASE_SECONDS)
        _delete_memberships(lease for lease in known.values() if lease.expires_at < now - _FORGET_AFTER)
        self.held = frozenset(int(name.removeprefix(_LANE)) for name in held & set(wanted))
        return self.held

    def release(self) -> None:
        """Release all lanes, so that other relays can take them at once."""
        names = [_name(lane) for lane in self.held]
        leases.release([*names, self._membership], holder=self.holder)
        self.held = frozenset()


def _name(lane: int) -> str:
    return f"{_LANE}{lane}"


def _delete_memberships(expired: Iterable[Lease]) -> None:
    """Delete the memberships of relays that were killed long ago. Each relay has a new name, so they would pile up."""
    ids = [lease.pk for lease in expired if lease.name.startswith(_MEMBER)]
    if ids:
        Lease.objects.filter(pk__in=ids).delete()
