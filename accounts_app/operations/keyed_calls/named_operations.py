"""Operations inside a call that their client has named: carried out once, answered the same for a day.

Kept beside the answers of whole calls, under the same quota. What stores is called inside `writing`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from accounts_app.credentials.hashes import hash_text
from accounts_app.models import KeyedAnswer
from accounts_app.operations.keyed_calls.answers import KEPT
from accounts_app.operations.keyed_calls.key_counts import check_key_quota, key_count_statements
from accounts_app.queries.statements import select_key_count
from foundation.database import sql

_NAMES_PER_READ: Final = 500
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class NamedOperation:
    """An operation as its client named it; `content` is whatever else must be the same."""

    name: str
    content: bytes

    @property
    def call(self) -> str:
        """What tells the operation from the user's others, and from calls."""
        return hash_text(f"operation\n{self.name}")

    @property
    def digest(self) -> str:
        """What tells its content from another."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class OperationAnswer:
    """What an operation was answered, in JSON, and the digest of its content; `is_short`: not all of it."""

    digest: str
    body: str
    is_short: bool = False


def find_operation_answers(
    user_id: int, named: Collection[NamedOperation], *, now: datetime
) -> Mapping[str, OperationAnswer]:
    """Return by name what operations of these names were answered within 24 hours."""
    names = {each.call: each.name for each in named}
    calls, found = list(names), {}
    for start in range(0, len(calls), _NAMES_PER_READ):
        part = calls[start : start + _NAMES_PER_READ]
        rows = KeyedAnswer.objects.filter(user_id=user_id, call__in=part, created_at__gte=now - KEPT)
        for row in rows:
            found[names[row.call]] = OperationAnswer(row.body, row.answer, row.is_short)
    return found


def check_room_for_answers(user_id: int, named: Collection[NamedOperation], *, now: datetime) -> None:
    """Raise TooManyKeys if the user may not have the answers of all these operations kept."""
    added = len({each.name for each in named})
    if added:
        check_key_quota(user_id, counted=_counted(user_id), since=now - KEPT, added=added)


def store_operation_answers(
    user_id: int, answered: Sequence[tuple[NamedOperation, OperationAnswer]], *, now: datetime
) -> None:
    """Store what operations were answered, in the transaction of what they changed. Raises TooManyKeys."""
    if not answered:
        return
    rows = [
        KeyedAnswer(
            user_id=user_id,
            call=named.call,
            body=answer.digest,
            status=_OK,
            answer=answer.body,
            is_short=answer.is_short,
            created_at=now,
        )
        for named, answer in answered
    ]
    counted, added = _counted(user_id), len(rows)
    at_most = check_key_quota(user_id, counted=counted, since=now - KEPT, added=added)
    sql.run_together(key_count_statements(user_id, at_most + added))
    for start in range(0, len(rows), _NAMES_PER_READ):
        part = rows[start : start + _NAMES_PER_READ]
        # Older ones of the same names are past their day; the sweep has not come to them yet.
        KeyedAnswer.objects.filter(user_id=user_id, call__in=[row.call for row in part]).delete()
        KeyedAnswer.objects.bulk_create(part)


def _counted(user_id: int) -> int | None:
    found = sql.fetch(*select_key_count(user_id))
    return int(found[0][0]) if found else None
