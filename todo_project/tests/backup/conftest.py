"""A small archive that needs no database, and signals as they were."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_app.chain.keys import key_ids
from foundation.database.migrations_state import installed_migrations
from foundation.database.whole_tables import columns_of
from todo_project.backup.archive import ArchiveWriter
from todo_project.backup.contents import backed_up_models, label_of
from todo_project.backup.manifest import BACKUP_FORMAT, PLATFORM, Manifest
from todo_project.backup.saving import migration_names
from todo_project.settings.build import RELEASE
from todo_project.tests.platform.fixtures import templates

__all__ = ["templates"]


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A good archive of this release with two streams and nothing else, made without a database."""
    line = '[{},"user:{}",0,0,0,0,"2026-01-31T09:00:00Z",0,null,""]\n'
    lines = "".join(line.format(number, number) for number in (1, 2)).encode()
    path = tmp_path / "small.tar.gz"
    with path.open("wb") as stream, ArchiveWriter(stream) as writer:
        writer.begin(_manifest())
        for model in backed_up_models():
            label = label_of(model)
            batches = iter([lines] if label == "events_app.stream" else [])
            writer.close_table(label, writer.write_lines(label, batches), 0)
        writer.end(0)
    return path


def _manifest() -> Manifest:
    return Manifest(
        platform=PLATFORM,
        format=BACKUP_FORMAT,
        release=RELEASE,
        made_at=datetime(2026, 1, 31, 9, tzinfo=UTC),
        database="sqlite",
        migrations=migration_names(installed_migrations()),
        epoch="an epoch",
        audit_keys=key_ids(),
        tables={
            label_of(model): tuple(str(f.column) for f in columns_of(model)) for model in backed_up_models()
        },
    )
