"""Verification of all trails. Short chains are read many at once: their statements take longer than their hashes.

Here a chain is only found right. Any other is walked by itself, as is one that somebody appends to meanwhile: that says
what is wrong with it, if anything is.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from audit_app.models import AuditCheck, AuditEntry, AuditHead
from audit_app.verification.positions import START, Position, position_of, store_whole_positions
from audit_app.verification.progress import verify_whole
from audit_app.verification.walk import (
    CHUNK,
    ChainRules,
    StoredEntry,
    Verdict,
    read_entries,
    user_ids_without_head,
    verify,
    verify_all_forgotten,
)
from foundation.database.grouping import group_by_size

_ENTRIES_AT_ONCE: Final = 1000


def verify_all() -> Iterator[Verdict]:
    """Verify every trail in user order, including entries whose head is gone, then the lines of forgotten trails."""
    yield from _verify_trails(verify, lambda _right: None)
    yield from verify_all_forgotten()


def verify_all_whole() -> Iterator[Verdict]:
    """Yield what `verify_all` does, and store the result of each trail before, as `verify_whole` does."""
    yield from _verify_trails(verify_whole, _store_right)
    yield from verify_all_forgotten()


def _verify_trails(
    verify_one: Callable[[int], Verdict], on_right: Callable[[Collection[Verdict]], None]
) -> Iterator[Verdict]:
    """Yield the verdict on each trail; `on_right` is told of those that are found right together."""
    for heads in group_by_size(_heads(), _size, most=_ENTRIES_AT_ONCE):
        right = _find_right(heads) if len(heads) > 1 else {}
        on_right(right.values())
        for head in heads:
            yield right.get(head.pk) or verify_one(head.pk)
    yield from map(verify_one, user_ids_without_head())


def _store_right(verdicts: Collection[Verdict]) -> None:
    if verdicts:
        store_whole_positions({verdict.user_id: verdict.reached for verdict in verdicts})


def _heads() -> Iterator[AuditHead]:
    after = 0
    while heads := list(AuditHead.objects.filter(pk__gt=after).order_by("pk")[:CHUNK]):
        yield from heads
        after = heads[-1].pk


def _size(head: AuditHead) -> int:
    return max(head.entries, 1)


def _find_right(heads: Collection[AuditHead]) -> dict[int, Verdict]:
    """Return the verdicts on those of some chains that are right, by user."""
    ids = [head.pk for head in heads]
    checks = AuditCheck.objects.in_bulk(ids)
    # Entries beyond the ends of chains may be any number.
    most = sum(map(_size, heads)) + 1
    stored: dict[int, list[StoredEntry]] = defaultdict(list)
    entries = AuditEntry.objects.filter(user_id__in=ids).order_by("user_id", "position")
    read = read_entries(entries[:most])
    for entry in read:
        stored[entry.link.user_id].append(entry)
    if len(read) == most:
        # Cut off: the last chain of these may go on beyond its end.
        del stored[read[-1].link.user_id]
    verdicts = (_judge(head, position_of(head.pk, checks.get(head.pk)), stored[head.pk]) for head in heads)
    return {verdict.user_id: verdict for verdict in verdicts if verdict is not None}


def _judge(head: AuditHead, known: Position, entries: Sequence[StoredEntry]) -> Verdict | None:
    """Return the verdict on a chain that has these entries if it is right, else None."""
    rules, reached = ChainRules(head.pk, {known.entries: known.hash}), START
    for entry in entries:
        if rules.find_fault(entry, reached):
            return None
        reached = Position(entry.link.position, entry.hash)
    if not head.entries or known.entries > head.entries or not rules.ends_at(head, reached):
        return None
    return Verdict(
        user_id=head.pk, ok=True, entries=head.entries, head=head.hash, reached=reached, is_complete=True
    )
