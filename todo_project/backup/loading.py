"""Filling an empty database from a backup: all of it in one transaction, so that a half restored one never exists."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import islice

from django.db import Error, InterfaceError, OperationalError, connection
from django.db.models import Model

from audit_app import protection
from events_app.log.epochs import begin_epoch
from events_app.operating.epoch_note import EpochReason, database_file, renew
from events_app.runtime.crash import crash_point
from foundation.database.sessions import keep_pages, lift_limits, refresh_statistics, without_wal
from foundation.database.transactions import write_transaction
from foundation.database.whole_tables import columns_of, go_on_after, without_indexes, write_table
from tasks_app.operations.search_filling import fill_search_rows
from todo_project.backup.archive import TableHash, open_archive
from todo_project.backup.contents import OF_INSTALLATION, backed_up_models, label_of
from todo_project.backup.errors import BackupError, Damaged, NotTaken, Unproved
from todo_project.backup.inspection import (
    REST_OF_RESTORE,
    InspectedBackup,
    lacks_tables,
    require_empty_database,
    require_same_tables,
)
from todo_project.backup.saving import Report
from todo_project.backup.values import decoder_of
from todo_project.installation.patience import AskedToStop
from todo_project.installation.schema import hold_schema, migrate_schema

_CACHE_MEBIBYTES = 16
_ROWS_AT_ONCE = 2000
# Tables with fewer rows are filled in less time than their indexes are dropped and made again.
_ROWS_TO_INDEX_LATER = 5_000
# Classes of PostgreSQL's SQLSTATE that rows are no reason for: a read-only server; a missing right, table or column.
_NOT_OF_ROWS = ("25", "42")
Stopping = Callable[[], bool]


def make_missing_tables(backup: InspectedBackup) -> None:
    """Make the tables of this release where the database, which holds no rows, lacks some.

    Raises WrongPlace's kinds, and HeldByAnother while another process does that.
    """
    try:
        if lacks_tables():
            with hold_schema():
                migrate_schema()
    except Error as error:
        raise _not_taken(error, backup) from error


def load_backup(backup: InspectedBackup, *, is_stopping: Stopping, report: Report) -> str:
    """Put the rows of an inspected backup into the empty database, begin a new epoch, and return it.

    One transaction: a kill, a full disk or a row that the database refuses leaves it as empty as it was. Raises
    WrongPlace's kinds, Damaged and AskedToStop; Unproved if the database fails after that transaction.
    """
    keep_pages(mebibytes=_CACHE_MEBIBYTES)
    try:
        with without_wal(), write_transaction():
            lift_limits()
            require_empty_database()
            # What the triggers permit follows from what was there before, and nothing was.
            protection.remove(connection)
            _load_tables(backup, is_stopping, report)
            epoch = begin_epoch(EpochReason.RESTORED)
            protection.install(connection)
            crash_point("restore.before_commit")
        crash_point("restore.after_commit")
    except Error as error:
        raise _reason(error, backup) from error
    with finish_restore():
        refresh_statistics()
        if database_file() is not None:
            with suppress(OSError):  # `up` begins another epoch when it finds no note
                epoch = renew(EpochReason.RESTORED)
    return epoch.value


def index_restored_tasks(*, is_stopping: Stopping, report: Report) -> int:
    """Make the search words of restored tasks, in one transaction, and return of how many.

    Once `is_stopping`, those that are made stay, and AskedToStop is raised.
    """

    def go_on(done: int) -> bool:
        report("search words", done)
        return not is_stopping()

    with without_wal():
        done = fill_search_rows(go_on)
    if is_stopping():
        raise AskedToStop
    return done


@contextmanager
def finish_restore() -> Iterator[None]:
    """Have what ends the block be said as Unproved: every row is there, and what should follow is not done."""
    try:
        yield
    except AskedToStop:
        raise Unproved(f"stopped; all rows are restored, and not proved: {REST_OF_RESTORE}.") from None
    except Error as error:
        raise Unproved(
            f"the database failed: {_text_of(error)}. All rows are restored, and not proved: mend that, then"
            f" {REST_OF_RESTORE}."
        ) from error


def _reason(error: Error, backup: InspectedBackup) -> BackupError:
    """Return what a failed restore says: whether the database failed, or refuses these rows."""
    code = getattr(error.__cause__, "pgcode", None) or ""
    if isinstance(error, OperationalError | InterfaceError) or code.startswith(_NOT_OF_ROWS):
        return _not_taken(error, backup)
    return Damaged(f"the database refuses what {backup.path} holds: {_text_of(error)}. Nothing was restored.")


def _not_taken(error: Error, backup: InspectedBackup) -> NotTaken:
    return NotTaken(
        f"the database failed: {_text_of(error)}. Nothing was restored, and {backup.path} may be good: mend that, and"
        " start again."
    )


def _text_of(error: Error) -> str:
    return " ".join(str(error).split())


def _remove_rows_of_installation() -> None:
    for model in reversed(backed_up_models()):
        if label_of(model) in OF_INSTALLATION:
            model._base_manager.all().delete()


def _load_tables(backup: InspectedBackup, is_stopping: Stopping, report: Report) -> None:
    models = {label_of(model): model for model in backed_up_models()}
    sums, rows = backup.sums.tables, 0

    def go_on(part: str) -> None:
        if is_stopping():
            raise AskedToStop
        report(part, rows)

    large = [model for label, model in models.items() if sums[label].rows >= _ROWS_TO_INDEX_LATER]
    with without_indexes(large, on_each=go_on), open_archive(backup.path) as archive:
        _remove_rows_of_installation()
        found: dict[str, TableHash] = {}
        archive.manifest_bytes()
        for part in archive.parts():
            go_on(part.table)
            _load_part(backup, models[part.table], part.lines)
            found.setdefault(part.table, TableHash()).add(part.lines)
            rows += part.lines.count(b"\n")
        # The file may have become another one since it was inspected.
        require_same_tables(backup.path, backup.sums, found)
    for label, model in models.items():
        go_on_after(model, sums[label].last_key)


def _load_part(backup: InspectedBackup, model: type[Model], lines: bytes) -> None:
    """Insert the rows of a part, some at a time: short rows take ten times the memory of their text."""
    decode, left = decoder_of(columns_of(model), connection.vendor), BytesIO(lines)
    while some := b"".join(islice(left, _ROWS_AT_ONCE)):
        try:
            rows = decode(some)
        except (ValueError, TypeError, AttributeError) as error:
            raise Damaged(
                f"{backup.path} is damaged: {label_of(model)} has a row that is none: {error}."
            ) from None
        write_table(model, rows)
