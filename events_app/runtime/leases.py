"""Leases: rights that expire by the database's clock."""

from collections.abc import Collection
from datetime import timedelta

from events_app.models import Lease
from events_app.runtime.identity import ending_of
from foundation.database.transactions import database_now, write_transaction


def acquire(names: Collection[str], *, holder: str, seconds: float) -> set[str]:
    """Take or renew those leases that are free, expired or already the holder's; return the names that are held.

    A lease saves duplicate work; nothing breaks when a paused holder continues after its lease has expired.
    """
    if not names:
        return set()
    with write_transaction():
        now = database_now()
        until = now + timedelta(seconds=seconds)
        # All callers insert and lock leases in the order of names, so that they cannot deadlock.
        wanted = [Lease(name=name, holder=holder, expires_at=until) for name in sorted(names)]
        Lease.objects.bulk_create(wanted, ignore_conflicts=True)
        known = Lease.objects.select_for_update(no_key=True).filter(name__in=names).order_by("name")
        held = {lease.name for lease in known if lease.holder == holder or lease.expires_at < now}
        Lease.objects.filter(name__in=held).update(holder=holder, expires_at=until)
    return held


def release(names: Collection[str], *, holder: str) -> None:
    """Release leases at once, except those that another holder has taken meanwhile."""
    if not names:
        return
    Lease.objects.filter(name__in=names, holder=holder).delete()


def release_place(place: str) -> int:
    """Release the leases of earlier processes with this data folder; return how many.

    Only the current holder of the folder may call it, which proves that they have ended, and before it takes leases.
    """
    with write_transaction():
        released, _ = Lease.objects.filter(holder__endswith=ending_of(place)).delete()
    return released
