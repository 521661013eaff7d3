"""Secrets of second factors under the present secret key, so that the key before it can be forgotten."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from accounts_app.credentials.encryption import UnknownSecretKey, encrypt_anew, is_under_present_key
from accounts_app.models import SecondFactor
from foundation.database.transactions import write_transaction

_ROWS: Final = 500
_Sealed = tuple[int, str]


@dataclass(frozen=True)
class Resealed:
    """How many secrets were encrypted anew, and how many no accepted key opens."""

    renewed: int = 0
    unreadable: int = 0

    def __str__(self) -> str:
        done = f"second factors encrypted anew under the present secret key: {self.renewed}"
        return f"{done}; no known secret key opens: {self.unreadable}" if self.unreadable else done


def reseal_second_factors() -> Resealed:
    """Encrypt the secrets anew that are not under the present SECRET_KEY; return how many, and how many cannot be read.

    What no accepted key opens stays as it is. In transactions of up to 500 rows; repeating changes nothing, and two at
    once, or codes that are used meanwhile, are harmless.
    """
    renewed = unreadable = 0
    for rows in _batches():
        changed, failed = _reseal(rows)
        renewed, unreadable = renewed + _store(changed), unreadable + failed
    return Resealed(renewed, unreadable)


@dataclass(frozen=True)
class OldSeals:
    """How many secrets are encrypted under a fallback key, and how many no accepted key opens."""

    under_fallback: int = 0
    unreadable: int = 0


def count_old_seals(*, among: int) -> OldSeals:
    """Return the count among so many of the oldest second factors, without changing anything."""
    under_fallback = unreadable = 0
    for sealed in SecondFactor.objects.order_by("pk").values_list("sealed_secret", flat=True)[:among]:
        try:
            under_fallback += not is_under_present_key(sealed)
        except UnknownSecretKey:
            unreadable += 1
    return OldSeals(under_fallback, unreadable)


def _batches() -> Iterator[list[_Sealed]]:
    last = 0
    while rows := list(_rows_after(last)):
        yield rows
        last, _ = rows[-1]


def _rows_after(last: int) -> Iterable[_Sealed]:
    return SecondFactor.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "sealed_secret")[:_ROWS]


def _reseal(rows: list[_Sealed]) -> tuple[list[tuple[int, str, str]], int]:
    """Return those that change, each with the text before and after, and how many cannot be read."""
    changed, unreadable = [], 0
    for pk, sealed in rows:
        try:
            anew = encrypt_anew(sealed)
        except UnknownSecretKey:
            unreadable += 1
            continue
        if anew != sealed:
            changed.append((pk, sealed, anew))
    return changed, unreadable


def _store(changed: list[tuple[int, str, str]]) -> int:
    """Store the new texts, but of rows that somebody else has changed; return how many."""
    if not changed:
        return 0
    with write_transaction():
        return sum(
            SecondFactor.objects.filter(pk=pk, sealed_secret=before).update(sealed_secret=after)
            for pk, before, after in changed
        )
