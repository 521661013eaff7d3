"""The bytes of a backup: a gzip-compressed tar of the manifest, parts of tables, and the sums.

A table is in parts of 2 MiB and at most one row, `NN-app.model.0001.jsonl`, so that writing and reading hold one part
in memory and no file lies beside the archive. Tools that know tar and gzip can look into it.
"""

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from todo_project.backup.errors import Damaged, NotOurs, Truncated, Unreadable
from todo_project.backup.manifest import (
    MANIFEST_NAME,
    SUMS_NAME,
    Manifest,
    Sums,
    TableSum,
    manifest_json,
    parse_sums,
    sums_json,
)

PART_BYTES: Final = 2 * 1024 * 1024
MOST_PART_BYTES: Final = 1024 * 1024 * 1024
"""No file of an archive is read that is longer. Writers of before made parts of 1,000 rows, however long they were."""
# Three times as quick as the default of 9, for a file that is a fifth larger.
_LEVEL: Final = 1
_PART: Final = re.compile(r"(\d{2,3})-([a-z_]+\.[a-z_]+)\.(\d{4,6})\.jsonl")
_GZIP_MAGIC: Final = b"\x1f\x8b"


class TableHash:
    """Counts the lines of one table and hashes them."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = sha256()

    def add(self, lines: bytes) -> None:
        """Take more lines of the table."""
        self.rows += lines.count(b"\n")
        self._digest.update(lines)

    def sum_up(self, last_key: int) -> TableSum:
        """Return the sum of all lines."""
        return TableSum(self.rows, self._digest.hexdigest(), last_key)


class ArchiveWriter:
    """Writes an archive into a stream, which needs not be a file. Call `begin`, then tables in order, then `end`.

    Use it as a context manager: without `end` it leaves an archive that cannot be restored.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._gzip = gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=_LEVEL, mtime=0, filename="")
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|")  # noqa: SIM115 - closed by `end`
        self._manifest_hash = ""
        self._tables: dict[str, TableSum] = {}

    def __enter__(self) -> "ArchiveWriter":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, ValueError):  # the stream may be the reason for the end
            self._close()

    def begin(self, manifest: Manifest) -> None:
        """Write the manifest."""
        content = manifest_json(manifest)
        self._manifest_hash = sha256(content).hexdigest()
        self._add(MANIFEST_NAME, content)

    def write_lines(self, table: str, batches: Iterator[bytes]) -> TableHash:
        """Write the lines of the next table and return their hash, for `close_table`.

        Batches are of whole lines and of any size; no part is longer than PART_BYTES and one line.
        """
        taken, waiting, part = TableHash(), bytearray(), 0
        for lines in batches:
            taken.add(lines)
            waiting += lines
            while len(waiting) >= PART_BYTES:
                part += 1
                end = waiting.index(b"\n", PART_BYTES - 1) + 1
                self._add_part(table, part, bytes(waiting[:end]))
                del waiting[:end]
        if waiting:
            self._add_part(table, part + 1, bytes(waiting))
        return taken

    def close_table(self, table: str, taken: TableHash, last_key: int) -> None:
        """Note what a table had."""
        self._tables[table] = taken.sum_up(last_key)

    def end(self, heads: int) -> Sums:
        """Write the sums and what ends the archive; the stream stays open."""
        sums = Sums(self._manifest_hash, heads, self._tables)
        self._add(SUMS_NAME, sums_json(sums))
        self._close()
        return sums

    def _close(self) -> None:
        self._tar.close()
        self._gzip.close()

    def _add_part(self, table: str, part: int, content: bytes) -> None:
        self._add(f"{len(self._tables) + 1:02}-{table}.{part:04}.jsonl", content)

    def _add(self, name: str, content: bytes) -> None:
        about = tarfile.TarInfo(name)
        about.size = len(content)
        about.mode = 0o600
        self._tar.addfile(about, BytesIO(content))
        self._tar.members.clear()  # type: ignore[attr-defined] # it would remember each part


@dataclass(frozen=True, slots=True)
class ArchivePart:
    """Some lines of a table."""

    table: str
    number: int
    lines: bytes


@contextmanager
def open_archive(path: Path) -> Iterator["ArchiveReader"]:
    """Read an archive in the block. Raises Unreadable, NotOurs, Truncated or Damaged, there and in the block."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    with stream:
        if stream.read(len(_GZIP_MAGIC)) != _GZIP_MAGIC:
            raise NotOurs(f"{path} is no backup of this platform.")
        stream.seek(0)
        with gzip.GzipFile(fileobj=stream, mode="rb") as unpacked:
            yield ArchiveReader(path, unpacked)


class ArchiveReader:
    """Reads the files of an archive in their order. Raises BadArchive's kinds."""

    def __init__(self, path: Path, unpacked: gzip.GzipFile) -> None:
        self._path = path
        self._unpacked = unpacked
        self._files = self._read_files()
        self.sums: Sums | None = None
        """What the archive's end says; None until `parts` is exhausted."""

    def manifest_bytes(self) -> bytes:
        """Return the first file, which is the manifest."""
        name, content = next(self._files, ("", b""))
        if name != MANIFEST_NAME:
            raise NotOurs(f"{self._path} is no backup of this platform.")
        return content

    def parts(self) -> Iterator[ArchivePart]:
        """Yield the parts up to the sums, which must be the archive's last file."""
        for name, content in self._files:
            if name == SUMS_NAME:
                self.sums = parse_sums(content)
                if self.sums is None or next(self._files, None) is not None:
                    raise Damaged(self._damage("its end is not what was written"))
                return
            found = _PART.fullmatch(name)
            if found is None:
                raise Damaged(self._damage(f"it has a file {name[:80]!r}"))
            yield ArchivePart(found[2], int(found[3]), content)
        raise Truncated(self._shortness())

    def _read_files(self) -> Iterator[tuple[str, bytes]]:
        try:
            if not self._unpacked.peek(len(MANIFEST_NAME)).startswith(MANIFEST_NAME.encode()):
                raise NotOurs(f"{self._path} is no backup of this platform.")
            with tarfile.open(fileobj=self._unpacked, mode="r|") as tar:
                while (about := tar.next()) is not None:
                    if not about.isreg() or about.size > MOST_PART_BYTES:
                        raise Damaged(self._damage(f"{about.name[:80]!r} is no file of ours"))
                    content = tar.extractfile(about).read()  # type: ignore[union-attr] # a regular file
                    tar.members.clear()  # type: ignore[attr-defined] # it would remember each part
                    yield about.name, content
            while self._unpacked.read(PART_BYTES):  # gzip's own check is behind the last byte
                pass
        except EOFError:
            raise Truncated(self._shortness()) from None
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, ValueError) as error:
            raise Damaged(self._damage(" ".join(str(error).split()))) from None

    def _shortness(self) -> str:
        return f"{self._path} ends too early: it was cut off, or not written to its end."

    def _damage(self, reason: str) -> str:
        return f"{self._path} is damaged: {reason}. Take another backup."
