"""Compares trails with the log: an entry for each event up to the audit cursor, with the same content, and a head.

Verifying a chain shows that what is there was written by us; this shows that nothing is missing: neither the newest
entries of a chain, nor a chain with its head. Content is compared as far as the log still has the event. Trails of
which only a line is left are passed over: verifying the line shows who forgot them.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q

from accounts_app.models import User
from audit_app.chain.link import Link, link_event
from audit_app.models import AuditEntry, AuditHead
from audit_app.verification.sealed import line_of
from events_app.contracts import RecordedEvent, stream_key, user_of
from events_app.log.read import SeqRange, read_ranges
from events_app.models import Cursor, DeadLetter, Stream

CONSUMER: Final = "audit"
STREAMS_AT_ONCE: Final = 200
EVENTS_AT_ONCE: Final = 500
_TRIES = 5


@dataclass(frozen=True)
class Disagreement:
    """A difference between a user's trail and the log: at which sequence number, and what."""

    user_id: int
    seq: int
    reason: str


@dataclass(frozen=True)
class _Applied:
    """How far the audit consumer has applied a stream, and which numbers an operator let it skip."""

    stream_id: int
    key: str
    tail: int
    cursor: int
    skipped: frozenset[int]

    @property
    def user_id(self) -> int:
        return user_of(self.key)

    @property
    def entries(self) -> int:
        """Return how many entries the trail must have."""
        return self.cursor - len(self.skipped)


def find_cut_trails(user_id: int | None = None) -> Iterator[Disagreement]:
    """Yield trails, of all users or of one, that are shorter or longer than the audit consumer has made them.

    It costs a few rows per user. A trail without a history is found, too, unless its account is being deleted.
    """
    of_user = Q() if user_id is None else Q(stream__key=stream_key(user_id))
    for applied in _read_applied(of_user):
        yield from _compare_lengths(applied)
    yield from _find_trails_without_history(user_id)


def find_entries_unlike_log() -> Iterator[Disagreement]:
    """Yield events up to the audit cursors whose entry is missing or says something else. Reads the whole log."""
    for applied in _read_applied(Q()):
        for parts in _batches(applied):
            yield from _compare_content(parts, {each.stream_id: each for each in applied})


def _read_applied(condition: Q) -> Iterator[list[_Applied]]:
    after = 0
    cursors = Cursor.objects.filter(condition, consumer=CONSUMER).order_by("stream_id")
    while rows := list(
        cursors.filter(stream_id__gt=after).values_list("stream_id", "stream__key", "stream__tail", "seq")[
            :STREAMS_AT_ONCE
        ]
    ):
        after = rows[-1][0]
        skipped = _read_skipped({row[0]: row[3] for row in rows})
        yield [_Applied(*row, skipped.get(row[0], frozenset())) for row in rows]


def _read_skipped(cursors: Mapping[int, int]) -> dict[int, frozenset[int]]:
    letters = DeadLetter.objects.filter(consumer=CONSUMER, stream__in=cursors).exclude(resolution="retried")
    found: dict[int, set[int]] = {}
    for stream_id, seq in letters.values_list("stream_id", "seq"):
        if seq <= cursors[stream_id]:
            found.setdefault(stream_id, set()).add(seq)
    return {stream_id: frozenset(seqs) for stream_id, seqs in found.items()}


def _compare_lengths(applied: Collection[_Applied]) -> Iterator[Disagreement]:
    heads = _heads_of([each.user_id for each in applied])
    for each in applied:
        if heads.get(each.user_id, 0) != each.entries:
            yield from _compare_length_again(each.stream_id)


