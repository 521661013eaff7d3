"""The round: once a day all trails are walked from their first entries, since verified entries may be changed later."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from django.db.models import Manager

from audit_app.models import GENESIS, AuditCheck, AuditHead, AuditRound, ForgottenTrail
from audit_app.verification.positions import Position, check_of, position_of
from audit_app.verification.progress import store_progress
from audit_app.verification.walk import Pace, walk
from foundation.database.transactions import database_now, write_transaction

_BUDGET_SECONDS = 0.5
ENTRIES_PER_STEP = 5000
ROUND_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class RoundPosition:
    """The position of a round: an entry of a user's chain; user 0: between two rounds."""

    user_id: int
    entries: int = 0
    hash: str = GENESIS


_BETWEEN_ROUNDS = RoundPosition(0)


def verify_round(*, budget_seconds: float = _BUDGET_SECONDS) -> int:
    """Continue the walk over all trails; return how many steps it took.

    A round begins once a day. Two calls at once do the same work twice, which is harmless.
    """
    until = monotonic() + budget_seconds
    steps = 0
    while _step(seconds=until - monotonic()):
        steps += 1
        if monotonic() >= until:
            break
    return steps


def _step(*, seconds: float) -> bool:
    row = AuditRound.objects.filter(pk=1).first() or AuditRound(pk=1)
    place = RoundPosition(row.user_id, row.entries, row.hash)
    if place != _BETWEEN_ROUNDS:
        return _move_round(place, _verify_next(place, seconds=seconds))
    now = database_now()
    if row.began_at is not None and row.began_at > now - ROUND_EVERY:
        return False
    with write_transaction():
        AuditRound.objects.update_or_create(pk=1, defaults={"began_at": now})
    return _move_round(place, _next_trail(0))


def _verify_next(place: RoundPosition, *, seconds: float) -> RoundPosition:
    """Walk a part of the chain; return the next position of the round."""
    since, known = Position(place.entries, place.hash), position_of(place.user_id, check_of(place.user_id))
    verdict = walk(place.user_id, since=since, known=known, pace=Pace(ENTRIES_PER_STEP, seconds))
    if verdict.ok and not verdict.is_complete:
        return RoundPosition(place.user_id, verdict.reached.entries, verdict.reached.hash)
    store_progress(verdict, whole=True)
    return _next_trail(place.user_id)


def _next_trail(after: int) -> RoundPosition:
    """Return the beginning of the next chain; a chain whose head was deleted is still found by its check or line."""
    ids = [
        _first_after(after, rows) for rows in (AuditHead.objects, AuditCheck.objects, ForgottenTrail.objects)
    ]
    return RoundPosition(min([id_ for id_ in ids if id_ is not None], default=0))


def _first_after(after: int, rows: "Manager[Any]") -> int | None:
    return rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True).first()


def _move_round(place: RoundPosition, to: RoundPosition) -> bool:
    """Store the next position, unless another process has moved the round; return whether the round continues."""
    now = {"ended_at": database_now()} if to == _BETWEEN_ROUNDS else {}
    with write_transaction():
        here = AuditRound.objects.filter(pk=1, user_id=place.user_id, entries=place.entries)
        moved = here.update(user_id=to.user_id, entries=to.entries, hash=to.hash, **now)
    return bool(moved) and to != _BETWEEN_ROUNDS
