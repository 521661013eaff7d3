"""The only way to change a user's data: one transaction, one writer per user, one event per change.

WritingError
└── WritingAnotherStream    a block for one user was opened inside a block for another
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from events_app import sql, wake
from events_app.appending import Part, Said, append
from events_app.contracts import Payload, Printed, stream_key, user_of
from events_app.crash import crash_point
from events_app.models import Stream
from events_app.transactions import database_now, write_transaction


class WritingError(Exception):
    """Base of what `writing` refuses."""


class WritingAnotherStream(WritingError):
    """One transaction writes one user's history; work over many users goes through `writing_many`."""


class Log:
    """A user's history, locked for the running transaction."""

    def __init__(self, stream_id: int, key: str) -> None:
        self.stream_id = stream_id
        self.key = key

    @property
    def user_id(self) -> int:
        """Whose history this is."""
        return user_of(self.key)

    @cached_property
    def now(self) -> datetime:
        """The database's clock, read once after the lock was taken."""
        return database_now()

    def record(self, payload: Payload | Printed) -> None:
        """Append one event to the user's history; see `record_many`."""
        self.record_many([payload])

    def record_many(self, payloads: Sequence[Payload | Printed]) -> None:
        """Append events in order.

        Raises the head and inserts in the caller's savepoint: rolled back, it leaves no gap.
        """
        if not payloads:
            return
        head, at = self._raise_head(len(payloads))
        append([Part(self.stream_id, head - len(payloads) + 1, payloads)], at=at)

    def _raise_head(self, count: int) -> tuple[int, datetime]:
        clock, clock_params = sql.now()
        [(head, moved_at)] = sql.fetch(
            f"UPDATE events_app_stream SET head = head + %s, moved_at = {clock} WHERE id = %s"
            " RETURNING head, moved_at",
            [count, *clock_params, self.stream_id],
        )
        return head, sql.from_database(moved_at)


def record_across(histories: Mapping[Log, Sequence[Said]]) -> int:
    """Append events to many users' histories, each in order, in a few statements for any number of them.

    Each head is raised and each row inserted as by `Log.record_many`, in the caller's savepoint. Returns how many
    there were. The logs come from `writing_many` or `writing_all`.
    """
    told = {log.stream_id: said for log, said in histories.items() if said}
    if not told:
        return 0
    heads, at = _raise_heads({stream_id: len(said) for stream_id, said in told.items()})
    append([Part(each, heads[each] - len(said) + 1, said) for each, said in told.items()], at=at)
    return sum(map(len, told.values()))


def _raise_heads(counts: Mapping[int, int]) -> tuple[dict[int, int], datetime]:
    """Raise the heads of streams by so much; return each new head by stream, and when."""
    clock, clock_params = sql.now()
    listed, params = sql.values(list(counts.items()))
    rows = sql.fetch(
        f"WITH r(id, more) AS ({listed}), c(now) AS MATERIALIZED (SELECT {clock}) UPDATE events_app_stream"
        " SET head = head + r.more, moved_at = c.now FROM r, c WHERE events_app_stream.id = r.id"
        " RETURNING events_app_stream.id, head, moved_at",
        [*params, *clock_params],
    )
    return {stream_id: head for stream_id, head, _ in rows}, sql.from_database(rows[0][2])


_open_logs: ContextVar[dict[str, Log] | None] = ContextVar("open_logs", default=None)


@contextmanager
def writing(user: AbstractBaseUser | int, *, before_lock: Callable[[], None] | None = None) -> Iterator[Log]:
    """Run the block as the only writer of `user`'s data, in one transaction.

    Locks the user's stream first, so that commit order is sequence order; read rows inside the block, after
    it. Nested for the same user it joins the outer block with a savepoint. Nothing slow belongs inside.
    `before_lock` runs first in the transaction of an outermost block and may raise rather than have it wait.
    Raises WritingAnotherStream inside a block that has not locked this user.
    """
    key = stream_key(user if isinstance(user, int) else user.pk)
    logs = _open_logs.get()
    if logs is None:
        with _outermost(lambda: _lock_after(before_lock, key)) as opened:
            yield opened[key]
    elif key in logs:
        with transaction.atomic():
            yield logs[key]
    else:
        raise WritingAnotherStream(f"{key} inside a block for {', '.join(logs)}")


@contextmanager
def writing_many(user_ids: Collection[int]) -> Iterator[dict[int, Log]]:
    """Lock the streams of at most 200 users in id order, passing over those that others hold now.

    Yields the logs by user id; read what is to be changed inside the block. `writing` of one of these users
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
    """Lock the streams of all these users in id order, waiting for whoever holds one; they must exist.

    For handlers that take the events of several users at once: the kernel's batches bound how many. Yields the
    logs by user id; `writing` of one of these users joins. Raises WritingAnotherStream inside another block.
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


def _lock_after(first: Callable[[], None] | None, key: str) -> dict[str, Log]:
    if first is not None:
        first()
    return {key: lock_stream(key)}


def lock_stream(key: str) -> Log:
    """Lock a stream, made on first use, in a statement of its own: reads after it see all commits before."""
    while True:
        rows = sql.fetch(f"SELECT id FROM events_app_stream WHERE key = %s{sql.row_lock()}", [key])
        if rows:
            return Log(rows[0][0], key)
        Stream.objects.bulk_create([Stream(key=key)], ignore_conflicts=True)


def _lock_free_streams(keys: Sequence[str]) -> dict[str, Log]:
    return _lock_streams(keys, skip_locked=True)


def _lock_streams(keys: Sequence[str], *, skip_locked: bool = False) -> dict[str, Log]:
    if not keys:
        return {}
    rows = sql.fetch(
        f"SELECT id, key FROM events_app_stream WHERE key IN {sql.in_list(keys)}"
        f" ORDER BY id{sql.row_lock(skip_locked=skip_locked)}",
        keys,
    )
    return {key: Log(stream_id, key) for stream_id, key in rows}
