"""Connections to PostgreSQL that send BEGIN and COMMIT together with other statements.

psycopg2 sends both in messages of their own, and each message is a round trip for which the caller waits. Here a
transaction begins in the message of its first statement. Statements whose results nobody reads can be postponed to the
next message, which is that of COMMIT if nothing else comes. PostgreSQL takes several statements in one message
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).

Django uses the classes by `OPTIONS` and notices no difference: `atomic` sets `autocommit` and calls `commit` and
`rollback`. The driver itself stays in autocommit mode, so that it sends nothing on its own.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as PlainConnection
from psycopg2.extensions import cursor as PlainCursor

_BEGIN: Final = b"BEGIN"
_UNDO: Final = b"ROLLBACK TO SAVEPOINT"


class Postponed(NamedTuple):
    """Statements, separated by semicolons, that are sent with the next message."""

    text: str
    params: Sequence[object]
    on_sent: Callable[[], None] = bool
    """Called after the server has run them."""


class JoiningCursor(PlainCursor):
    """A cursor whose statements take along what is due before them; its results are those of the last statement."""

    connection: "JoiningConnection"

    def execute(self, query: Any, vars: Any = None) -> None:
        """Run a statement, after BEGIN if it is the first of a transaction and after what was postponed."""
        connection = self.connection
        if not connection.has_something_due:
            super().execute(query, vars)
            return
        statement = self.mogrify(query, vars)
        opening, postponed = connection.take_due(is_undone=statement.startswith(_UNDO))
        parts = [*opening, *(self.mogrify(each.text, each.params) for each in postponed)]
        try:
            super().execute(b"; ".join([*parts, statement]))
        except psycopg2.Error:
            connection.note_failure()
            raise
        for each in postponed:
            each.on_sent()

    def executemany(self, query: Any, vars_list: Any) -> None:
        """Run a statement once for each of the parameters, after what is due."""
        self.connection.send_due()
        super().executemany(query, vars_list)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        """Run COPY, after what is due."""
        self.connection.send_due()
        super().copy_expert(sql, file, size)


class JoiningConnection(PlainConnection):
    """A connection whose transactions need no messages of their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_session(autocommit=True)
        self._is_automatic = False
        self._is_begun = False
        self._postponed: list[Postponed] = []

    @property
    def autocommit(self) -> bool:
        """Whether each statement is a transaction of its own."""
        return self._is_automatic

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        if self._is_begun:
            raise psycopg2.ProgrammingError("autocommit cannot be set inside a transaction")
        self._is_automatic = value

    @property
    def has_something_due(self) -> bool:
        """Whether the next statement has to take something along."""
        return bool(self._postponed) or not (self._is_automatic or self._is_begun)

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """Return a cursor; one on the server, with a name, is held, since the driver knows of no transaction."""
        if not (args or kwargs.get("name")):
            return super().cursor(**{"cursor_factory": JoiningCursor, **kwargs})
        self.send_due()
        return super().cursor(*args, **{**kwargs, "cursor_factory": PlainCursor, "withhold": True})

    def postpone(self, statements: Postponed) -> None:
        """Send statements with the next message of the open transaction; there their errors are raised."""
        if self._is_automatic:
            raise psycopg2.ProgrammingError("outside a transaction nothing can wait")
        self._postponed.append(statements)

    def take_due(self, *, is_undone: bool = False) -> tuple[list[bytes], list[Postponed]]:
        """Return what goes before the next statement, which is sent now; what that would undo is dropped."""
        is_first = not (self._is_automatic or self._is_begun)
        postponed, self._postponed = self._postponed, []
        self._is_begun = self._is_begun or is_first
        return ([_BEGIN] if is_first else []), ([] if is_undone else postponed)

    def send_due(self) -> None:
        """Send what is due in a message of its own."""
        if self.has_something_due:
            self._run("SELECT 1")

    def note_failure(self) -> None:
        """Note that a message has failed: if the server did not even read it, it did not begin a transaction."""
        if not self.closed and self.info.transaction_status == TRANSACTION_STATUS_IDLE:
            self._is_begun = False

    def commit(self) -> None:
        """Run what was postponed and commit, in one message."""
        if self._is_begun or self._postponed:
            self._run("COMMIT")
        self._is_begun = False

    def rollback(self) -> None:
        """Drop what was postponed, and roll back."""
        self._postponed.clear()
        if self._is_begun or self.closed:
            self._run("ROLLBACK")
        self._is_begun = False

    def _run(self, text: str) -> None:
        with self.cursor() as cursor:
            cursor.execute(text)
