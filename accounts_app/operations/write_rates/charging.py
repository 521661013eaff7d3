"""How fast a user may write: two token buckets, one of writes and one of bytes, shared by all processes.

A bucket is stored as the moment at which it is full again, by the database's clock (the generic cell rate algorithm,
ITU-T I.371, annex A): one number, which needs no refilling and no sweep. Besides what a call needs, a process takes a
hundredth of what the bucket holds as a lease, and reads the database again when the lease is spent.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from math import ceil, floor
from typing import Final

from django.db import connection

from accounts_app.errors import CallTooCostly, TooManyWrites
from accounts_app.operations.write_rates.leases import Amounts, QuotaLease, leases
from accounts_app.operations.write_rates.policies import BucketLevel, Policy, policies
from accounts_app.queries.statements import LOOK_AT_BUCKETS, TAKE_FROM_BUCKETS, bucket_statement
from foundation import counters
from foundation.database.sessions import WITHOUT_FLUSH
from foundation.database.transactions import database_now, is_clock_replaced, write_transaction

NOTHING: Final = (0, 0)
NEVER_ASKED: Final = (0.0, 0.0)
FORGOTTEN_SECONDS: Final = 1


def charge_writes(user_id: int, *, writes: int = 1, size: int = 0, paid: int = 0) -> list[BucketLevel]:
    """Take `writes` writes and `size` bytes from a user's buckets; return the levels of those that are on.

    Called by code that writes for a person or an agent, never by consumers, sweeps, jobs and commands. `paid` writes
    were taken for the same call before; a repeated call would need them again. Raises TooManyWrites when a bucket
    holds too little, and takes nothing; raises CallTooCostly for more than a full bucket holds. When the surrounding
    transaction is rolled back, nothing is taken.
    """
    both = policies()
    if not any(each.is_on for each in both):
        return []
    size = size if both[1].is_on else 0
    writes, paid = (writes, paid) if both[0].is_on else (0, 0)
    whole = (writes + paid, size)
    _check_sizes(both, whole)
    is_taken, lease = _charge(user_id, both, (writes, size))
    if not is_taken:
        raise _refusal(both, cost=whole, lease=lease)
    return _bucket_levels(both, lease)


def charge_rows(user_id: int, rows: int) -> None:
    """Take a write for each row that a call changes; the call has paid one already and cannot be sent in parts.

    Takes half of a full bucket at the most, so that a large call is possible. Raises TooManyWrites.
    """
    due = min(rows, policies()[0].burst // 2)
    if due > 1:
        charge_writes(user_id, writes=due - 1, paid=1)


def _charge(user_id: int, both: Sequence[Policy], cost: Amounts) -> tuple[bool, QuotaLease]:
    """Take the cost from the lease or from the database; return whether it was taken, and the state of the buckets."""
    # A lease belongs to no transaction, and uses the machine's clock alone.
    if connection.in_atomic_block or is_clock_replaced():
        return _take(user_id, both, cost=cost)
    lease = leases.spend(user_id, cost)
    return _renew(user_id, both, cost) if lease is None else (True, lease)


def _check_sizes(both: Sequence[Policy], cost: Amounts) -> None:
    for policy, amount in zip(both, cost, strict=True):
        if policy.is_on and amount > policy.burst:
            counters.count("writes_too_costly")
            raise CallTooCostly(
                f"This call costs {amount:,} {policy.name}, and at most {policy.burst:,} are allowed at once;"
                " send it in parts."
            )


def _renew(user_id: int, both: Sequence[Policy], cost: Amounts) -> tuple[bool, QuotaLease]:
    """Take the cost and a new lease from the database; give back what was left of the old lease."""
    held = leases.end(user_id) or QuotaLease(full_in=NEVER_ASKED, taken_at=0.0)
    # A bucket that held too little a moment ago need not be read again.
    if held.is_known and any(_wait_seconds(both, cost=cost, lease=held)):
        found = (False, held)
    else:
        found = _take(user_id, both, cost=cost, ahead=held.amounts_in_advance(both), credit=held.left)
    leases.begin(user_id, found[1])
    return found


def _take(
    user_id: int,
    both: Sequence[Policy],
    *,
    cost: Amounts,
    ahead: Amounts = NOTHING,
    credit: Amounts = NOTHING,
) -> tuple[bool, QuotaLease]:
    """Take from the stored buckets: cost and lease, or else the cost alone; return whether, and their state."""
    for more in (ahead, NOTHING):
        taken = (cost[0] + more[0], cost[1] + more[1])
        if rows := _run(TAKE_FROM_BUCKETS, _parameters(user_id, both, taken=taken, credit=credit)):
            return True, QuotaLease(full_in=rows[0], left=more)
        if more == NOTHING:
            break
    rows = _run(LOOK_AT_BUCKETS, {"user": user_id})
    return False, QuotaLease(full_in=rows[0] if rows else NEVER_ASKED, left=credit)


def _parameters(user_id: int, both: Sequence[Policy], *, taken: Amounts, credit: Amounts) -> dict[str, float]:
    values: dict[str, float] = {"user": user_id, "margin": FORGOTTEN_SECONDS}
    for policy, some, back in zip(both, taken, credit, strict=True):
        values[f"{policy.name}_taken"] = policy.seconds(some)
        values[f"{policy.name}_credit"] = policy.seconds(back)
        values[f"{policy.name}_span"] = policy.span
    return values


def _run(statement: str, values: dict[str, float]) -> list[tuple[float, float]]:
    is_sqlite, is_alone = connection.vendor == "sqlite", not connection.in_atomic_block
    if is_sqlite or is_clock_replaced():
        values = {**values, "now": database_now().timestamp()}
    text = bucket_statement(statement, connection.vendor, clock_given="now" in values)
    # A crash may lose the last charge: it is not worth a flush to disk.
    begin = f"{WITHOUT_FLUSH}; " if is_alone and not is_sqlite else ""
    # Outside a transaction, a single statement is one, and on PostgreSQL one round trip.
    with write_transaction() if is_sqlite else nullcontext(), connection.cursor() as cursor:
        cursor.execute(begin + text, values)
        return list(cursor.fetchall())


def _wait_seconds(both: Sequence[Policy], *, cost: Amounts, lease: QuotaLease) -> list[float]:
    """Return for each bucket how many seconds pass until it holds what a call costs; 0 if it does."""
    return [
        max(0.0, full_in + policy.seconds(amount - left) - policy.span) if policy.is_on else 0.0
        for policy, amount, left, full_in in zip(both, cost, lease.left, lease.full_in_now, strict=True)
    ]


def _refusal(both: Sequence[Policy], *, cost: Amounts, lease: QuotaLease) -> TooManyWrites:
    waits = _wait_seconds(both, cost=cost, lease=lease)
    seconds, policy = max(zip(waits, both, strict=True), key=lambda each: each[0])
    counters.count(f"{policy.name}_refused")
    return TooManyWrites(
        f"Too many {policy.name}: {policy.rate:,} a second are allowed, after {policy.burst:,} at once.",
        levels=_bucket_levels(both, lease),
        retry_after_seconds=max(1, ceil(seconds)),
    )


def _bucket_levels(both: Sequence[Policy], lease: QuotaLease) -> list[BucketLevel]:
    return [
        BucketLevel(policy, *_bucket_state(policy, left=left, full_in=full_in))
        for policy, left, full_in in zip(both, lease.left, lease.full_in_now, strict=True)
        if policy.is_on
    ]


def _bucket_state(policy: Policy, *, left: int, full_in: float) -> tuple[int, int]:
    remaining = floor(policy.burst - full_in * policy.rate + 1e-6) + left
    return min(policy.burst, max(0, remaining)), ceil(max(0.0, full_in - policy.seconds(left)))
