"""Keeps which events a handler hangs at, beyond the end of its process.

A row where another connection can write it: on PostgreSQL. A file beside an SQLite database, whose only writer may be
the very transaction that hangs; the next start makes rows of it.
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
    """The fields of a HangNote, as a line of the file has them."""

    note_id: UUID = field(default_factory=uuid4)
    consumer: str
    stream_key: str
    first_seq: int
    last_seq: int
    is_alone: bool
    reason: str


_NOTE_TYPE: Final = TypeAdapter(_Note)


def keep_notes(consumer: str, events: Sequence[RecordedEvent], *, reason: str) -> None:
    """Keep one note per stream of the events that a handler has in hand.

    Raises what the database or the file system raises.
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
    """Make rows of what lies beside an SQLite database. Repeating does nothing; what is no note is counted."""
    database = database_file()
    if database is None:
        return
    path = notes_path(database)
    for part in (_taken(path), path):
        if part.exists():
            _load(part, _taken(path))


def notes_path(database: Path) -> Path:
    """Return the file of the notes about a database."""
    return database.with_name(f"{database.name}.hangs")


def _taken(path: Path) -> Path:
    return path.with_name(f"{path.name}.taken")


def _load(path: Path, taken: Path) -> None:
    # Another process may note something meanwhile: in a new file.
    path.replace(taken)
    with write_transaction():
        _insert(list(_read(taken)))
    taken.unlink()


def _read(path: Path) -> Iterator[_Note]:
    for line in path.read_bytes().splitlines():
        try:
            yield _NOTE_TYPE.validate_json(line)
        except ValidationError:  # cut short by a full disk
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
