"""Hand-written SQL about people, which every call or every batch of notifications runs."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from accounts_app.models import KeyedAnswer
from foundation.database import sql
from foundation.database.prepared import PreparedSql
from foundation.database.row_reads import select_columns

# `read_rows` appends this to the SELECT of users: the user of a family that is not revoked.
USER_OF_FAMILY: Final = PreparedSql(
    "JOIN accounts_app_refreshfamily AS family ON family.user_id = t.id"
    " WHERE family.id = %s AND family.revoked_at IS NULL AND t.id = %s"
)
# A bucket that would take longer to fill than an empty one was written before the clock was set back: it counts as
# full.
_FULL_AT: Final = """{greatest}({now}, CASE WHEN b.{name}_full_at > {now} + %({name}_span)s + %(margin)s THEN {now}
 ELSE b.{name}_full_at - %({name}_credit)s END) + %({name}_taken)s"""
TAKE_FROM_BUCKETS: Final = """INSERT INTO accounts_app_writebucket AS b (user_id, writes_full_at, bytes_full_at)
 VALUES (%(user)s, {now} + %(writes_taken)s, {now} + %(bytes_taken)s)
 ON CONFLICT (user_id) DO UPDATE SET writes_full_at = {writes}, bytes_full_at = {bytes}
 WHERE {writes} <= {now} + %(writes_span)s AND {bytes} <= {now} + %(bytes_span)s
 RETURNING writes_full_at - {now}, bytes_full_at - {now}"""
LOOK_AT_BUCKETS: Final = """SELECT writes_full_at - {now}, bytes_full_at - {now} FROM accounts_app_writebucket
 WHERE user_id = %(user)s"""


@cache
def bucket_statement(template: str, vendor: str, *, clock_given: bool) -> str:
    """Return the text of a statement about write buckets, with named parameters; with `clock_given` also `now`."""
    names = {
        "now": "%(now)s" if clock_given else "extract(epoch FROM statement_timestamp())::float8",
        "greatest": "max" if vendor == "sqlite" else "greatest",
    }
    full_at = {name: _FULL_AT.format(name=name, **names) for name in ("writes", "bytes")}
    return template.format(**names, **full_at)


def select_preferences(user_ids: Sequence[int]) -> sql.Statement:
    """Return the SELECT of how users want to be notified, in the order of `Preferences` behind their ids."""
    return (
        "SELECT id, time_zone, quiet_from, quiet_until, channels, email_verified_at IS NOT NULL"
        f" FROM accounts_app_user WHERE id IN {sql.in_list(user_ids)}"
    ), user_ids


def select_key_count(user_id: int) -> sql.Statement:
    """Return the SELECT of the stored number of a user's keyed answers."""
    return "SELECT answers FROM accounts_app_keycount WHERE user_id = %s", [user_id]


def select_keyed_call(user_id: int, call: str) -> sql.Statement:
    """Return the SELECT of one row: the number as `select_key_count`, then the KeyedAnswer of a call, or nulls."""
    return (
        "SELECT (SELECT answers FROM accounts_app_keycount WHERE user_id = %s) AS answers, t.*"
        f" FROM (SELECT 1 AS one) o LEFT JOIN (SELECT {select_columns(KeyedAnswer)} FROM accounts_app_keyedanswer t"
        " WHERE t.user_id = %s AND t.call = %s) t ON true"
    ), [user_id, user_id, call]
