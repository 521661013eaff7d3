"""The protection on PostgreSQL: triggers that fire whatever `session_replication_role` is, and the one way to forget.

`audit_forget` runs with the rights of the tables' owner, so that the platform's own role needs none to delete
(rights.py). The functions name every table with its schema and search nothing but the catalog: a temporary table or an
operator of the caller cannot take the place of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper

from audit_app.protection.names import ANCHORED, ENTRIES, FORGOTTEN, HEADS, PROTECTED, TRAIL_ANCHORS

_FORGET: Final = "audit_forget"
FORGET_SIGNATURE: Final = f"{_FORGET}(bigint, timestamptz, smallint, text, bigint)"
_SEARCH_PATH: Final = "pg_catalog, pg_temp"
_RAISE: Final = "RAISE EXCEPTION 'the audit trail is append-only: {}' USING ERRCODE = 'restrict_violation';"

# Each with its parameters, the type that it returns, and its body; {s} is the schema of the tables.
_FUNCTIONS: Mapping[str, tuple[str, str, str]] = {
    "audit_app_refuse": (
        "",
        "trigger",
        """
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % of % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END """,
    ),
    "audit_app_only_forgotten": (
        "",
        "trigger",
        f"""
BEGIN
    IF EXISTS (SELECT 1 FROM {{s}}.{FORGOTTEN} f WHERE f.user_id = OLD.user_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only: % of % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END """,
    ),
    "audit_app_only_forward": (
        "",
        "trigger",
        f"""
BEGIN
    IF NEW.user_id <> OLD.user_id OR NEW.entries < OLD.entries OR NEW.seq < OLD.seq
        OR NEW.entries = OLD.entries AND NEW.hash <> OLD.hash THEN
        {_RAISE.format("its end only moves forward")}
    END IF;
    IF NOT EXISTS (SELECT 1 FROM {{s}}.{ENTRIES} e WHERE e.user_id = NEW.user_id AND e.position = NEW.entries
        AND e.hash = NEW.hash) THEN
        {_RAISE.format("its end is an entry")}
    END IF;
    RETURN NEW;
END """,
    ),
    "audit_app_not_forgotten": (
        "",
        "trigger",
        f"""
BEGIN
    IF EXISTS (SELECT 1 FROM {{s}}.{FORGOTTEN} f WHERE f.user_id = NEW.user_id) THEN
        {_RAISE.format("a forgotten trail does not begin again")}
    END IF;
    RETURN NEW;
END """,
    ),
    "audit_app_only_true": (
        "",
        "trigger",
        f"""
DECLARE
    head record;
BEGIN
    SELECT h.entries, h.hash INTO head FROM {{s}}.{HEADS} h WHERE h.user_id = NEW.user_id;
    IF FOUND AND (NEW.entries <> head.entries OR NEW.hash <> head.hash) OR NOT FOUND AND NEW.entries <> 0 THEN
        {_RAISE.format("what stays says what was there")}
    END IF;
    RETURN NEW;
END """,
    ),
    "audit_app_only_anonymous": (
        "",
        "trigger",
        f"""
BEGIN
    IF NEW.user_id IS NULL AND NEW.entries IS NULL AND (NEW.id, NEW.anchor, NEW.place, NEW.digest)
        = (OLD.id, OLD.anchor, OLD.place, OLD.digest)
        AND EXISTS (SELECT 1 FROM {{s}}.{FORGOTTEN} f WHERE f.user_id = OLD.user_id) THEN
        RETURN NEW;
    END IF;
    {_RAISE.format("an anchor stays as it is")}
END """,
    ),
    _FORGET: (
        "of_user bigint, at timestamptz, version smallint, mark text, at_most bigint",
        "bigint",
        f"""
DECLARE
    removed bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM {{s}}.{FORGOTTEN} f WHERE f.user_id = of_user) THEN
        IF NOT EXISTS (SELECT 1 FROM {{s}}.accounts_app_user u
            WHERE u.id = of_user AND u.deletion_requested_at IS NOT NULL) THEN
            {_RAISE.format("the account is not marked as deleted")}
        END IF;
        INSERT INTO {{s}}.{FORGOTTEN} (user_id, entries, hash, forgotten_at, key_version, seal)
            SELECT of_user, coalesce(max(h.entries), 0), coalesce(max(h.hash), repeat('0', 64)), at, version, mark
            FROM {{s}}.{HEADS} h WHERE h.user_id = of_user;
    END IF;
    DELETE FROM {{s}}.{HEADS} h WHERE h.user_id = of_user;
    DELETE FROM {{s}}.audit_app_unkeyedpart p WHERE p.user_id = of_user;
    UPDATE {{s}}.{ANCHORED} SET user_id = NULL, entries = NULL WHERE user_id = of_user;
    DELETE FROM {{s}}.{ENTRIES} e WHERE e.id IN (
        SELECT o.id FROM {{s}}.{ENTRIES} o WHERE o.user_id = of_user ORDER BY o.position DESC LIMIT at_most
    );
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END """,
    ),
}

_ROW, _BEFORE = 1, 2
_EVENTS: Final = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
_ALWAYS: Final = "A"


@dataclass(frozen=True)
class _Trigger:
    """When a trigger fires, and the function that it calls."""

    table: str
    events: tuple[str, ...]
    function: str
    for_each_row: bool = True

    @property
    def type_bits(self) -> int:
        """Return `pg_trigger.tgtype` (src/include/catalog/pg_trigger.h)."""
        return _BEFORE | _ROW * self.for_each_row | sum(_EVENTS[event] for event in self.events)

    def definition(self, name: str, schema: str) -> str:
        each = "ROW" if self.for_each_row else "STATEMENT"
        return (
            f"CREATE TRIGGER {name} BEFORE {' OR '.join(self.events)} ON {schema}.{self.table}"
            f" FOR EACH {each} EXECUTE FUNCTION {schema}.{self.function}()"
        )


_REFUSED = ("audit_app_refuse", False)
_TRIGGERS: Mapping[str, _Trigger] = {
    "audit_entry_no_update": _Trigger(ENTRIES, ("UPDATE",), *_REFUSED),
    "audit_entry_no_delete": _Trigger(ENTRIES, ("DELETE",), "audit_app_only_forgotten"),
    "audit_entry_no_truncate": _Trigger(ENTRIES, ("TRUNCATE",), *_REFUSED),
    "audit_head_only_forward": _Trigger(HEADS, ("UPDATE",), "audit_app_only_forward"),
    "audit_head_not_forgotten": _Trigger(HEADS, ("INSERT",), "audit_app_not_forgotten"),
    "audit_head_no_delete": _Trigger(HEADS, ("DELETE",), "audit_app_only_forgotten"),
    "audit_head_no_truncate": _Trigger(HEADS, ("TRUNCATE",), *_REFUSED),
    "audit_forgotten_only_true": _Trigger(FORGOTTEN, ("INSERT",), "audit_app_only_true"),
    "audit_forgotten_no_change": _Trigger(FORGOTTEN, ("UPDATE", "DELETE"), *_REFUSED),
    "audit_forgotten_no_truncate": _Trigger(FORGOTTEN, ("TRUNCATE",), *_REFUSED),
    "audit_anchor_no_change": _Trigger(TRAIL_ANCHORS, ("UPDATE", "DELETE"), *_REFUSED),
    "audit_anchor_no_truncate": _Trigger(TRAIL_ANCHORS, ("TRUNCATE",), *_REFUSED),
    "audit_anchored_only_forgotten": _Trigger(ANCHORED, ("UPDATE",), "audit_app_only_anonymous"),
    "audit_anchored_no_delete": _Trigger(ANCHORED, ("DELETE",), *_REFUSED),
    "audit_anchored_no_truncate": _Trigger(ANCHORED, ("TRUNCATE",), *_REFUSED),
}
# Of triggers of earlier releases, which `remove` drops as well.
_EARLIER: Mapping[str, str] = {"audit_entry_no_change": ENTRIES}


_FUNCTION_COLUMNS: Final = "p.proname, l.lanname, p.prosrc, p.prosecdef, p.proconfig"
_READ_TRIGGERS: Final = (
    "SELECT t.tgname, c.relname, t.tgtype, t.tgenabled,"
    " t.tgqual IS NULL AND t.tgnargs = 0 AND cardinality(t.tgattr::int2[]) = 0,"
    f" {_FUNCTION_COLUMNS} FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang"
    " WHERE NOT t.tgisinternal AND t.tgrelid = ANY (%s::regclass[])"
)
# Only if it belongs to the owner of the entries.
_READ_FUNCTION: Final = (
    f"SELECT {_FUNCTION_COLUMNS} FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang"
    " JOIN pg_class c ON c.oid = %s::regclass AND c.relowner = p.proowner WHERE p.oid = to_regprocedure(%s)"
)
_READ_RULES: Final = "SELECT rulename FROM pg_rewrite WHERE ev_class = ANY (%s::regclass[])"
_READ_SCHEMA: Final = (
    "SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.oid = %s::regclass"
)


class PostgreSQLProtection:
    """The triggers and functions of one database."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def install(self) -> None:
        """Create or replace the functions, and create the triggers, of which none is there."""
        schema = self._schema()
        with self._connection.cursor() as cursor:
            for name in _FUNCTIONS:
                cursor.execute(_function_definition(name, schema))
            cursor.execute(f"REVOKE ALL ON FUNCTION {schema}.{FORGET_SIGNATURE} FROM PUBLIC")
            for name, trigger in _TRIGGERS.items():
                cursor.execute(trigger.definition(name, schema))
                cursor.execute(f"ALTER TABLE {schema}.{trigger.table} ENABLE ALWAYS TRIGGER {name}")

    def remove(self) -> None:
        """Drop the triggers; the functions stay. Repeating is harmless."""
        tables = {**{name: trigger.table for name, trigger in _TRIGGERS.items()}, **_EARLIER}
        present = set(self._connection.introspection.table_names())
        with self._connection.cursor() as cursor:
            for name, table in tables.items():
                if table in present:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")

    def find_differences(self) -> list[str]:
        """Return a sentence for each trigger, function or rule that is missing, off, changed or not ours."""
        schema = self._schema()
        found = {row[0]: row[1:] for row in self._read(_READ_TRIGGERS, [[*PROTECTED]])}
        missing = [f"trigger {name} is missing" for name in _TRIGGERS.keys() - found.keys()]
        wrong = [_describe_fault(name, row, schema) for name, row in found.items()]
        forget = self._read(_READ_FUNCTION, [ENTRIES, f"{schema}.{FORGET_SIGNATURE}"])
        if forget != [_wanted_function(_FORGET, schema)]:
            wrong.append(f"function {_FORGET} is not what was installed")
        rules = self._read(_READ_RULES, [[*PROTECTED]])
        return sorted([*missing, *filter(None, wrong), *(f"rule {name} is not ours" for (name,) in rules)])

    def _schema(self) -> str:
        [(schema,)] = self._read(_READ_SCHEMA, [ENTRIES])
        return str(schema)

    def _read(self, query: str, params: list[Any]) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def run_audit_forget(user_id: int, *, line: tuple[Any, int, str], at_most: int) -> int:
    """Let the database forget at most so many entries of a user, and return how many it deleted.

    `line`, of which the first call stores what stays: when, the version of the key, and the seal.
    """
    with default_connection.cursor() as cursor:
        cursor.execute(f"SELECT {_FORGET}(%s, %s, %s::smallint, %s, %s)", [user_id, *line, at_most])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _describe_fault(name: str, row: tuple[Any, ...], schema: str) -> str:
    table, type_bits, enabled, is_plain, *function = row
    wanted = _TRIGGERS.get(name)
    if wanted is None:
        return f"trigger {name} is not ours"
    if enabled != _ALWAYS:
        return f"trigger {name} is off, or does not fire always"
    is_same = (table, type_bits, is_plain) == (wanted.table, wanted.type_bits, True)
    if is_same and tuple(function) == _wanted_function(wanted.function, schema):
        return ""
    return f"trigger {name} is not what was installed"


