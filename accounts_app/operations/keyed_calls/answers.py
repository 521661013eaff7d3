"""Calls with an Idempotency-Key: a call runs once, and the same call gets the same answer for a day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Final

from accounts_app.credentials.hashes import hash_text
from accounts_app.errors import CallRunning, KeyReused
from accounts_app.models import KeyedAnswer
from accounts_app.operations.keyed_calls.key_counts import check_key_quota, key_count_statements
from accounts_app.queries.statements import select_keyed_call
from events_app.log.write import writing
from foundation.database import sql
from foundation.database.row_reads import row_from
from foundation.database.row_writes import insert_statements

KEPT: Final = timedelta(hours=24)
_RETRY_SECONDS: Final = 1
_COLUMNS: Final = ("user_id", "call", "body", "status", "headers", "answer", "is_short", "created_at")


@dataclass(frozen=True, kw_only=True)
class KeyedCall:
    """A call with its Idempotency-Key. `content` is what must be the same when it is sent again: query and body."""

    user_id: int
    method: str
    path: str
    key: str
    content: bytes

    @property
    def call_hash(self) -> str:
        """The hash by which the call is found among the user's others."""
        return hash_text("\n".join((self.method, self.path, self.key)))


@dataclass(frozen=True)
class StoredAnswer:
    """A status, headers, and JSON (empty for no body). `is_short`: a long answer, of which only a part is stored."""

    status: int
    headers: Mapping[str, str]
    body: str
    is_short: bool = False


def answer_once(call: KeyedCall, run: Callable[[], StoredAnswer]) -> StoredAnswer | None:
    """Run a call and store its answer, all in one transaction; return None.

    If the call ran within the last 24 hours, it is not run again: return its stored answer. When `run` raises,
    everything is rolled back, and the call may be sent again. Raises KeyReused for other content under the same key,
    and TooManyKeys for a new key beyond the user's quota. While the same call is running, raises CallRunning on
    PostgreSQL; on SQLite, where one transaction writes at a time, it waits and returns the answer.
    """
    body_hash = sha256(call.content).hexdigest()
    with writing(
        call.user_id,
        before_lock=partial(_lock_call, call),
        also_select=select_keyed_call(call.user_id, call.call_hash),
    ) as log:
        counted, *selected = log.extra
        stored = _valid_answer(selected, now=log.now)
        if stored is not None:
            if stored.body != body_hash:
                raise KeyReused
            return StoredAnswer(stored.status, stored.headers, stored.answer, stored.is_short)
        counted = check_key_quota(call.user_id, counted=counted, since=log.now - KEPT)
        answer = run()
        written = (call.user_id, call.call_hash, body_hash, answer.status, dict(answer.headers), answer.body)
        stored_row = (*written, answer.is_short, log.now)
        sql.run_by_commit(
            [
                *key_count_statements(call.user_id, counted + 1),
                *insert_statements(KeyedAnswer, _COLUMNS, [stored_row]),
            ]
        )
        return None


def _lock_call(call: KeyedCall) -> None:
    """Lock the call until the transaction ends, or raise CallRunning."""
    if not sql.try_to_hold_name(f"{call.user_id} {call.call_hash}"):
        raise CallRunning(retry_after_seconds=_RETRY_SECONDS)


def _valid_answer(row: Sequence[object], *, now: datetime) -> KeyedAnswer | None:
    """Return the answer in a row that was selected, if there is one that has not expired."""
    if row[0] is None:
        return None
    stored = row_from(KeyedAnswer, row)
    if stored.created_at < now - KEPT:
        stored.delete()  # the sweep has not come to it yet
        return None
    return stored
