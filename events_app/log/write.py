"""The only way to change a user's data: one transaction, one writer per user, one event per change.

WritingError
└── WritingAnotherStream    a block for one user was opened inside a block for another
HistoryClosed               the user's history is closed, since the account was deleted
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from events_app.contracts import Payload, PrintedPayload, stream_key, user_of
from events_app.log import statements
from events_app.log.append import ROWS_WORTH_COPYING, Part, Recordable, append_events, insert_below_head
from events_app.models import Stream
from events_app.runtime import wake
from events_app.runtime.crash import crash_point
from foundation.database import sql
from foundation.database.sessions import database_vendor
from foundation.database.transactions import database_now, is_clock_replaced, write_transaction
from foundation.http.errors import DomainError


class WritingError(Exception):
    """Base of the errors of `writing`."""


class WritingAnotherStream(WritingError):
    """A block for one user was opened inside a block for another; use `writing_many` for many users."""


class HistoryClosed(DomainError):
    """The user is marked as deleted: a call that was under way writes nothing."""

    status = 401
    code = "account_deleted"
    detail = "This account was deleted."


class Log:
    """A user's history, locked for the running transaction."""

    def __init__(
        self, stream_id: int, key: str, *, head: int, clock: datetime | None = None, extra: sql.SqlRow = ()
    ) -> None:
        self.stream_id = stream_id
        self.key = key
        self.head = head
        """The number of the last event when the stream was locked."""
        self._clock = clock
        self.extra = extra
        """The row selected by `also_select`, read under the lock; see `writing`."""

    @property
    def user_id(self) -> int:
        """The id of the user whose history this is."""
        return user_of(self.key)

    @cached_property
    def now(self) -> datetime:
        """The time of the database's clock, read once, after the lock was taken."""
        return database_now() if self._clock is None or is_clock_replaced() else self._clock

    def record(self, payload: Payload | PrintedPayload) -> None:
        """Append one event to the user's history; see `record_many`."""
        self.record_many([payload])

    def record_many(self, payloads: Sequence[Recordable], *, first: Sequence[sql.Work] = ()) -> None:
        """Run `first`, then append the events in order; statements share one round trip, on PostgreSQL that of COMMIT.

        Head and events change in the caller's savepoint, so that a rollback leaves no gap.
        """
        if not payloads:
            sql.run_by_commit(first)
        elif len(payloads) < ROWS_WORTH_COPYING:
            raised = statements.raise_head(self.stream_id, len(payloads))
            sql.run_by_commit([*first, raised, insert_below_head(self.stream_id, payloads)])
        else:
            raised = statements.raise_head_and_read(self.stream_id, len(payloads))
            [(head, moved_at)] = sql.run_together([*first, raised])
            append_events(
                [Part(self.stream_id, head - len(payloads) + 1, payloads)], at=sql.from_database(moved_at)
            )


def record_across(histories: Mapping[Log, Sequence[Recordable]]) -> int:
    """Append events to many users' histories, each in order, in a few statements; return the number of events.

    It has the effect of `Log.record_many` for each, in the caller's savepoint. The logs come from `writing_many` or
    `writing_all`.
    """
    by_stream = {log.stream_id: payloads for log, payloads in histories.items() if payloads}
    if not by_stream:
        return 0
    heads, at = _raise_heads({stream_id: len(payloads) for stream_id, payloads in by_stream.items()})
    append_events(
        [Part(each, heads[each] - len(payloads) + 1, payloads) for each, payloads in by_stream.items()], at=at
    )
    return sum(map(len, by_stream.values()))


def _raise_heads(counts: Mapping[int, int]) -> tuple[dict[int, int], datetime]:
    """Raise the heads of streams by `counts`; return the new heads by stream id, and the time of it."""
    rows = sql.fetch(*statements.raise_heads(counts))
    return {stream_id: head for stream_id, head, _ in rows}, sql.from_database(rows[0][2])


_open_logs: ContextVar[dict[str, Log] | None] = ContextVar("open_logs", default=None)


@contextmanager
def writing(
    user: AbstractBaseUser | int,
    *,
    before_lock: Callable[[], None] | None = None,
    also_select: sql.Statement | None = None,
) -> Iterator[Log]:
    """Run the block as the only writer of `user`'s data, in one transaction.

    It locks the user's stream first, so that commit order is sequence order; read rows inside the block, after the
    lock. A nested block for the same user joins the outer one with a savepoint. Nothing slow belongs inside.
    `before_lock` runs first in the transaction of an outermost block; it may raise so that nobody waits for the lock.
    `also_select`, a SELECT of at most one row, runs under the lock, in the same round trip; its row, or nulls if
    there is none, is `log.extra`.
    Raises WritingAnotherStream inside a block that has not locked this user.
    """
    key = stream_key(user if isinstance(user, int) else user.pk)
    logs = _open_logs.get()
    if logs is None:
        with _outermost(lambda: _lock_after(before_lock, key, also_select)) as opened:
            yield opened[key]
    elif key in logs:
        with transaction.atomic():
            yield _with_extra(logs[key], also_select)
    else:
        raise WritingAnotherStream(f"{key} inside a block for {', '.join(logs)}")


