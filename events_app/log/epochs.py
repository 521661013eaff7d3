"""Epochs: which history sequence numbers belong to.

A database that was restored, copied, or cut off by a power failure goes on at an earlier sequence number than some
reader has seen, and gives the same numbers to other events. A new epoch, a random id, tells readers so. It is read in
the statement that reads the numbers, never kept in a process: whoever sets a new one is heard at the next look.
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
    """How far one user's history reaches, and in which epoch: read at one moment."""

    epoch: str
    head: int
    tail: int


def random_epoch() -> str:
    """Return an epoch that no history has had."""
    return str(uuid4())


def current_epoch() -> str:
    """Return the epoch of this database's history; one that has none, being emptied, begins one."""
    [(value,)] = _fetch(statements.select_epoch())
    return str(value)


def begin_epoch(reason: Epoch.Reason, *, mark: str = "") -> Epoch:
    """Begin a new epoch and return it; each call begins another one.

    Open sockets, relays and clients hear of it at their next look, within seconds.
    """
    values = {"value": random_epoch(), "reason": reason, "began_at": database_now(), "mark": mark}
    with write_transaction():
        return Epoch.objects.update_or_create(pk=1, defaults=values)[0]


def epoch_bounds_of(user_id: int) -> EpochBounds:
    """Return where the user's history is; at zero when nothing is written."""
    [place] = _fetch(statements.select_epoch_bounds(stream_key(user_id)))
    return EpochBounds(*place)


def heads_and_epoch(user_ids: Collection[int]) -> tuple[dict[int, int], str]:
    """Return the heads of those users who have a history, and the epoch that they are of, in one query."""
    rows = _fetch(statements.select_heads([stream_key(user_id) for user_id in user_ids]))
    return {user_of(key): head for _, key, head in rows if key is not None}, rows[0][0]


def _fetch(statement: sql.Statement) -> list[sql.SqlRow]:
    """Return the rows of a statement about the epoch, of which there is one from now on if there was none."""
    while not (rows := sql.fetch(*statement)):
        first = Epoch(value=random_epoch(), reason=Epoch.Reason.INSTALLED, began_at=database_now())
        with write_transaction():
            Epoch.objects.bulk_create([first], ignore_conflicts=True)
    return rows
