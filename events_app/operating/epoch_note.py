"""The note beside an SQLite database, by which `manage.py up` detects that the file was replaced or lost commits.

A database file that was restored, copied, or interrupted by a power failure looks like any other from inside. So two
files lie beside it. The note has a `mark`, which the database has too and which changes whenever `manage.py up` starts
or stops, so that an older copy of the database has another mark. The seal is an empty file whose change time a copy
cannot have.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from django.db import connection
from pydantic import TypeAdapter, ValidationError

from events_app.log.epochs import begin_epoch, random_epoch
from events_app.models import Epoch, Event
from foundation.database.row_writes import last_key
from foundation.database.sessions import checkpoint_wal, is_durable
from foundation.files import flush_folder

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
EpochReason = Epoch.Reason

# The reasons to doubt the history, as sentences for people.
DOUBTS: Final = {
    EpochReason.NO_FILE: "no note lies beside the database, which may have come from elsewhere",
    EpochReason.OTHER_FILE: "the database is an older or newer copy than the note beside it",
    EpochReason.COPIED: "the database was copied or restored together with the note beside it",
    EpochReason.POWER_CUT: "the machine went down while the platform ran: the last commits may be lost"
    " (TODO_SQLITE_SYNCHRONOUS=full keeps them)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochNote:
    """The content of the note.

    `events` is the number of recorded events at the last update. `boot` is the id of the boot in which a platform
    runs, or ran when it was killed; None after a clean stop. `durable`: each commit was flushed, so that a power
    failure loses none. `sealed_ns` is the change time of the seal.
    """

    epoch: str
    mark: str
    events: int
    boot: str | None
    durable: bool
    sealed_ns: int


_NOTE: Final = TypeAdapter(EpochNote)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The present state that a note is compared with."""

    epoch: Epoch
    events: int
    boot: str
    sealed_ns: int | None


def database_file() -> Path | None:
    """Return the file of an SQLite database; None for PostgreSQL and for a database in memory, which need no note."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
        return None
    return Path(connection.settings_dict["NAME"]).resolve()


def renew(reason: EpochReason) -> Epoch:
    """Begin a new epoch, write it into the note of an SQLite database, and return it; repeating begins another.

    Raises OSError when the note cannot be written; the next start of `up` then begins one more.
    """
    database = database_file()
    if database is None:
        return begin_epoch(reason)
    with note_lock(database):
        before = read_note(database)
        epoch = begin_epoch(reason, mark=random_epoch())
        note = note_of(epoch, sealed_ns=make_seal(database), boot=None)
        if before is not None and before.boot is not None:  # a platform runs, or was killed in this state
            note = replace(note, boot=boot_id(), durable=before.durable)
        write_note(database, note)
    return epoch


def note_of(epoch: Epoch, *, sealed_ns: int, boot: str | None) -> EpochNote:
    """Return a note of the present database."""
    return EpochNote(
        epoch=epoch.value,
        mark=epoch.mark,
        events=recorded_events(),
        boot=boot,
        durable=is_durable(),
        sealed_ns=sealed_ns,
    )


def read_circumstances(database: Path, epoch: Epoch) -> Circumstances:
    """Return the present state of `database`, to compare its note with."""
    return Circumstances(epoch, recorded_events(), boot_id(), read_seal(database))


def find_doubt(note: EpochNote | None, found: Circumstances) -> EpochReason | None:
    """Return why the database may hold another history than clients have seen, or None.

    Without a boot id, any stop that was not clean may have been a power failure.
    """
    if note is None:
        return EpochReason.NO_FILE
    if note.sealed_ns != found.sealed_ns:
        return EpochReason.COPIED
    if note.boot is not None and not note.durable and (not found.boot or note.boot != found.boot):
        return EpochReason.POWER_CUT
    if (note.epoch, note.mark) != (found.epoch.value, found.epoch.mark) or note.events > found.events:
        return EpochReason.OTHER_FILE
    return None


def recorded_events() -> int:
    """Return how many events an SQLite database has ever recorded, including trimmed ones."""
    return last_key(Event)


def boot_id() -> str:
    """Return the id of the machine's present boot; empty where there is none, as outside of Linux."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


# Files


def note_path(database: Path) -> Path:
    """Return the path of the note of a database."""
    return database.with_name(f"{database.name}.epoch")


def seal_path(database: Path) -> Path:
    """Return the path of the seal of a database."""
    return database.with_name(f"{database.name}.seal")


@contextmanager
def note_lock(database: Path) -> Iterator[None]:
    """Hold the lock under which note and seal are changed. Raises OSError when the folder cannot be read."""
    folder = os.open(database.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def read_note(database: Path) -> EpochNote | None:
    """Return the note, or None if it does not exist or is unreadable."""
    try:
        return _NOTE.validate_json(note_path(database).read_bytes(), strict=True)
    except (OSError, ValidationError):
        return None


def write_note(database: Path, note: EpochNote) -> None:
    """Replace the note atomically and flush it to the disk, with access for its owner only. Raises OSError."""
    path = note_path(database)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    _write_new(draft, _NOTE.dump_json(note))
    draft.replace(path)
    flush_folder(path.parent)


def amend_note(database: Path, note: EpochNote) -> None:
    """Overwrite the note in place without a flush, for changes with each event. The old note must not be longer.

    It survives a kill of the process. After a power failure the note may be torn, but then it is in doubt anyway.
    """
    descriptor = os.open(note_path(database), os.O_WRONLY)
    try:
        os.pwrite(descriptor, _NOTE.dump_json(note), 0)
    finally:
        os.close(descriptor)


def make_seal(database: Path) -> int:
    """Create a new seal beside the database and return its change time. Raises OSError."""
    path = seal_path(database)
    path.unlink(missing_ok=True)
    _write_new(path, b"")
    return path.stat().st_ctime_ns


def read_seal(database: Path) -> int | None:
    """Return the change time of the seal in nanoseconds, or None without a seal."""
    try:
        return seal_path(database).stat().st_ctime_ns
    except OSError:
        return None


def flush_wal(database: Path) -> None:
    """Flush SQLite's commits to the disk, whatever `synchronous` is.

    Commits are in the write-ahead log until a checkpoint, which flushes them. Another connection may prevent that, so
    the log is flushed here too. The database file is not opened: to close it would release SQLite's locks on it.
    """
    checkpoint_wal()
    wal = database.with_name(f"{database.name}-wal")
    if wal.exists():
        descriptor = os.open(wal, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
