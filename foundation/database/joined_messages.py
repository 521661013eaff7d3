"""Connections to PostgreSQL that send BEGIN and COMMIT together with other statements.

psycopg2 sends both in messages of their own, and each message is a round trip for which the caller waits. Here a
transaction begins in the message of its first statement. Statements whose results nobody reads can be postponed to the
next message, which is that of COMMIT if nothing else comes. PostgreSQL takes several statements in one message
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).

Django uses the classes by `OPTIONS` and notices no difference: `atomic` sets `autocommit` and calls `commit` and
`rollback`. The driver itself stays in autocommit mode, so that it sends nothing on its own.
"""

from typing import Any, Final

import psycopg2
from psycopg2.errors import ReadOnlySqlTransaction
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as PlainConnection
from psycopg2.extensions import cursor as PlainCursor

from foundation.database.postponements import Postponed

_BEGIN: Final = b"BEGIN"
_SAVEPOINT: Final = "SAVEPOINT "
_UNDO: Final = b"ROLLBACK TO SAVEPOINT "


class JoiningCursor(PlainCursor):  # type: ignore[misc]  # psycopg2 has no types
    """A cursor whose statements take along what is due before them; its results are those of the last statement."""

    connection: "JoiningConnection"
    _joined: bytes | None = None

    @property
    def query(self) -> bytes | None:
        """The statement that was run last, without what it took along."""
        last: bytes | None = self._joined or PlainCursor.query.__get__(self)
        return last

    def execute(self, query: Any, vars: Any = None) -> None:
        """Run a statement, after BEGIN if it is the first of a transaction and after what was postponed.

        What sets a savepoint is postponed itself.
        """
        self._joined = None
        if isinstance(query, str) and query.startswith(_SAVEPOINT) and not self.connection.autocommit:
            self._joined = query.encode()
            self.connection.postpone(Postponed(query, ()))
        elif self.connection.has_something_due:
            self._joined = self.mogrify(query, vars)
            self.send_due(self._joined)
        else:
            self._send(query, vars)

    def send_due(self, *statement: bytes) -> None:
        """Send what is due, and then the statement, in one message."""
        opening, postponed = self.connection.take_due(*statement)
        parts = [*opening, *(self.mogrify(each.text, each.params) for each in postponed), *statement]
        self._send(b"; ".join(parts))
        for each in postponed:
            each.on_sent()

    def _send(self, message: Any, vars: Any = None) -> None:
        try:
            super().execute(message, vars)
        except ReadOnlySqlTransaction as error:
            # Another server writes since this one was demoted: the next connection may lead there.
            self.connection.close()
            raise psycopg2.OperationalError(f"the server is read-only: {error}") from error
        except psycopg2.Error:
            self.connection.note_failure()
            raise

    def executemany(self, query: Any, vars_list: Any) -> None:
        """Run a statement once for each of the parameters, after what is due."""
        self.connection.send_due()
        super().executemany(query, vars_list)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        """Run COPY, after what is due."""
        self.connection.send_due()
        super().copy_expert(sql, file, size)


class JoiningConnection(PlainConnection):  # type: ignore[misc]
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

    def take_due(self, *statement: bytes) -> tuple[list[bytes], list[Postponed]]:
        """Return what goes before the statement, which is sent now; what it would undo is dropped."""
        is_first = not (self._is_automatic or self._is_begun)
        postponed, self._postponed = self._postponed, []
        self._is_begun = self._is_begun or is_first
        if statement and statement[0].startswith(_UNDO):
            postponed = _before_savepoint(postponed, statement[0].decode().removeprefix("ROLLBACK TO "))
        return ([_BEGIN] if is_first else []), postponed

    def send_due(self) -> None:
        """Send what is due in a message of its own."""
        if self.has_something_due:
            with self.cursor() as cursor:
                cursor.send_due()

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


def _before_savepoint(postponed: list[Postponed], savepoint: str) -> list[Postponed]:
    """Return what was postponed up to a savepoint: nothing if that has been set before all of it."""
    places = [place for place, each in enumerate(postponed) if each.text == savepoint]
    return postponed[: places[-1] + 1] if places else []
