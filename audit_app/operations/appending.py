"""Appends to the audit trail."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

from audit_app.chain.insertion import insert_entries
from audit_app.chain.keys import ChainKey, present_key
from audit_app.chain.link import Link, link_event
from audit_app.models import GENESIS, AuditEntry, AuditHead, ForgottenTrail
from events_app.contracts import RecordedEvent
from foundation.database import sql
from foundation.database.row_reads import lock_rows
from foundation.database.row_writes import new_row, upsert_statements

EventKey = tuple[int, int]  # user_id, seq


def append_to_chain(events: Sequence[RecordedEvent]) -> int:
    """Append one entry per event to its user's chain and return how many were new.

    The events may be of several users, each user's in order. Repeating is harmless: an event that has an entry is
    skipped, and so is one of a user whose trail is forgotten. An event that was skipped by an operator and comes later
    is appended at the end. Runs three statements for any number of events, one more when one is at or before the end of
    its chain, and one more when a user has no chain yet. Call it inside a transaction; two calls at once for the same
    user wait for each other.
    """
    by_key = {(event.user_id, event.seq): event for event in events}
    heads = _lock_heads({user_id for user_id, _ in by_key})
    forgotten = _find_forgotten({user_id for user_id, _ in by_key} - heads.keys())
    skipped = _find_present(by_key, heads) | {key for key in by_key if key[0] in forgotten}
    for key in skipped:
        del by_key[key]
    links, moved = _chain_events(by_key, heads, present_key())
    insert_entries(links)
    _store_heads(moved)
    return len(links)


def _lock_heads(user_ids: Collection[int]) -> dict[int, AuditHead]:
    return {head.user_id: head for head in lock_rows(AuditHead, list(user_ids))}


def _find_forgotten(user_ids: Collection[int]) -> set[int]:
    if not user_ids:
        return set()
    return set(ForgottenTrail.objects.filter(pk__in=user_ids).values_list("pk", flat=True))


def _find_present(keys: Iterable[EventKey], heads: dict[int, AuditHead]) -> set[EventKey]:
    candidates: dict[int, list[int]] = defaultdict(list)
    for user_id, seq in keys:
        if user_id in heads and seq <= heads[user_id].seq:
            candidates[user_id].append(seq)
    if not candidates:
        return set()
    condition = reduce(or_, (Q(user_id=user_id, seq__in=seqs) for user_id, seqs in candidates.items()))
    return set(AuditEntry.objects.filter(condition).values_list("user_id", "seq"))


def _chain_events(
    events: Mapping[EventKey, RecordedEvent], heads: dict[int, AuditHead], key: ChainKey
) -> tuple[list[tuple[Link, str]], list[AuditHead]]:
    """Return each event's link with its hash, and the heads as they are after the last."""
    links: list[tuple[Link, str]] = []
    moved: dict[int, AuditHead] = {}
    for (user_id, seq), event in events.items():
        head = moved.get(user_id) or heads.get(user_id) or _new_head(user_id)
        link = link_event(event, position=head.entries + 1, prev_hash=head.hash, key_version=key.version)
        head.seq, head.entries, head.hash = (
            max(head.seq, seq),
            link.position,
            link.compute_hash(key.secret),
        )
        links.append((link, head.hash))
        moved[user_id] = head
    return links, list(moved.values())


def _new_head(user_id: int) -> AuditHead:
    return new_row(AuditHead, user_id=user_id, seq=0, entries=0, hash=GENESIS)


def _store_heads(heads: list[AuditHead]) -> None:
    ordered = sorted((head.user_id, head.seq, head.entries, head.hash) for head in heads)
    if ordered:
        sql.run_by_commit(upsert_statements(AuditHead, ("user_id", "seq", "entries", "hash"), ordered))
