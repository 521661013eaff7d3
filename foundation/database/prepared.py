"""Statements that PostgreSQL plans once for each connection instead of each time that they run.

Planning a statement that reads a few rows along an index takes longer than running it. A text marked as `PreparedSql`
is sent as it is at first, at its third use in a connection as PREPARE and EXECUTE, after that as EXECUTE alone
(https://www.postgresql.org/docs/current/sql-prepare.html). psycopg2 has no support of its own for this.

To be marked, a text is made of constants and placeholders, there are few shapes of it, and its plan does not depend on
its parameters: searches are not marked, since a rare word is best read another way than a common one. The type of each
placeholder follows from where it stands; in a list of values or of columns it needs a cast.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import NotSupportedError, OperationalError, connection

from foundation.database.postponements import Postponed

if TYPE_CHECKING:
    from foundation.database.sql import SqlRow, Statement

USES_BEFORE: Final = 2
MOST_TEXTS: Final = 256
"""Each prepared statement takes some tens of KB in its session on the server."""
_PLACEHOLDER: Final = re.compile(r"%s|%%")
_FEATURE_NOT_SUPPORTED: Final = (
    "0A000"  # among others: a column that a prepared statement returns has changed
)


class PreparedSql(str):
    """The text of a statement that PostgreSQL is to plan once for each connection."""

    __slots__ = ()


class _Session:
    """What one connection to the server has seen and prepared."""

    def __init__(self, driver_connection: object) -> None:
        self.driver_connection = driver_connection
        self._executions: dict[str, str] = {}
        self._uses: Counter[str] = Counter()
        self._last_number = 0
        self.is_spent = False
        """Whether what the server holds is to be thrown away before anything else is prepared."""

    def run(self, cursor: Any, texts: Sequence[str], params: Sequence[object]) -> None:
        """Run statements in one message; those that are worth it as prepared ones."""
        message, new = self.compose(texts)
        try:
            cursor.execute(message, params)
        except NotSupportedError as error:
            if getattr(error.__cause__, "pgcode", "") != _FEATURE_NOT_SUPPORTED:
                raise
            self.is_spent = True
            raise OperationalError("a prepared statement no longer fits its table; try again") from error
        self.note_prepared(new)

    def compose(self, texts: Sequence[str]) -> tuple[str, dict[str, str]]:
        """Return the message for statements, and how each that it prepares is executed from then on."""
        new: dict[str, str] = {}
        return "; ".join([self._text_to_send(text, new) for text in texts]), new

    def note_prepared(self, new: dict[str, str]) -> None:
        """Note what a message has prepared; not where it was refused: which of its PREPAREs were run, nobody knows."""
        self._executions.update(new)

    def _text_to_send(self, text: str, new: dict[str, str]) -> str:
        """Return what to send in place of a text, and put into `new` how one that is prepared now is executed."""
        if not isinstance(text, PreparedSql):
            return text
        if execution := self._executions.get(text) or new.get(text):
            return execution
        if len(self._uses) > 8 * MOST_TEXTS:
            self._uses.clear()
        self._uses[text] += 1
        if self._uses[text] <= USES_BEFORE:
            return text
        self._last_number += 1
        self.is_spent = self._last_number >= MOST_TEXTS
        name = f"todo_{self._last_number}"
        new[text] = _execute_text(name, text)
        return f"PREPARE {name} AS {_numbered(text)}; {new[text]}"


def run_message(statements: Sequence[Statement]) -> list[SqlRow]:
    """Run statements in one message to PostgreSQL and return the last one's rows.

    Raises OperationalError where a prepared statement no longer fits its table; trying again prepares it anew.
    """
    params = [value for _, some in statements for value in some]
    texts = [text for text, _ in statements]
    with connection.cursor() as cursor:
        if settings.DATABASE_PREPARE:
            _session(cursor).run(cursor, texts, params)
        else:
            cursor.execute("; ".join(texts), params)
        return [] if cursor.description is None else list(cursor.fetchall())


def postpone_message(statements: Sequence[Statement]) -> None:
    """Send statements that return no rows with the next message of this transaction; see `joined_messages`."""
    params = [value for _, some in statements for value in some]
    texts = [text for text, _ in statements]
    driver_connection: Any = connection.connection
    if not settings.DATABASE_PREPARE:
        driver_connection.postpone(Postponed("; ".join(texts), params))
        return
    with connection.cursor() as cursor:
        session = _session(cursor)
    message, new = session.compose(texts)
    on_sent = partial(session.note_prepared, new) if new else bool
    driver_connection.postpone(Postponed(message, params, on_sent))


def _session(cursor: Any) -> _Session:
    """Return what this thread's connection has prepared: nothing after it was opened anew, or its session was spent."""
    wrapper: Any = connection
    found: _Session | None = getattr(wrapper, "prepared_session", None)
    is_same = found is not None and found.driver_connection is wrapper.connection
    if found is not None and is_same and not found.is_spent:
        return found
    if is_same:
        cursor.execute("DEALLOCATE ALL")
    new = wrapper.prepared_session = _Session(wrapper.connection)
    return new


def _numbered(text: str) -> str:
    """Return a text with `$1`, `$2` … in place of `%s`; its `%%` stay, since the driver reads it once more."""
    number = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal number
        if match[0] == "%%":
            return "%%"
        number += 1
        return f"${number}"

    return _PLACEHOLDER.sub(replace, text)


def _execute_text(name: str, text: str) -> str:
    count = sum(match[0] == "%s" for match in _PLACEHOLDER.finditer(text))
    places = ", ".join(["%s"] * count)
    return f"EXECUTE {name}({places})" if count else f"EXECUTE {name}"