def _compare_length_again(stream_id: int) -> Iterator[Disagreement]:
    """Compare once more: cursor and head move in one transaction, but are read by two statements.

    Between two reads of an unchanged head, the cursor belongs to it.
    """
    for _ in range(_TRIES):
        keys = Stream.objects.filter(pk=stream_id).values_list("key", flat=True)
        before = [_heads_of([user_of(key)]) for key in keys]
        now = [each for applied in _read_applied(Q(stream_id=stream_id)) for each in applied]
        if not before or not now:  # removed meanwhile, with its account
            return
        [each], user_id = now, now[0].user_id
        if before == [_heads_of([user_id])]:
            entries = before[0].get(user_id, 0)
            if entries != each.entries and line_of(user_id) is None:
                reason = f"{entries} entries in the trail, {each.entries} were appended to it"
                yield Disagreement(user_id, min(entries, each.cursor) + 1, reason)
            return


def _heads_of(user_ids: Collection[int]) -> dict[int, int]:
    return dict(AuditHead.objects.filter(pk__in=user_ids).values_list("pk", "entries"))


def _find_trails_without_history(user_id: int | None) -> Iterator[Disagreement]:
    heads, after = AuditHead.objects.order_by("pk"), 0
    if user_id is not None:
        heads = heads.filter(pk=user_id)
    while ids := list(heads.filter(pk__gt=after).values_list("pk", flat=True)[:STREAMS_AT_ONCE]):
        after = ids[-1]
        keys = {stream_key(each): each for each in ids}
        cursors = Cursor.objects.filter(consumer=CONSUMER, stream__key__in=keys, seq__gt=0)
        without = set(ids) - {keys[key] for key in cursors.values_list("stream__key", flat=True)}
        being_deleted = User.objects.filter(pk__in=without, deletion_requested_at__isnull=False)
        for each in sorted(without - set(being_deleted.values_list("pk", flat=True))):
            yield Disagreement(each, 1, "a trail of a history that is not in the log")


def _batches(applied: Collection[_Applied]) -> Iterator[list[SeqRange]]:
    """Yield ranges of the log, of at most 500 events together."""
    batch: list[SeqRange] = []
    room = EVENTS_AT_ONCE
    for each in applied:
        after = each.tail
        while after < each.cursor:
            to = min(each.cursor, after + room)
            batch.append(SeqRange(each.stream_id, each.key, after, to))
            room -= to - after
            after = to
            if not room:
                yield batch
                batch, room = [], EVENTS_AT_ONCE
    if batch:
        yield batch


def _compare_content(parts: Collection[SeqRange], applied: Mapping[int, _Applied]) -> Iterator[Disagreement]:
    events, entries = read_ranges(list(parts)), _read_entries(parts)
    for stream_id, recorded in events.items():
        found = [
            Disagreement(event.user_id, event.seq, reason)
            for event in recorded
            if (
                reason := _find_difference(event, entries.get((event.user_id, event.seq)), applied[stream_id])
            )
        ]
        # Read again: of an account that was deleted meanwhile, the events were read before and the entries after it.
        if found and Stream.objects.filter(pk=stream_id).exists() and line_of(found[0].user_id) is None:
            yield from found


def _read_entries(parts: Collection[SeqRange]) -> dict[tuple[int, int], Link]:
    ranges = (Q(user_id=user_of(part.key), seq__gt=part.after, seq__lte=part.to) for part in parts)
    entries = AuditEntry.objects.filter(reduce(or_, ranges)).values_list(*Link._fields)
    return {(link.user_id, link.seq): link for link in map(Link._make, entries)}


def _find_difference(event: RecordedEvent, link: Link | None, applied: _Applied) -> str:
    if link is None:
        return "" if event.seq in applied.skipped else "this event has no entry"
    expected = link_event(
        event, position=link.position, prev_hash=link.prev_hash, key_version=link.key_version
    )
    if link == expected:
        return ""
    names = [name for name, value in expected._asdict().items() if getattr(link, name) != value]
    # A database that keeps JSON as a value, or to which the log was moved, writes the same in another order.
    if "data" in names and json.loads(link.data) == json.loads(expected.data):
        names.remove("data")
    return f"the entry has another {', '.join(names)} than the event" if names else ""