def _wanted_function(name: str, schema: str) -> tuple[Any, ...]:
    body = _FUNCTIONS[name][2].format(s=schema)
    return name, "plpgsql", body, name == _FORGET, [f"search_path={_SEARCH_PATH}"]


def _function_definition(name: str, schema: str) -> str:
    parameters, returned, body = _FUNCTIONS[name]
    definer = " SECURITY DEFINER" if name == _FORGET else ""
    return (
        f"CREATE OR REPLACE FUNCTION {schema}.{name}({parameters}) RETURNS {returned} LANGUAGE plpgsql{definer}"
        f" SET search_path = {_SEARCH_PATH} AS $${body.format(s=schema)}$$"
    )


ASK_ROLE: Final = "SELECT current_user = %s, quote_ident(%s), quote_ident(current_schema())"
"""Whether a role is the one that asks, its name and the name of the schema, as statements write them."""


def grant_statements(role: str, schema: str, *, without: Mapping[str, str]) -> list[str]:
    """Return the statements that give a role all rights but those `without`, by table."""
    return [
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        *(f"REVOKE {rights} ON {schema}.{table} FROM {role}" for table, rights in without.items()),
        f"GRANT EXECUTE ON FUNCTION {schema}.{FORGET_SIGNATURE} TO {role}",
    ]
