"""Archives for tests: one of a database with a row in every table, and the same with something changed."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from audit_app.chain.keys import key_ids
from foundation.database.migrations_state import installed_migrations
from foundation.database.whole_tables import columns_of
from todo_project.backup.archive import ArchiveWriter
from todo_project.backup.contents import backed_up_models, label_of
from todo_project.backup.manifest import BACKUP_FORMAT, MANIFEST_NAME, PLATFORM, SUMS_NAME, Manifest
from todo_project.backup.saving import migration_names
from todo_project.settings.build import RELEASE

Files = dict[str, bytes]


def written(path: Path, *batches: bytes) -> Path:
    """Write an archive of this release with these lines of streams and nothing else, without a database."""
    with path.open("wb") as stream, ArchiveWriter(stream) as writer:
        writer.begin(_manifest())
        for model in backed_up_models():
            label = label_of(model)
            lines = iter(batches if label == "events_app.stream" else ())
            writer.close_table(label, writer.write_lines(label, lines), 0)
        writer.end(0)
    return path


def files_in(path: Path) -> Files:
    """The files of an archive, read without the code under test."""
    with tarfile.open(path, "r:gz") as tar:
        return {about.name: tar.extractfile(about).read() for about in tar}  # type: ignore[union-attr]


def pack(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write an archive of these files."""
    with gzip.open(path, "wb", compresslevel=1) as unpacked, tarfile.open(fileobj=unpacked, mode="w|") as tar:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
    return path


def with_manifest(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    """The same files with another manifest, and sums that fit it."""
    manifest = json.loads(files[MANIFEST_NAME])
    change(manifest)
    content = json.dumps(manifest).encode()
    sums = {**json.loads(files[SUMS_NAME]), "manifest": sha256(content).hexdigest()}
    return {**files, MANIFEST_NAME: content, SUMS_NAME: json.dumps(sums).encode()}


def part_of(files: Files, table: str) -> str:
    """The name of the only part of a table."""
    [name] = [name for name in files if f"-{table}." in name]
    return name


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
