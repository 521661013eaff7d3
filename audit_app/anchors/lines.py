"""An anchor as lines of text, alike in the log and in a file. Pure: no database.

    audit-head 1 <anchor> <user> <entries> <digest>
    audit-anchor 1 <anchor> <made at> <heads> <root before> <root> <version of the key> <seal>

The first form stands in the file only, one for each chain that has grown since the anchor before, and before the
anchor's own line. The digest is the SHA-256 of user, entries and hash of the entry; the root is the SHA-256 of the root
before and the digests in order. So each root covers all ends of chains up to then. 1 is the version of this form.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from audit_app.chain.keys import Seal, is_sealed, sign_values

_KIND: Final = "anchor"
_HEX: Final = r"([0-9a-f]{64})"
# Searched for, not matched: in a log, other text stands around.
_HEAD: Final = re.compile(rf"audit-head 1 (\d+) (\d+) (\d+) {_HEX}(?![0-9a-f])")
_ANCHOR: Final = re.compile(rf"audit-anchor 1 (\d+) (\S+) (\d+) {_HEX} {_HEX} (\d+) {_HEX}(?![0-9a-f])")


@dataclass(frozen=True)
class AnchoredEnd:
    """The end of one chain when it was anchored; of a forgotten trail only the digest is known."""

    digest: str
    user_id: int | None = None
    entries: int | None = None

    def text(self, anchor: int) -> str:
        """Return the line of a file."""
        return f"audit-head 1 {anchor} {self.user_id or 0} {self.entries or 0} {self.digest}"


@dataclass(frozen=True)
class AnchorLine:
    """A signed root. `ends` are those of the lines before it; empty where they are not written, as in the log."""

    number: int
    made_at: str
    heads: int
    previous: str
    root: str
    seal: Seal
    ends: tuple[AnchoredEnd, ...] = field(default=(), compare=False)

    @property
    def text(self) -> str:
        """Return the line."""
        signed = f"{self.number} {self.made_at} {self.heads} {self.previous} {self.root}"
        return f"audit-anchor 1 {signed} {self.seal.key_version} {self.seal.mark}"

    def is_ours(self) -> bool:
        """Return whether it is signed with one of our keys."""
        return is_sealed(self.seal, _KIND, self.number, self.made_at, self.heads, self.previous, self.root)


def digest_of(user_id: int, entries: int, hash_: str) -> str:
    """Return the digest of the end of a chain."""
    return sha256(f"{user_id} {entries} {hash_}".encode()).hexdigest()


def root_of(previous: str, digests: Iterable[str]) -> str:
    """Return the root after `previous` that covers these digests."""
    running = sha256(previous.encode())
    for digest in digests:
        running.update(digest.encode())
    return running.hexdigest()


def sign_anchor(number: int, made_at: datetime, previous: str, digests: list[str]) -> AnchorLine:
    """Return the signed anchor over these digests."""
    at, root = made_at.astimezone(UTC).isoformat(), root_of(previous, digests)
    signature = sign_values(_KIND, number, at, len(digests), previous, root)
    return AnchorLine(number, at, len(digests), previous, root, signature)


def read_anchors(lines: Iterable[str]) -> Iterator[AnchorLine]:
    """Yield the anchors that stand in the lines of a file or a log, each with the ends that precede it.

    Lines that a crash cut off are passed over; ends that were written twice because of it count once.
    """
    ends: dict[AnchoredEnd, None] = {}
    for line in lines:
        if found := _HEAD.search(line):
            ends[AnchoredEnd(found[4], int(found[2]) or None, int(found[3]) or None)] = None
        elif found := _ANCHOR.search(line):
            number, at, heads, previous, root, version, mark = found.groups()
            signature = Seal(int(version), mark)
            yield AnchorLine(int(number), at, int(heads), previous, root, signature, tuple(ends))
            ends = {}
