"""Proving that a trail is what was written: every hash, every position, and the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from audit_app.chain import Link
from audit_app.models import GENESIS, AuditEntry, AuditHead

CHUNK = 1000
_covered = attrgetter(*Link._fields)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What walking one user's chain found. `first_bad` is the seq at which it stops being right."""

    user_id: int
    ok: bool
    entries: int
    head: str
    first_bad: int | None = None
    reason: str = ""

    def answer(self) -> dict[str, object]:
        """Return the verdict as the API and the command print it."""
        found = {"ok": self.ok, "entries": self.entries, "head": self.head}
        return found if self.ok else {**found, "first_bad_sequence": self.first_bad, "reason": self.reason}


def verify(user_id: int) -> Verdict:
    """Walk the user's chain from its first entry and compare its end with the head.

    Holds at most 1,000 entries in memory and no snapshot: what is appended meanwhile is left for next time.
    """
    head = AuditHead.objects.filter(pk=user_id).first() or AuditHead(user_id, 0, 0, GENESIS)
    seen, previous = 0, GENESIS
    for entry in _walk(user_id, up_to=head.entries):
        reason = _fault(entry, position=seen + 1, prev_hash=previous)
        if reason:
            return _broken(head, entries=seen, first_bad=entry.seq, reason=reason)
        seen, previous = entry.position, entry.hash
    if (seen, previous) != (head.entries, head.hash):
        return _broken(head, entries=seen, first_bad=head.seq, reason="the end is missing or not the head's")
    beyond = _first_beyond_head(user_id)
    if beyond is not None:
        return _broken(head, entries=seen, first_bad=beyond, reason="it lies beyond the end of the chain")
    return Verdict(user_id=user_id, ok=True, entries=seen, head=previous)


def verify_all() -> Iterator[Verdict]:
    """Verify every trail in user order, including entries whose head is gone."""
    after = 0
    while ids := _user_ids(after):
        yield from map(verify, ids)
        after = ids[-1]
    orphans = AuditEntry.objects.filter(~Exists(AuditHead.objects.filter(pk=OuterRef("user_id"))))
    yield from map(verify, orphans.order_by("user_id").values_list("user_id", flat=True).distinct())


def _user_ids(after: int) -> list[int]:
    heads = AuditHead.objects.filter(pk__gt=after).order_by("pk")
    return list(heads.values_list("pk", flat=True)[:CHUNK])


def _walk(user_id: int, *, up_to: int) -> Iterator[AuditEntry]:
    position = 0
    while True:
        entries = AuditEntry.objects.filter(user_id=user_id, position__gt=position, position__lte=up_to)
        chunk = list(entries.order_by("position")[:CHUNK])
        yield from chunk
        if len(chunk) < CHUNK:
            return
        position = chunk[-1].position


def _fault(entry: AuditEntry, *, position: int, prev_hash: str) -> str:
    if entry.position != position:
        return "an entry before this one is missing"
    if entry.prev_hash != prev_hash:
        return "it does not follow the entry before it"
    if Link(*_covered(entry)).digest() != entry.hash:
        return "its content is not what its hash says"
    return ""


def _first_beyond_head(user_id: int) -> int | None:
    # One statement: read apart, an entry appended in between would look forged.
    end = AuditHead.objects.filter(pk=user_id).values("entries")
    entries = AuditEntry.objects.filter(user_id=user_id, position__gt=Coalesce(Subquery(end), 0))
    return entries.order_by("position").values_list("seq", flat=True).first()


def _broken(head: AuditHead, *, entries: int, first_bad: int, reason: str) -> Verdict:
    return Verdict(
        user_id=head.pk, ok=False, entries=entries, head=head.hash, first_bad=first_bad, reason=reason
    )
