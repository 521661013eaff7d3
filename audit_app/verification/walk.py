"""The walk along a chain: it verifies every hash, every position, and the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from audit_app.chain.keys import UNKEYED, entry_secrets
from audit_app.chain.link import Link
from audit_app.models import GENESIS, AuditEntry, AuditHead, ForgottenTrail
from audit_app.verification.positions import START, Position, check_of, position_of
from audit_app.verification.sealed import line_fault, line_of, unkeyed_part_of

CHUNK = 500
_NOT_ITS_END = "the end is missing or not the head's"


@dataclass(frozen=True)
class Pace:
    """How much one call may walk; it always finishes the chunk that it has read."""

    entries: int
    seconds: float


UNHURRIED = Pace(entries=2**63, seconds=float("inf"))


class StoredEntry(NamedTuple):
    """What verification reads of an entry: the columns that its hash covers, and the hash."""

    link: Link
    hash: str


@dataclass(frozen=True)
class Fault:
    """The seq of the first wrong entry of a chain, and the reason."""

    seq: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of walking one user's chain.

    `entries` is its length; of a wrong chain, the number of right entries before `first_bad` (a seq). `reached` is the
    last verified entry; unless `is_complete`, there are more. `is_forgotten`: only a line is left of it.
    """

    user_id: int
    ok: bool
    entries: int
    head: str
    reached: Position = START
    is_complete: bool = False
    first_bad: int | None = None
    reason: str = ""
    is_forgotten: bool = False

    def answer(self) -> dict[str, object]:
        """Return the verdict as the API and the command print it."""
        found = {"ok": self.ok, "entries": self.entries, "head": self.head}
        if self.ok:
            return {**found, "verified": self.reached.entries, "complete": self.is_complete}
        wrong = {"first_bad_sequence": self.first_bad, "reason": self.reason}
        return {**found, "verified": self.entries, "complete": self.is_complete, **wrong}


def verify(user_id: int) -> Verdict:
    """Walk the user's chain from its first entry and compare its end with the head. Changes nothing.

    Holds at most 500 entries in memory and no snapshot: entries that are appended meanwhile are left for the next time.
    The chain must still have the entry of its stored position, so a chain that was rewritten with matching hashes is
    found, too.
    """
    return walk(user_id, since=START, known=position_of(user_id, check_of(user_id)))


def walk(user_id: int, *, since: Position, known: Position, pace: Pace | None = None) -> Verdict:
    """Walk the user's chain from `since` to its end, or as far as the pace allows, at least one chunk.

    The chain must still have the verified entries at `since` and at `known`. A trail that is forgotten meanwhile is
    judged by the line that stays of it.
    """
    verdict = _walk(user_id, since=since, known=known, pace=pace)
    is_there = verdict.ok and verdict.entries > 0
    line = None if is_there else line_of(user_id)
    return verdict if line is None else verify_forgotten(line)


def _walk(user_id: int, *, since: Position, known: Position, pace: Pace | None) -> Verdict:
    head = audit_head_of(user_id)
    if max(since.entries, known.entries) > head.entries:
        return broken_verdict(
            head, Fault(head.seq, _NOT_ITS_END), right_entries=min(since.entries, head.entries)
        )
    rules = ChainRules(user_id, {since.entries: since.hash, known.entries: known.hash})
    reached, fault = _check_entries(_entries_from(user_id, since, head), rules, since=since, pace=pace)
    if fault is None and pace is not None and reached.entries < head.entries:
        return Verdict(user_id=user_id, ok=True, entries=head.entries, head=head.hash, reached=reached)
    fault = fault or rules.find_fault_at_end(head, reached)
    if fault is not None:
        return broken_verdict(head, fault, right_entries=reached.entries)
    return Verdict(
        user_id=user_id, ok=True, entries=head.entries, head=head.hash, reached=reached, is_complete=True
    )


def verify_forgotten(line: ForgottenTrail) -> Verdict:
    """Verify the line that stays of a forgotten trail: our seal is on it, and nothing else is left."""
    reason = line_fault(line)
    return Verdict(
        user_id=line.user_id,
        ok=not reason,
        entries=0,
        head=line.hash,
        is_complete=not reason,
        first_bad=0 if reason else None,
        reason=reason,
        is_forgotten=True,
    )


def audit_head_of(user_id: int) -> AuditHead:
    """Return the head of the user's chain; without one, the head of an empty chain."""
    return AuditHead.objects.filter(pk=user_id).first() or AuditHead(user_id, 0, 0, GENESIS)


def broken_verdict(head: AuditHead, fault: Fault, *, right_entries: int) -> Verdict:
    """Return the verdict on a chain with a fault."""
    return Verdict(
        user_id=head.pk,
        ok=False,
        entries=right_entries,
        head=head.hash,
        first_bad=fault.seq,
        reason=fault.reason,
    )


def verify_all_forgotten() -> Iterator[Verdict]:
    """Verify the line of each forgotten trail."""
    yield from map(verify_forgotten, ForgottenTrail.objects.order_by("pk").iterator())


