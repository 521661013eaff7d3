"""Writing a backup: every table as it was at one moment, while everybody goes on writing."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.db import connection
from django.db.models import Model, Sum

from audit_app.chain.keys import key_ids
from audit_app.queries import used_key_versions
from events_app.models import Epoch, Stream
from foundation.database.migrations_state import MigrationName, applied_migrations, installed_migrations
from foundation.database.sessions import read_snapshot
from foundation.database.whole_tables import columns_of, read_last_key, read_table
from foundation.files import flush_folder
from todo_project.backup.archive import ArchiveWriter
from todo_project.backup.contents import backed_up_models, label_of
from todo_project.backup.errors import NotMade, Unreadable
from todo_project.backup.manifest import BACKUP_FORMAT, PLATFORM, Manifest, Sums
from todo_project.backup.rotation import hold_draft
from todo_project.backup.values import encoder_of
from todo_project.installation.patience import AskedToStop
from todo_project.settings.build import RELEASE

Report = Callable[[str, int], None]
"""Is told which table is worked on, and how many rows have been done in all."""


def save_backup(
    stream: IO[bytes], *, is_stopping: Callable[[], bool] = bool, report: Report = lambda _table, _rows: None
) -> Sums:
    """Write a backup of the database into a stream, and return its sums.

    All tables are read as they were at one moment; nobody waits for it. One part of a table is in memory at a time.
    Raises NotMade when the tables are not those of this release, AskedToStop, and OSError of the stream.
    """
    if applied_migrations() != installed_migrations():
        raise NotMade(
            "the tables are not those of this release; run `manage.py prepare` of this release first."
        )
    rows = 0
    with ArchiveWriter(stream) as writer, read_snapshot():
        writer.begin(_manifest())
        for model in backed_up_models():
            label = label_of(model)
            taken = writer.write_lines(label, _lines(model, is_stopping, lambda n: report(label, rows + n)))  # noqa: B023
            writer.close_table(label, taken, read_last_key(model))
            rows += taken.rows
        return writer.end(Stream.objects.aggregate(heads=Sum("head", default=0))["heads"])


@contextmanager
def whole_or_nothing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a stream that becomes the file `path`, for its owner only, when the block ends well, and nothing else.

    A file of this name is replaced at once, by a whole one. Raises Unreadable when it cannot be written, or is
    something else than a file, such as a folder, a pipe, a device or a link.
    """
    _require_file_or_nothing(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unreadable(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            hold_draft(descriptor)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        flush_folder(path.parent)
    finally:
        with suppress(OSError):
            draft.unlink()


def _require_file_or_nothing(path: Path) -> None:
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unreadable(f"{path} cannot be written: {error.strerror}.") from None
    if not is_file:
        raise Unreadable(
            f"{path} is there and no regular file; name another one, or `-` for standard output."
        )


def migration_names(migrations: set[MigrationName]) -> tuple[str, ...]:
    """Return migrations as manifests and people write them, sorted."""
    return tuple(sorted(f"{app}.{name}" for app, name in migrations))


def _manifest() -> Manifest:
    ids = key_ids()
    return Manifest(
        platform=PLATFORM,
        format=BACKUP_FORMAT,
        release=RELEASE,
        made_at=datetime.now(UTC),
        database=connection.vendor,
        migrations=migration_names(applied_migrations()),
        epoch=Epoch.objects.values_list("value", flat=True).first() or "",
        audit_keys={version: ids.get(version) for version in used_key_versions()},
        tables={
            label_of(model): tuple(str(field.column) for field in columns_of(model))
            for model in backed_up_models()
        },
    )


def _lines(
    model: type[Model], is_stopping: Callable[[], bool], report: Callable[[int], None]
) -> Iterator[bytes]:
    encode, done = encoder_of(columns_of(model), connection.vendor), 0
    for rows in read_table(model):
        if is_stopping():
            raise AskedToStop
        done += len(rows)
        report(done)
        yield encode(rows)
