"""The protection on SQLite.

REPLACE deletes the rows that are in its way, and runs no DELETE trigger for them unless `recursive_triggers` is on. So
INSERT triggers refuse a row that would replace one (https://www.sqlite.org/lang_conflict.html).

Everybody who can write to the file is its owner here: whether an account is marked as deleted is asked in Python
(operations/forgetting.py), not by a trigger. A trigger that names a table of another app would also break that app's
next migration of it.
"""

from collections.abc import Mapping
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

from audit_app.protection.names import ANCHORED, ENTRIES, FORGOTTEN, HEADS, PROTECTED, TRAIL_ANCHORS

_REFUSAL: Final = "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
_IS_FORGOTTEN: Final = f"EXISTS (SELECT 1 FROM {FORGOTTEN} f WHERE f.user_id = {{}}.user_id)"
_POINTS_AT_ENTRY: Final = (
    f"EXISTS (SELECT 1 FROM {ENTRIES} e WHERE e.user_id = NEW.user_id AND e.position = NEW.entries"
    " AND e.hash = NEW.hash)"
)
_HEAD_OF_NEW: Final = f"EXISTS (SELECT 1 FROM {HEADS} h WHERE h.user_id = NEW.user_id{{}})"
_IS_BACKWARD: Final = (
    "({0}.entries > NEW.entries OR {0}.seq > NEW.seq OR {0}.entries = NEW.entries AND {0}.hash <> NEW.hash)"
)

_CONDITIONS: Mapping[str, tuple[str, str]] = {
    "audit_entry_no_replace": (
        f"INSERT ON {ENTRIES}",
        f"EXISTS (SELECT 1 FROM {ENTRIES} e WHERE e.id = NEW.id OR e.user_id = NEW.user_id AND e.seq = NEW.seq"
        " OR e.user_id = NEW.user_id AND e.position = NEW.position)",
    ),
    "audit_entry_no_update": (f"UPDATE ON {ENTRIES}", ""),
    "audit_entry_no_delete": (f"DELETE ON {ENTRIES}", f"NOT {_IS_FORGOTTEN.format('OLD')}"),
    "audit_head_no_replace": (
        f"INSERT ON {HEADS}",
        f"{_HEAD_OF_NEW.format(' AND ' + _IS_BACKWARD.format('h'))} OR NOT {_POINTS_AT_ENTRY}"
        f" OR {_IS_FORGOTTEN.format('NEW')}",
    ),
    "audit_head_only_forward": (
        f"UPDATE ON {HEADS}",
        f"NEW.user_id <> OLD.user_id OR {_IS_BACKWARD.format('OLD')} OR NOT {_POINTS_AT_ENTRY}",
    ),
    "audit_head_no_delete": (f"DELETE ON {HEADS}", f"NOT {_IS_FORGOTTEN.format('OLD')}"),
    "audit_forgotten_only_true": (
        f"INSERT ON {FORGOTTEN}",
        f"{_IS_FORGOTTEN.format('NEW')}"
        f" OR NOT {_HEAD_OF_NEW.format(' AND h.entries = NEW.entries AND h.hash = NEW.hash')}"
        f" AND (NEW.entries <> 0 OR {_HEAD_OF_NEW.format('')})",
    ),
    "audit_forgotten_no_update": (f"UPDATE ON {FORGOTTEN}", ""),
    "audit_forgotten_no_delete": (f"DELETE ON {FORGOTTEN}", ""),
    "audit_anchor_no_replace": (
        f"INSERT ON {TRAIL_ANCHORS}",
        f"EXISTS (SELECT 1 FROM {TRAIL_ANCHORS} a WHERE a.number = NEW.number)",
    ),
    "audit_anchor_no_update": (f"UPDATE ON {TRAIL_ANCHORS}", ""),
    "audit_anchor_no_delete": (f"DELETE ON {TRAIL_ANCHORS}", ""),
    "audit_anchored_no_replace": (
        f"INSERT ON {ANCHORED}",
        f"EXISTS (SELECT 1 FROM {ANCHORED} a WHERE a.id = NEW.id OR a.anchor = NEW.anchor AND a.place = NEW.place"
        " OR a.user_id = NEW.user_id AND a.entries = NEW.entries)",
    ),
    "audit_anchored_only_forgotten": (
        f"UPDATE ON {ANCHORED}",
        "NEW.user_id IS NOT NULL OR NEW.entries IS NOT NULL OR NEW.id <> OLD.id OR NEW.anchor <> OLD.anchor"
        f" OR NEW.place <> OLD.place OR NEW.digest <> OLD.digest OR NOT {_IS_FORGOTTEN.format('OLD')}",
    ),
    "audit_anchored_no_delete": (f"DELETE ON {ANCHORED}", ""),
}


class SQLiteProtection:
    """The triggers of one database."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def install(self) -> None:
        """Create the triggers, of which none is there."""
        with self._connection.cursor() as cursor:
            for definition in _definitions().values():
                cursor.execute(definition)

    def remove(self) -> None:
        """Drop the triggers. Repeating is harmless."""
        with self._connection.cursor() as cursor:
            for name in _CONDITIONS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")

    def find_differences(self) -> list[str]:
        """Return a sentence for each trigger that is missing, changed or not ours."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
            found = {name: text for name, text, table in cursor.fetchall() if table in PROTECTED}
        wanted = _definitions()
        missing = [f"trigger {name} is missing" for name in wanted.keys() - found.keys()]
        changed = [
            f"trigger {name} is not what was installed" if name in wanted else f"trigger {name} is not ours"
            for name, definition in found.items()
            if definition != wanted.get(name)
        ]
        return sorted([*missing, *changed])


def _definitions() -> dict[str, str]:
    return {
        name: f"CREATE TRIGGER {name} BEFORE {event}{f' WHEN {when}' if when else ''} {_REFUSAL}"
        for name, (event, when) in _CONDITIONS.items()
    }