def all_user_ids() -> Iterator[int]:
    """Yield the ids of all users with a trail: by their heads in order of id, then by entries without a head."""
    after = 0
    while ids := _user_ids(after):
        yield from ids
        after = ids[-1]
    yield from user_ids_without_head()


def user_ids_without_head() -> Iterator[int]:
    """Yield the ids of users of whose trail there are entries and no head, in order."""
    orphans = AuditEntry.objects.filter(~Exists(AuditHead.objects.filter(pk=OuterRef("user_id"))))
    yield from orphans.order_by("user_id").values_list("user_id", flat=True).distinct()


def _user_ids(after: int) -> list[int]:
    heads = AuditHead.objects.filter(pk__gt=after).order_by("pk")
    return list(heads.values_list("pk", flat=True)[:CHUNK])


def _entries_from(user_id: int, since: Position, head: AuditHead) -> Iterator[StoredEntry]:
    """Yield the last entry up to `since` and those after it, up to the head; the next one links to that entry."""
    position = max(since.entries - 1, 0)
    while True:
        entries = AuditEntry.objects.filter(
            user_id=user_id, position__gt=position, position__lte=head.entries
        )
        chunk = read_entries(entries.order_by("position")[:CHUNK])
        yield from chunk
        if len(chunk) < CHUNK:
            return
        position = chunk[-1].link.position


def read_entries(entries: QuerySet[AuditEntry]) -> list[StoredEntry]:
    """Return entries without making instances of them, which would take several times as long as their hashes."""
    rows = entries.values_list(*Link._fields, "hash")
    return [StoredEntry(Link(*columns), hash_) for *columns, hash_ in rows]


def _check_entries(
    steps: Iterator[StoredEntry], rules: "ChainRules", *, since: Position, pace: Pace | None
) -> tuple[Position, Fault | None]:
    """Return the position of the last right entry, and the fault of the entry after it, if any."""
    pace = pace or UNHURRIED
    until = monotonic() + pace.seconds
    reached = START if since.entries <= 1 else Position(since.entries - 1, "")
    for number, entry in enumerate(steps, start=1):
        reason = rules.find_fault(entry, reached)
        if reason:
            return reached, Fault(entry.link.seq, reason)
        reached = Position(entry.link.position, entry.hash)
        if number % CHUNK == 0 and (number >= pace.entries or monotonic() >= until):
            break
    return reached, None


class ChainRules:
    """What the entries of one chain must be: `marks` are hashes by position that are known already."""

    def __init__(self, user_id: int, marks: Mapping[int, str]) -> None:
        self._user_id = user_id
        self._marks = marks
        self._secrets = entry_secrets()

    @cached_property
    def _unkeyed(self) -> Position:
        """The end of the part without a key; read only when an entry without one is met."""
        part = unkeyed_part_of(self._user_id)
        return START if part is None else Position(part.entries, part.hash)

    def find_fault(self, entry: StoredEntry, before: Position) -> str:
        """Return what is wrong with an entry that follows `before`, or the empty string."""
        link = entry.link
        if link.position != before.entries + 1:
            return "an entry before this one is missing"
        if before.hash and link.prev_hash != before.hash:
            return "it does not follow the entry before it"
        secret = self._secrets.get(link.key_version)
        if secret is None and (reason := self._find_fault_of_key(entry)):
            return reason
        if link.compute_hash(secret) != entry.hash:
            return "its content is not what its hash says"
        is_known = self._marks.get(link.position, entry.hash) == entry.hash
        return "" if is_known else "it is not the entry that was found right before"

    def _find_fault_of_key(self, entry: StoredEntry) -> str:
        if entry.link.key_version != UNKEYED:
            return f"version {entry.link.key_version} of its key is not in TODO_AUDIT_KEYS"
        end = self._unkeyed
        position = entry.link.position
        if position > end.entries or (position == end.entries and entry.hash != end.hash):
            return "it has no key, and is none of those that were sealed without one"
        return ""

    def ends_at(self, head: AuditHead, reached: Position) -> bool:
        """Return whether a chain whose entries are right up to `reached` ends there, as its head says."""
        is_cut = "_unkeyed" in self.__dict__ and self._unkeyed.entries > head.entries
        return not is_cut and reached == Position(head.entries, head.hash)

    def find_fault_at_end(self, head: AuditHead, reached: Position) -> Fault | None:
        """Return the fault of a chain whose entries are right up to `reached`, if its end is not there."""
        if not self.ends_at(head, reached):
            return Fault(head.seq, _NOT_ITS_END)
        beyond = _first_beyond_head(head.pk)
        return None if beyond is None else Fault(beyond, "it lies beyond the end of the chain")


def _first_beyond_head(user_id: int) -> int | None:
    # One statement: with two, an entry that is appended between them would look forged.
    end = AuditHead.objects.filter(pk=user_id).values("entries")
    entries = AuditEntry.objects.filter(user_id=user_id, position__gt=Coalesce(Subquery(end), 0))
    return entries.order_by("position").values_list("seq", flat=True).first()
