"""Compares the trails with anchors from outside: what was anchored must still be there, whoever has the key by now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q

from audit_app.anchors.file import stored_ends, stored_line
from audit_app.anchors.lines import AnchoredEnd, AnchorLine, digest_of, read_anchors, root_of
from audit_app.models import GENESIS, AuditEntry, ForgottenTrail, TrailAnchor

ENDS_AT_ONCE: Final = 200


@dataclass(frozen=True)
class AnchorFault:
    """What differs at one anchor; `user_id` None: the anchor itself."""

    anchor: int
    reason: str
    user_id: int | None = None


@dataclass
class AnchorComparison:
    """How many anchors and ends of chains were compared."""

    anchors: int = 0
    ends: int = 0

    def compare(self, lines: Iterable[str]) -> Iterator[AnchorFault]:
        """Yield what differs between the database and the anchors in these lines, of a file or of a log."""
        before: AnchorLine | None = None
        for anchor in read_anchors(lines):
            if before is not None and anchor == before:  # a log may have a line twice
                continue
            self.anchors += 1
            yield from self._compare_anchor(anchor, before)
            before = anchor
        if before is None:
            yield AnchorFault(0, "there is no anchor in it")

    def _compare_anchor(self, anchor: AnchorLine, before: AnchorLine | None) -> Iterator[AnchorFault]:
        ends = anchor.ends or stored_ends(anchor.number)
        if reason := _find_fault(replace(anchor, ends=tuple(ends)), before):
            yield AnchorFault(anchor.number, reason)
        stored = TrailAnchor.objects.filter(pk=anchor.number).first()
        if stored is None or stored_line(stored) != anchor:
            yield AnchorFault(anchor.number, "the database does not have this anchor, or has another")
        for some in _batches(ends):
            self.ends += len(some)
            yield from (AnchorFault(anchor.number, *fault) for fault in _find_changed(some))


def _find_fault(anchor: AnchorLine, before: AnchorLine | None) -> str:
    if not anchor.is_ours():
        return "it is not signed with one of TODO_AUDIT_KEYS"
    if root_of(anchor.previous, (end.digest for end in anchor.ends)) != anchor.root:
        return "the ends of chains that it names are not those that were signed"
    if before is None:
        is_next = anchor.number != 1 or anchor.previous == GENESIS
    else:
        is_next = (anchor.number, anchor.previous) == (before.number + 1, before.root)
    return "" if is_next else "it does not follow the anchor before it"


def _batches(ends: Sequence[AnchoredEnd]) -> Iterator[Sequence[AnchoredEnd]]:
    """Yield the ends in parts that one statement can ask for."""
    for start in range(0, len(ends), ENDS_AT_ONCE):
        yield ends[start : start + ENDS_AT_ONCE]


def _find_changed(ends: Sequence[AnchoredEnd]) -> Iterator[tuple[str, int]]:
    known = [(end.user_id, end.entries, end.digest) for end in ends if end.user_id is not None]
    if not known:
        return
    places = reduce(or_, (Q(user_id=user_id, position=entries) for user_id, entries, _ in known))
    rows = AuditEntry.objects.filter(places).values_list("user_id", "position", "hash")
    found = {(user_id, position): hash_ for user_id, position, hash_ in rows}
    lines = ForgottenTrail.objects.in_bulk([user_id for user_id, _, _ in known])
    for user_id, entries, digest in known:
        hash_ = found.get((user_id, entries or 0)) or _forgotten_hash(lines.get(user_id), entries)
        if hash_ is None:
            yield f"its trail has no entry {entries} any more", user_id
        elif hash_ and digest_of(user_id, entries or 0, hash_) != digest:
            yield f"its trail was rewritten up to entry {entries} after it was anchored", user_id


def _forgotten_hash(line: ForgottenTrail | None, entries: int | None) -> str | None:
    """Return the hash that the line of a forgotten trail has for its last entry, and "" for entries before it."""
    if line is None or entries is None or line.entries < entries:
        return None
    return line.hash if line.entries == entries else ""
