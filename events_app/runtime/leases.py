"""Leases: rights that end by themselves, by the database's clock."""

from collections.abc import Collection
from datetime import timedelta

from events_app.models import Lease
from events_app.runtime.identity import ending_of
from foundation.database.transactions import database_now, write_transaction


def acquire(names: Collection[str], *, holder: str, seconds: float) -> set[str]:
    """Take or renew those of the leases that are free, expired or already the holder's; return what is held.

    Holding a lease saves work that two would do twice; nothing breaks when a paused holder goes on after it.
    """
    if not names:
        return set()
    with write_transaction():
        now = database_now()
        until = now + timedelta(seconds=seconds)
        # By name, as everybody inserts and locks them: two who want the same ones cannot wait for each other.
        wanted = [Lease(name=name, holder=holder, expires_at=until) for name in sorted(names)]
        Lease.objects.bulk_create(wanted, ignore_conflicts=True)
        known = Lease.objects.select_for_update(no_key=True).filter(name__in=names).order_by("name")
        held = {lease.name for lease in known if lease.holder == holder or lease.expires_at < now}
        Lease.objects.filter(name__in=held).update(holder=holder, expires_at=until)
    return held


def release(names: Collection[str], *, holder: str) -> None:
    """Give leases back at once; those that another holds by now stay his."""
    if not names:
        return
    Lease.objects.filter(name__in=names, holder=holder).delete()


def release_place(place: str) -> int:
    """Give back what processes held that held this data folder; return how many leases.

    Only for who holds that folder now, which proves that they are dead, and before it takes leases itself.
    """
    with write_transaction():
        released, _ = Lease.objects.filter(holder__endswith=ending_of(place)).delete()
    return released
