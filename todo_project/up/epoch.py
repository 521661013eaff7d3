"""The epoch note beside an SQLite database: `up` checks it when it starts and writes it when it stops."""

import logging
import threading
from dataclasses import replace
from pathlib import Path

from django.db import DatabaseError

from events_app.log.epochs import begin_epoch, current_epoch, random_epoch
from events_app.models import Epoch
from events_app.operating import epoch_note
from events_app.operating.epoch_note import DOUBTS, EpochReason
from events_app.runtime import wake
from foundation.database.transactions import write_transaction
from todo_project.up.errors import NoteRefused

_LOOK_SECONDS = 0.5
REST_SECONDS = 0.02

logger = logging.getLogger(__name__)
_written = wake.listen()


def begin_run() -> str | None:
    """Note that a platform runs here; return a message for people when a new epoch begins, else None.

    One begins when the database is not, or may not be, the one that clients have seen. Called before any role runs.
    Raises NoteRefused when the note cannot be written.
    """
    database = epoch_note.database_file()
    if database is None:
        return None
    try:
        with epoch_note.note_lock(database):
            reason = _note_start(database)
    except OSError as error:
        raise NoteRefused(f"{error.filename or database} cannot be written: {error.strerror}.") from None
    if reason not in DOUBTS:
        return None
    logger.warning("A new epoch begins: %s.", DOUBTS[reason])
    return f"A new epoch begins, and clients load everything once: {DOUBTS[reason]}."


def _note_start(database: Path) -> EpochReason | None:
    """Note the start, and begin a new epoch unless note and database agree; return the reason of a new epoch."""
    epoch, note = _current_row(), epoch_note.read_note(database)
    reason = epoch_note.find_doubt(note, epoch_note.read_circumstances(database, epoch))
    if reason is EpochReason.NO_FILE and not epoch.mark:
        reason = EpochReason.INSTALLED  # no platform has used it yet
    if note is None or reason is not None:
        epoch = begin_epoch(reason or EpochReason.INSTALLED, mark=random_epoch())
        sealed_ns = epoch_note.make_seal(database)
    else:
        _renew_mark(epoch)
        sealed_ns = note.sealed_ns
    boot = epoch_note.boot_id()
    epoch_note.write_note(database, epoch_note.note_of(epoch, sealed_ns=sealed_ns, boot=boot))
    return reason


def keep_note(stop: threading.Event) -> None:
    """Write the number of events into the note after each write, until `stop` is set.

    After a kill, somebody may restore a copy from earlier in this run: the copy has fewer events than the note says.
    """
    database, noted = epoch_note.database_file(), 0
    if database is None:
        stop.wait()
    while database is not None and not stop.wait(REST_SECONDS):
        _written.wait(_LOOK_SECONDS)
        _written.clear()
        if (events := epoch_note.recorded_events()) > noted:
            _note_events(database, events)
            noted = events


def _note_events(database: Path, events: int) -> None:
    with epoch_note.note_lock(database):
        note = epoch_note.read_note(database)
        if note is not None and events > note.events:
            epoch_note.amend_note(database, replace(note, events=events))


def end_run() -> None:
    """Note a clean stop. Call it when nothing writes any more; it flushes all commits to the disk first.

    A failure is logged, and the next start then does what it does after a kill.
    """
    database = epoch_note.database_file()
    if database is None:
        return
    try:
        with epoch_note.note_lock(database):
            _note_stop(database)
    except (DatabaseError, OSError) as error:
        logger.warning("The clean stop could not be noted: %s", error)


def _note_stop(database: Path) -> None:
    note, epoch = epoch_note.read_note(database), _current_row()
    if note is None or (note.epoch, note.mark) != (epoch.value, epoch.mark):
        return  # one of them was changed meanwhile: the next start decides
    _renew_mark(epoch)
    epoch_note.flush_wal(database)
    epoch_note.write_note(database, epoch_note.note_of(epoch, sealed_ns=note.sealed_ns, boot=None))


def _current_row() -> Epoch:
    current_epoch()
    return Epoch.objects.get()


def _renew_mark(epoch: Epoch) -> None:
    """Store a new mark: copies of the database that were made before have the old one."""
    epoch.mark = random_epoch()
    with write_transaction():
        epoch.save(update_fields=["mark"])
