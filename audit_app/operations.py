"""Appending to the audit trail: the only write there is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

from audit_app.chain.insertion import insert_entries
from audit_app.chain.link import Link
from audit_app.models import GENESIS, AuditEntry, AuditHead
from events_app.contracts import RecordedEvent

EventKey = tuple[int, int]  # user_id, seq


def append_to_chain(events: Sequence[RecordedEvent]) -> int:
    """Append one entry per event to its user's chain and return how many were new.

    Takes events of any users, each user's in order. Repeating is harmless: what is in a trail already is
    passed over and the chain goes on from its end. An event that was left out at first is appended when it
    comes. Three statements however many events there are, and a fourth when one is at or before its
    chain's end. Call it inside a transaction; two at once for the same user wait for each other.
    """
    by_place = {(event.user_id, event.seq): event for event in events}
    heads = _lock_heads({user_id for user_id, _ in by_place})
    for place in _find_present(by_place, heads):
        del by_place[place]
    links, moved = _chain_events(by_place, heads)
    insert_entries(links)
    _store_heads(moved)
    return len(links)


def _lock_heads(user_ids: Iterable[int]) -> dict[int, AuditHead]:
    heads = AuditHead.objects.select_for_update(no_key=True).filter(pk__in=user_ids).order_by("pk")
    return {head.pk: head for head in heads}


def _find_present(places: Iterable[EventKey], heads: dict[int, AuditHead]) -> set[EventKey]:
    doubtful: dict[int, list[int]] = defaultdict(list)
    for user_id, seq in places:
        if user_id in heads and seq <= heads[user_id].seq:
            doubtful[user_id].append(seq)
    if not doubtful:
        return set()
    among = reduce(or_, (Q(user_id=user_id, seq__in=seqs) for user_id, seqs in doubtful.items()))
    return set(AuditEntry.objects.filter(among).values_list("user_id", "seq"))


def _chain_events(
    events: Mapping[EventKey, RecordedEvent], heads: dict[int, AuditHead]
) -> tuple[list[tuple[Link, str]], list[AuditHead]]:
    """Return each event's link with its hash, and the heads as they are after the last."""
    links: list[tuple[Link, str]] = []
    moved: dict[int, AuditHead] = {}
    for (user_id, seq), event in events.items():
        head = moved.get(user_id) or heads.get(user_id) or AuditHead(user_id, 0, 0, GENESIS)
        link = _link(event, user_id, head)
        head.seq, head.entries, head.hash = max(head.seq, seq), link.position, link.digest()
        links.append((link, head.hash))
        moved[user_id] = head
    return links, list(moved.values())


def _link(event: RecordedEvent, user_id: int, head: AuditHead) -> Link:
    return Link(
        user_id=user_id,
        seq=event.seq,
        position=head.entries + 1,
        event_id=event.event_id,
        type=event.type,
        v=event.v,
        task_id=event.task_id,
        actor_type=event.actor.type,
        actor_id=event.actor.id,
        occurred_at=event.occurred_at,
        request_id=event.request_id,
        causation_id=event.causation_id,
        data=event.raw,
        prev_hash=head.hash,
    )


def _store_heads(heads: list[AuditHead]) -> None:
    AuditHead.objects.bulk_create(
        sorted(heads, key=lambda head: head.pk),
        update_conflicts=True,
        unique_fields=["user_id"],
        update_fields=["seq", "entries", "hash"],
    )
