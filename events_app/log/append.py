"""Build event rows from payloads and insert them; `write` assigns the sequence numbers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from os import urandom
from typing import Final

from django.db import connection, transaction

from events_app.contracts import Payload, PrintedPayload
from events_app.log import statements
from events_app.metrics import EVENTS_RECORDED
from foundation.context import Provenance, provenance
from foundation.database import copy_format, sql
from foundation.database.sessions import database_vendor

ROWS_PER_INSERT: Final = 500
ROWS_WORTH_COPYING: Final = 5
_TYPE: Final = 3  # its place in a row


@dataclass(frozen=True, slots=True)
class CausedPayload:
    """A payload with a provenance of its own, for a block that records events with different causes."""

    payload: Payload | PrintedPayload
    source: Provenance


Recordable = Payload | PrintedPayload | CausedPayload


@dataclass(frozen=True, slots=True)
class Part:
    """The payloads to append to one stream, in order; the first one gets the sequence number `first`."""

    stream_id: int
    first: int
    payloads: Sequence[Recordable]


def append_events(parts: Sequence[Part], *, at: datetime) -> None:
    """Insert the events of streams whose heads have been raised for them."""
    rows = list(_rows(parts, sql.to_database(at)))
    _count_at_commit(rows)
    for start in range(0, len(rows), ROWS_PER_INSERT):
        _insert(rows[start : start + ROWS_PER_INSERT])


def insert_below_head(stream_id: int, payloads: Sequence[Recordable]) -> sql.Statement:
    """Return the INSERT of a stream's last events, after its head was raised for them, with the time of that."""
    rows = list(_rows([Part(stream_id, 1 - len(payloads), payloads)], None))
    _count_at_commit(rows)
    return statements.insert_events_below_head(stream_id, rows)


def _count_at_commit(rows: Sequence[sql.SqlRow]) -> None:
    for type_, number in Counter(str(row[_TYPE]) for row in rows).items():
        transaction.on_commit(partial(EVENTS_RECORDED.labels(type_).inc, number))


def _rows(parts: Sequence[Part], stored_at: object) -> Iterator[sql.SqlRow]:
    around, ids = provenance(), _random_uuids(sum(len(part.payloads) for part in parts))
    numbered = (
        (part.stream_id, *each) for part in parts for each in enumerate(part.payloads, start=part.first)
    )
    for stream_id, seq, each in numbered:
        payload, source = (each.payload, each.source) if isinstance(each, CausedPayload) else (each, around)
        kind, text = _print(payload)
        yield (
            stream_id,
            seq,
            next(ids),
            kind.TYPE,
            kind.V,
            payload.about_task,
            text,
            source.actor.type,
            source.actor.id,
            stored_at,
            source.causation_id.hex if source.causation_id else None,
            source.request_id,
            source.traceparent,
            source.client_request_id,
        )


def _print(payload: Payload | PrintedPayload) -> tuple[type[Payload], str]:
    """Return the type of a payload and the JSON text that the log stores."""
    if isinstance(payload, PrintedPayload):
        return payload.kind, payload.text
    return type(payload), payload.model_dump_json()


def _random_uuids(count: int) -> Iterator[str]:
    """Yield UUIDs of version 4 (RFC 9562, 5.4) as 32 digits, in a fraction of the time of `uuid4`."""
    digits = urandom(16 * count).hex()
    for start in range(0, 32 * count, 32):
        one = digits[start : start + 32]
        yield f"{one[:12]}4{one[13:16]}{'89ab'[int(one[16], 16) & 3]}{one[17:]}"


def _insert(rows: Sequence[sql.SqlRow]) -> None:
    """Insert event rows without the ORM, which would parse and print the JSON again.

    COPY takes half the time of an INSERT of many rows in PostgreSQL, and a fifth of it in this process. SQLite runs a
    short statement many times faster than it parses a long one.
    """
    if database_vendor() != "postgresql":
        with connection.cursor() as cursor:
            cursor.executemany(statements.insert_event(), rows)
    elif len(rows) >= ROWS_WORTH_COPYING:
        copy_format.copy_lines("events_app_event", statements.EVENT_COLUMNS, [_line(row) for row in rows])
    else:
        sql.execute(*statements.insert_events(rows))


def _line(row: sql.SqlRow) -> str:
    (
        stream_id,
        seq,
        event_id,
        type_,
        v,
        task_id,
        data,
        actor_type,
        actor_id,
        at,
        cause,
        request,
        trace,
        named,
    ) = row
    text, or_null = copy_format.escape_text, copy_format.or_null
    return (
        f"{stream_id}\t{seq}\t{event_id}\t{type_}\t{v}\t{or_null(task_id)}\t{text(data)}\t{actor_type}"
        f"\t{text(actor_id)}\t{at}\t{or_null(cause)}\t{text(request)}\t{text(trace)}"
        f"\t{or_null(named and text(named))}\n"
    )
