"""The export of everything that is a user's, line by line, in memory that does not grow with the account.

`settings.EXPORT_PARTS` lists the parts, in order. Each takes the caller's credential and yields (kind, row), read by
the thousand at most. There is no snapshot: what changes meanwhile is exported as it was when its part was read.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Final, TypeVar

import orjson
from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from accounts_app.credentials.credential import Credential
from accounts_app.errors import ExportRunning
from accounts_app.models import User
from events_app.runtime import leases
from events_app.runtime.identity import new_holder
from foundation.database.transactions import database_now

FORMAT: Final = 1
ROWS_PER_READ: Final = 500
LEASE_SECONDS: Final = 60.0
_RENEW_SECONDS: Final = 15.0
Exported = Iterator[tuple[str, Any]]
_Row = TypeVar("_Row", bound=Model)


def begin_export(credential: Credential) -> Iterator[bytes]:
    """Return the lines of the export: a first one, one for each row, and a last one with the number of rows by kind.

    Without the last line it is not complete: it broke off, or the account was deleted meanwhile. A user has one export
    at a time; that of a process that was killed ends after a minute. Raises ExportRunning.
    """
    name, holder = lease_of(credential.user_id), new_holder()
    if not leases.acquire([name], holder=holder, seconds=LEASE_SECONDS):
        raise ExportRunning(retry_after_seconds=5)
    return _held(name, holder, export_lines(credential))


def lease_of(user_id: int) -> str:
    """Return the name of the lease of a user's export."""
    return f"export-{user_id}"


def export_lines(credential: Credential) -> Iterator[bytes]:
    """Yield the lines of the export of a user; see `begin_export`."""
    counts: Counter[str] = Counter()
    user_id = credential.user_id
    yield _line({"export": {"format": FORMAT, "user_id": str(user_id), "began_at": database_now()}})
    for path in settings.EXPORT_PARTS:
        part: Callable[[Credential], Exported] = import_string(path)
        for kind, row in part(credential):
            counts[kind] += 1
            yield _line({kind: row})
    if User.objects.filter(pk=user_id, deletion_requested_at=None).exists():
        yield _line({"end": True, "rows": dict(counts)})


def in_chunks(rows: QuerySet[_Row]) -> Iterator[list[_Row]]:
    """Yield rows by their keys, at most ROWS_PER_READ at a time, each time by a query of its own."""
    after: Any = None
    while chunk := list(
        (rows if after is None else rows.filter(pk__gt=after)).order_by("pk")[:ROWS_PER_READ]
    ):
        yield chunk
        after = chunk[-1].pk


def _held(name: str, holder: str, lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines and keep the lease until they end, or until the client is gone."""
    renew_at = monotonic() + _RENEW_SECONDS
    try:
        for line in lines:
            if monotonic() >= renew_at:
                leases.acquire([name], holder=holder, seconds=LEASE_SECONDS)
                renew_at = monotonic() + _RENEW_SECONDS
            yield line
    finally:
        leases.release([name], holder=holder)


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
