"""What an archive says of itself: the manifest, its first file, and the sums, its last.

Both are needed, since a backup is written as it is read and kept nowhere meanwhile: how many rows there are and what
their hash is, is known at the end, and an archive without its end is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from pydantic import TypeAdapter, ValidationError

BACKUP_FORMAT: Final = 1
PLATFORM: Final = "todo"
MANIFEST_NAME: Final = "manifest.json"
SUMS_NAME: Final = "sums.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known before the first row.

    `migrations` are all that the database has, as `app.name`; `epoch` that of the history; `audit_keys` the ids of the
    keys that the audit trail is made with, by version, null for one that the settings lacked; `tables` the columns of
    each table, in the order in which they follow.
    """

    platform: str
    format: int
    release: str
    made_at: datetime
    database: str
    migrations: tuple[str, ...]
    epoch: str
    audit_keys: Mapping[int, str | None]
    tables: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TableSum:
    """The rows of one table: how many, the SHA-256 of their lines, and the last key that the database has given."""

    rows: int
    sha256: str
    last_key: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What is known after the last row: the manifest's SHA-256, the sum of all heads of the log, and the tables."""

    manifest: str
    heads: int
    tables: Mapping[str, TableSum]

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def content(self) -> str:
        """A SHA-256 that two backups share when they hold the same rows, of whichever database."""
        digest = sha256()
        for name, table in sorted(self.tables.items()):
            digest.update(f"{name} {table.rows} {table.sha256} {table.last_key}\n".encode())
        return digest.hexdigest()


_MANIFEST: Final = TypeAdapter(Manifest)
_SUMS: Final = TypeAdapter(Sums)


def manifest_json(manifest: Manifest) -> bytes:
    """Return the bytes of the archive's first file."""
    return _MANIFEST.dump_json(manifest, indent=1)


def sums_json(sums: Sums) -> bytes:
    """Return the bytes of the archive's last file."""
    return _SUMS.dump_json(sums, indent=1)


def parse_manifest(content: bytes) -> Manifest | None:
    """Return the manifest, or None where the bytes are none of this format."""
    try:
        return _MANIFEST.validate_json(content)
    except ValidationError:
        return None


def parse_sums(content: bytes) -> Sums | None:
    """Return the sums, or None where the bytes are none."""
    try:
        return _SUMS.validate_json(content)
    except ValidationError:
        return None
