"""Check of the epoch: whether the database may hold another history than clients have seen."""

from contextlib import nullcontext
from pathlib import Path

from events_app.models import Epoch
from events_app.operating import epoch_note
from events_app.operating.epoch_note import DOUBTS, EpochReason
from foundation.database.sessions import is_durable
from todo_project.doctor.findings import Finding, ok, warn

MEND = "manage.py new_epoch"


def check_epoch() -> Finding:
    """Row and note must agree. After a power failure, warn that the last commits may be lost until an operator begins a
    new epoch."""
    database = epoch_note.database_file()
    # Writers of row and note hold this lock until both are written.
    with nullcontext() if database is None else epoch_note.note_lock(database):
        row = Epoch.objects.first()
        if row is None:
            return warn("epoch", "there is none yet", MEND)
        reason = None if database is None else _doubt(database, row)
    since = f"since {row.began_at:%Y-%m-%d %H:%M} UTC"
    if reason is not None:
        return warn("epoch", DOUBTS[reason], MEND)
    if database is not None and row.reason == EpochReason.POWER_CUT and not is_durable():
        return warn("epoch", f"{since}: {DOUBTS[EpochReason.POWER_CUT]}", MEND)
    return ok("epoch", f"{row.value} {since} ({row.reason})")


def _doubt(database: Path, row: Epoch) -> EpochReason | None:
    found = epoch_note.read_circumstances(database, row)
    reason = epoch_note.find_doubt(epoch_note.read_note(database), found)
    return None if reason is not None and _is_guess(reason) else reason


def _is_guess(reason: EpochReason) -> bool:
    """Without a boot id, a running platform looks like one after a power failure; only its next start may decide."""
    return reason is EpochReason.POWER_CUT and not epoch_note.boot_id()
