"""Which of the sixteen lanes this relay serves: lanes are leases, shared out fairly among live relays."""

from math import ceil

from events_app import leases
from events_app.models import Lease
from events_app.streams import LANES
from events_app.transactions import database_now

LEASE_SECONDS = 10.0
RENEW_SECONDS = 2.0
FORGET_SECONDS = 3600.0
_LANE, _MEMBER = "relay-lane:", "relay-member:"


class Lanes:
    """The lanes that one relay holds; `renew` is to be called every two seconds."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self.held: frozenset[int] = frozenset()

    def renew(self) -> frozenset[int]:
        """Renew what is held, give back what is beyond a fair share, take free lanes up to it; return the lanes."""
        leases.acquire([_MEMBER + self.holder], holder=self.holder, seconds=LEASE_SECONDS)
        leases.forget(_MEMBER, expired_seconds=FORGET_SECONDS)
        share = ceil(LANES / _live_members())
        mine, free = _mine_and_free(self.holder)
        leases.release([_name(lane) for lane in mine[share:]], holder=self.holder)
        wanted = [*mine, *free][:share]
        held = leases.acquire([_name(lane) for lane in wanted], holder=self.holder, seconds=LEASE_SECONDS)
        self.held = frozenset(int(name.removeprefix(_LANE)) for name in held)
        return self.held

    def give_back(self) -> None:
        """Let others have all lanes at once."""
        names = [_name(lane) for lane in self.held]
        leases.release([*names, _MEMBER + self.holder], holder=self.holder)
        self.held = frozenset()


def _name(lane: int) -> str:
    return f"{_LANE}{lane}"


def _live_members() -> int:
    return Lease.objects.filter(name__startswith=_MEMBER, expires_at__gt=database_now()).count() or 1


def _mine_and_free(holder: str) -> tuple[list[int], list[int]]:
    names = [_name(lane) for lane in range(LANES)]
    held = dict(
        Lease.objects.filter(name__in=names, expires_at__gt=database_now()).values_list("name", "holder")
    )
    mine = [lane for lane in range(LANES) if held.get(_name(lane)) == holder]
    free = [lane for lane in range(LANES) if _name(lane) not in held]
    return mine, free
