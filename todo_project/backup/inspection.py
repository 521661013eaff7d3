"""Refusing a bad backup, and a database or settings that do not fit it, before anything is written."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from audit_app.chain.keys import key_ids
from events_app.models import Epoch, Heartbeat
from events_app.runtime.heartbeats import role_statuses
from foundation.database.migrations_state import applied_migrations, installed_migrations
from foundation.database.whole_tables import columns_of
from todo_project.backup.archive import TableHash, open_archive
from todo_project.backup.contents import OF_INSTALLATION, backed_up_models, label_of
from todo_project.backup.errors import (
    Damaged,
    InUse,
    KeyMissing,
    NotEmpty,
    NotOurs,
    OtherRelease,
    OtherTables,
)
from todo_project.backup.manifest import BACKUP_FORMAT, PLATFORM, Manifest, Sums, parse_manifest
from todo_project.backup.saving import migration_names
from todo_project.settings.build import RELEASE

_NAMED_MIGRATIONS = 3
REST_OF_RESTORE: Final = (
    "run `manage.py reindex_search`, then `manage.py event_audit` and `manage.py audit_verify` to prove it"
)


@dataclass(frozen=True, slots=True)
class InspectedBackup:
    """An archive that was read to its end and is what was written."""

    path: Path
    manifest: Manifest
    sums: Sums


def inspect_backup(path: Path) -> InspectedBackup:
    """Read an archive to its end, compare every hash, and return what it says of itself; changes nothing.

    Raises Unreadable and the kinds of BadArchive.
    """
    with open_archive(path) as archive:
        content = archive.manifest_bytes()
        manifest = _read_manifest(path, content)
        _require_this_release(path, manifest)
        found: dict[str, TableHash] = {}
        for part in archive.parts():
            found.setdefault(part.table, TableHash()).add(part.lines)
        assert archive.sums is not None  # noqa: S101 - `parts` ends with it
        if archive.sums.manifest != sha256(content).hexdigest():
            raise Damaged(f"{path} is damaged: its manifest is not what was written. Take another backup.")
        if archive.sums.tables.keys() != manifest.tables.keys():
            raise Damaged(f"{path} is damaged: its end is not what was written. Take another backup.")
        require_same_tables(path, archive.sums, found)
        return InspectedBackup(path, manifest, archive.sums)


def require_same_tables(path: Path, sums: Sums, found: Mapping[str, TableHash]) -> None:
    """Raise Damaged unless the lines of each table are those that the sums name."""
    unknown = found.keys() - sums.tables.keys()
    for table, expected in sums.tables.items():
        if found.get(table, TableHash()).sum_up(expected.last_key) != expected:
            unknown = {table}
    for table in unknown:
        raise Damaged(f"{path} is damaged: {table} is not what was written. Take another backup.")


def require_audit_keys(manifest: Manifest, *, but: bool = False) -> tuple[int, ...]:
    """Return the versions of keys of the audit trail that the settings lack; unless `but`, raise KeyMissing for them.

    A key is known by its id, so that another one of the same version is missing, too.
    """
    ids = key_ids()
    missing = tuple(
        version
        for version, key_id in manifest.audit_keys.items()
        if version not in ids or key_id not in (None, ids[version])
    )
    if missing and not but:
        names = ", ".join(
            f"{version} (id {manifest.audit_keys[version] or 'unknown'})" for version in missing
        )
        raise KeyMissing(
            f"the audit trail of this backup was made with a key that TODO_AUDIT_KEYS does not have: {names}."
            " Set the keys of the platform that was backed up (its data folder has them in `audit_keys`), or say"
            " --without-audit-key: then nobody can verify the trail."
        )
    return missing


def require_empty_database() -> None:
    """Raise NotEmpty where a table holds what no installation has by itself, InUse where processes run on the database.

    Raises OtherTables where the tables are not those of this release.
    """
    if applied_migrations() != installed_migrations():
        raise _other_tables()
    _require_no_rows(connection.introspection.table_names())


def lacks_tables() -> bool:
    """Return whether the database, which holds no rows, has no tables, or some, as a restore that was killed leaves.

    Raises as `require_empty_database` does; OtherTables where it has migrations that this release does not know, or,
    while some of ours are missing, tables of something else.
    """
    tables = connection.introspection.table_names()
    applied, installed = applied_migrations() if tables else set(), installed_migrations()
    if not applied <= installed or (applied != installed and _foreign_tables(tables)):
        raise _other_tables()
    _require_no_rows(tables)
    return applied != installed


def _foreign_tables(tables: Collection[str]) -> list[str]:
    """Return the tables that neither a model nor the search index of ours has."""
    known = {"django_migrations", *connection.introspection.django_table_names()}
    ours = tuple(f"{name.rpartition('.')[2]}_" for name in settings.PROJECT_APPS)
    return [name for name in tables if name not in known and not name.startswith(ours)]


def _other_tables() -> OtherTables:
    return OtherTables(
        "the tables of the database are not those of this release; run its `manage.py prepare`, or name a database"
        " without tables in TODO_DATABASE_URL."
    )


def _require_no_rows(tables: Collection[str]) -> None:
    running: list[str] = []
    if Heartbeat._meta.db_table in tables:
        running = sorted({status.role for status in role_statuses() if status.is_alive})
    if running:
        raise InUse(f"the platform runs on this database ({', '.join(running)}); stop it first.")
    for model in backed_up_models():
        is_watched = model._meta.db_table in tables and label_of(model) not in OF_INSTALLATION
        if is_watched and model._base_manager.exists():
            raise NotEmpty(
                f"the database is not empty: it has rows in {label_of(model)}. {_earlier_restore(tables)}Restore into a"
                " new one, and name it in TODO_DATABASE_URL; this one stays as it is."
            )


def _earlier_restore(tables: Collection[str]) -> str:
    """Return what to do where all rows are of a restore, which may have been ended before its last steps."""
    found = Epoch.objects.first() if Epoch._meta.db_table in tables else None
    if found is None or found.reason != Epoch.Reason.RESTORED:
        return ""
    return (
        f"They were restored, whole, at {found.began_at:%Y-%m-%d %H:%M} UTC: if that restore was ended before its"
        f" proof, {REST_OF_RESTORE}. Otherwise: "
    )


def _read_manifest(path: Path, content: bytes) -> Manifest:
    """Return the manifest; say which release has a format that this one does not know."""
    manifest = parse_manifest(content)
    if manifest is not None and (manifest.platform, manifest.format) == (PLATFORM, BACKUP_FORMAT):
        return manifest
    about = _loosely(content)
    number = about.get("format")
    if about.get("platform") != PLATFORM or not isinstance(number, int):
        raise NotOurs(f"{path} is no backup of this platform.")
    if number > BACKUP_FORMAT:
        raise OtherRelease(
            f"{path} has format {number}, and this release ({RELEASE}) reads {BACKUP_FORMAT}: restore it with release"
            f" {str(about.get('release'))[:40]}, which made it, or a newer one."
        )
    raise Damaged(f"{path} is damaged: its manifest cannot be read. Take another backup.")


def _loosely(content: bytes) -> dict[str, object]:
    try:
        parsed = json.loads(content)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _require_this_release(path: Path, manifest: Manifest) -> None:
    theirs, ours = set(manifest.migrations), set(migration_names(installed_migrations()))
    if newer := sorted(theirs - ours):
        raise OtherRelease(
            f"{path} is of release {manifest.release}, whose tables this release ({RELEASE}) does not have:"
            f" {_some(newer)}. Restore it with that release."
        )
    if older := sorted(ours - theirs):
        raise OtherRelease(
            f"{path} is of release {manifest.release}, from before {_some(older)}: restore it with that release, then"
            " run `manage.py prepare` of this one."
        )
    expected = {
        label_of(model): tuple(str(f.column) for f in columns_of(model)) for model in backed_up_models()
    }
    if dict(manifest.tables) != expected:
        raise OtherRelease(
            f"{path} is of release {manifest.release} and has other tables than this one ({RELEASE})."
        )


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED_MIGRATIONS
    return ", ".join(names[:_NAMED_MIGRATIONS]) + (f" and {more} more" if more > 0 else "")