@contextmanager
def writing_many(user_ids: Collection[int]) -> Iterator[dict[int, Log]]:
    """Lock the streams of at most 200 users in id order, skipping those that others have locked.

    Yields the logs by user id; read the rows to change inside the block. A nested `writing` for one of these users
    joins. Raises WritingAnotherStream inside another block, ValueError for more than 200 users.
    """
    if len(user_ids) > 200:
        raise ValueError("at most 200 users per transaction")
    if _open_logs.get() is not None:
        raise WritingAnotherStream("writing_many inside another block")
    with _outermost(lambda: _lock_free_streams([stream_key(user_id) for user_id in user_ids])) as opened:
        yield {log.user_id: log for log in opened.values()}


@contextmanager
def writing_all(user_ids: Collection[int]) -> Iterator[dict[int, Log]]:
    """Lock the streams of all these users in id order, waiting for each lock; the streams must exist.

    For handlers that take the events of several users at once; the kernel's batches bound the number. Yields the
    logs by user id; a nested `writing` for one of these users joins. Raises WritingAnotherStream inside another block.
    """
    if _open_logs.get() is not None:
        raise WritingAnotherStream("writing_all inside another block")
    with _outermost(lambda: _lock_streams([stream_key(user_id) for user_id in user_ids])) as opened:
        yield {log.user_id: log for log in opened.values()}


@contextmanager
def _outermost(lock: Callable[[], dict[str, Log]]) -> Iterator[dict[str, Log]]:
    with write_transaction():
        opened = lock()
        token = _open_logs.set(opened)
        try:
            yield opened
        finally:
            _open_logs.reset(token)
        crash_point("writing.before_commit")
        transaction.on_commit(wake.notify)
    crash_point("writing.after_commit")


def _lock_after(
    first: Callable[[], None] | None, key: str, also_select: sql.Statement | None
) -> dict[str, Log]:
    if first is not None:
        first()
    return {key: lock_stream(key, also_select=also_select)}


def lock_stream(key: str, *, also_select: sql.Statement | None = None) -> Log:
    """Lock a stream, created on first use, and return its log. Later reads see all commits of earlier writers.

    Raises HistoryClosed where there is no stream and its user is marked as deleted.
    """
    statements, is_new = _lock_statements(key, also_select), False
    while not (rows := sql.run_together(statements)):
        Stream.objects.bulk_create([Stream(key=key)], ignore_conflicts=True)
        is_new = True
    if is_new:
        _refuse_deleted(user_of(key))
    stream_id, head, *more = rows[0]
    return Log(stream_id, key, head=head, clock=more[0] if more else None, extra=tuple(more[1:]))


def _refuse_deleted(user_id: int) -> None:
    """Raise HistoryClosed for a user who is marked as deleted; who marks it later finds the stream.

    The stream is locked first, as all lock it who also lock the user: two in two orders would wait for each other.
    """
    people = get_user_model()._default_manager.select_for_update(no_key=True).filter(pk=user_id)
    if any(people.values_list("deletion_requested_at", flat=True)):
        raise HistoryClosed


def _lock_statements(key: str, also_select: sql.Statement | None) -> list[sql.Statement]:
    if also_select is None:
        return [statements.select_stream_for_update(key)]
    with_row = statements.select_stream_with_row(key, also_select)
    # On SQLite the transaction is the lock. On PostgreSQL the second SELECT must see the last holder's commit, so it
    # is a statement of its own.
    return (
        [with_row] if database_vendor() == "sqlite" else [statements.select_stream_for_update(key), with_row]
    )


def _with_extra(log: Log, also_select: sql.Statement | None) -> Log:
    if also_select is not None:
        log.extra = sql.run_together([statements.select_stream_with_row(log.key, also_select)])[0][3:]
    return log


def _lock_free_streams(keys: Sequence[str]) -> dict[str, Log]:
    return _lock_streams(keys, skip_locked=True)


def _lock_streams(keys: Sequence[str], *, skip_locked: bool = False) -> dict[str, Log]:
    if not keys:
        return {}
    rows = sql.fetch(*statements.lock_streams(keys, skip_locked=skip_locked))
    return {key: Log(stream_id, key, head=head) for stream_id, key, head in rows}
