"""Leases: rights that end by themselves, by the database's clock."""

from collections.abc import Collection
from datetime import timedelta

from events_app.models import Lease
from events_app.runtime.identity import ending_of
from foundation.database import sql
from foundation.database.transactions import database_now, write_transaction


def acquire(names: Collection[str], *, holder: str, seconds: float) -> set[str]:
    """Take or renew those of the leases that are free, expired or already the holder's; return what is held.

    Holding a lease saves work that two would do twice; nothing breaks when a paused holder goes on after it.
    """
    if not names:
        return set()
    with write_transaction():
        now = database_now()
        until = sql.to_database(now + timedelta(seconds=seconds))
        listed, params = sql.values([(name, holder, until) for name in sorted(names)])
        rows = sql.fetch(
            f"INSERT INTO events_app_lease (name, holder, expires_at) {listed}"
            " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at"
            " WHERE events_app_lease.expires_at < %s OR events_app_lease.holder = excluded.holder"
            " RETURNING name",
            [*params, sql.to_database(now)],
        )
    return {name for (name,) in rows}


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
