"""Epochs: an epoch names the history that sequence numbers belong to.

A database that was restored, copied, or interrupted by a power failure may continue from an earlier sequence number
than readers have seen, and give the same numbers to other events. A new epoch, a random id, shows that to readers. The
statement that reads the numbers reads the epoch too, and no process caches it: a new one takes effect at once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import uuid4

from events_app.contracts import stream_key, user_of
from events_app.log import statements
from events_app.models import Epoch
from foundation.database import sql
from foundation.database.transactions import database_now, write_transaction


@dataclass(frozen=True, slots=True)
class EpochBounds:
    """The head and tail of one user's history, with the epoch, read in one statement."""

    epoch: str
    head: int
    tail: int


def random_epoch() -> str:
    """Return a new epoch."""
    return str(uuid4())


def current_epoch() -> str:
    """Return the epoch of this database. An emptied database has none, and begins one here."""
    [(value,)] = fetch_with_epoch(statements.select_epoch())
    return str(value)


def begin_epoch(reason: Epoch.Reason, *, mark: str = "") -> Epoch:
    """Begin a new epoch and return its row; each call begins another one.

    Open sockets, relays and clients see it at their next read, within seconds.
    """
    values = {"value": random_epoch(), "reason": reason, "began_at": database_now(), "mark": mark}
    with write_transaction():
        return Epoch.objects.update_or_create(pk=1, defaults=values)[0]


def epoch_bounds_of(user_id: int) -> EpochBounds:
    """Return the bounds of the user's history; head and tail are 0 without events."""
    [place] = fetch_with_epoch(statements.select_epoch_bounds(stream_key(user_id)))
    return EpochBounds(*place)


def heads_and_epoch(user_ids: Collection[int]) -> tuple[dict[int, int], str]:
    """Return the heads, by user, of those users who have a history, and the epoch, in one query."""
    rows = fetch_with_epoch(statements.select_heads([stream_key(user_id) for user_id in user_ids]))
    return {user_of(key): head for _, key, head in rows if key is not None}, rows[0][0]


def fetch_with_epoch(statement: sql.Statement) -> list[sql.SqlRow]:
    """Return the rows of a statement that selects the epoch; insert an epoch first if the database has none."""
    while not (rows := sql.fetch(*statement)):
        first = Epoch(value=random_epoch(), reason=Epoch.Reason.INSTALLED, began_at=database_now())
        with write_transaction():
            Epoch.objects.bulk_create([first], ignore_conflicts=True)
    return rows
