"""Store the events at which a handler hangs, before its process is ended.

On PostgreSQL a second connection inserts rows. On SQLite the hanging transaction may hold the only write lock, so the
notes go to a file beside the database; the next start inserts them as rows.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from django.db import connection
from pydantic import TypeAdapter, ValidationError

from events_app.contracts import RecordedEvent
from events_app.models import HangNote
from events_app.operating.epoch_note import database_file
from foundation.counters import count
from foundation.database.transactions import write_transaction


@dataclass(frozen=True, kw_only=True)
class _Note:
    """The fields of a HangNote; a line of the file is one note as JSON."""

    note_id: UUID = field(default_factory=uuid4)
    consumer: str
    stream_key: str
    first_seq: int
    last_seq: int
    is_alone: bool
    reason: str


_NOTE_TYPE: Final = TypeAdapter(_Note)


def keep_notes(consumer: str, events: Sequence[RecordedEvent], *, reason: str) -> None:
    """Store one note per stream for the events that a handler is working on.

    Raises the errors of the database or of the file system.
    """
    notes = list(_notes_of(consumer, events, reason))
    database = database_file()
    if database is not None:
        _append(notes_path(database), notes)
        return
    try:
        _insert(notes)
    finally:
        connection.close()


def load_notes() -> None:
    """Insert the notes beside an SQLite database as rows and delete the file; count lines that are no notes."""
    database = database_file()
    if database is None:
        return
    path = notes_path(database)
    for part in (_claimed_path(path), path):
        if part.exists():
            _load(part, _claimed_path(path))


def notes_path(database: Path) -> Path:
    """Return the path of the file with the notes of a database."""
    return database.with_name(f"{database.name}.hangs")


def _claimed_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.taken")


def _load(path: Path, claimed: Path) -> None:
    # Renamed first: another process may append meanwhile, and does so to a new file.
    path.replace(claimed)
    with write_transaction():
        _insert(list(_read(claimed)))
    claimed.unlink()


def _read(path: Path) -> Iterator[_Note]:
    for line in path.read_bytes().splitlines():
        try:
            yield _NOTE_TYPE.validate_json(line)
        except ValidationError:  # truncated by a full disk
            count("hangs.unreadable")


def _append(path: Path, notes: Sequence[_Note]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(b"".join(_NOTE_TYPE.dump_json(note) + b"\n" for note in notes))
        file.flush()
        os.fsync(file.fileno())


def _insert(notes: Sequence[_Note]) -> None:
    HangNote.objects.bulk_create([HangNote(**asdict(note)) for note in notes], ignore_conflicts=True)


def _notes_of(consumer: str, events: Sequence[RecordedEvent], reason: str) -> Iterator[_Note]:
    ordered = sorted(events, key=lambda event: (event.stream_key, event.seq))
    for key, group in groupby(ordered, key=lambda event: event.stream_key):
        numbers = [event.seq for event in group]
        yield _Note(
            consumer=consumer,
            stream_key=key,
            first_seq=numbers[0],
            last_seq=numbers[-1],
            is_alone=len(events) == 1,
            reason=reason,
        )
