"""What a caller asks of the occurrences of a series, and the page of them that is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.utils.urls import replace_query_param

from foundation.http.fields import not_among, refuse_number
from foundation.http.paging import NOT_A_CURSOR
from tasks_app import recurrence as rec
from tasks_app.queries.occurrences import SlotStatus

DEFAULT_COUNT: Final = 10
MAX_ROWS: Final = 200
_FLAGS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class OccurrenceQuery:
    """How many are wanted from the open one on, whether the past is, and which page."""

    count: int
    past: bool
    limit: int
    beyond: str
    backward: bool

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "OccurrenceQuery":
        """Read the query parameters. Raises ValidationError, each named."""
        cursor = query.get("cursor", ">")
        return cls(
            count=_number(query, "n", default=DEFAULT_COUNT),
            past=_flag(query, "past"),
            limit=_number(query, "limit", default=MAX_ROWS),
            beyond=_slot(cursor),
            backward=cursor.startswith("<"),
        )


def page_of(
    rows: Sequence[SlotStatus], asked: OccurrenceQuery, *, url: str
) -> tuple[Sequence[SlotStatus], dict[str, str | None]]:
    """Return the page of rows (in order) that was asked for, and the links to those beside it."""
    if asked.backward:
        page = [row for row in rows if row.slot < asked.beyond][-asked.limit :]
    else:
        page = [row for row in rows if row.slot > asked.beyond][: asked.limit]
    if not page:
        return page, {"next": None, "previous": None}
    first, last = page[0].slot, page[-1].slot
    return page, {
        "next": replace_query_param(url, "cursor", f">{last}") if rows[-1].slot > last else None,
        "previous": replace_query_param(url, "cursor", f"<{first}") if rows[0].slot < first else None,
    }


def _slot(cursor: str) -> str:
    if cursor == ">":
        return ""
    try:
        if cursor[:1] not in ("<", ">"):
            raise _wrong("cursor", NOT_A_CURSOR, code="invalid_cursor")
        return rec.slot_text(rec.parse_slot(cursor[1:]))
    except rec.DueRefused:
        raise _wrong("cursor", NOT_A_CURSOR, code="invalid_cursor") from None


def _number(query: Mapping[str, str], name: str, *, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_ROWS):
        raise _wrong(name, refuse_number(text, least=1, most=MAX_ROWS))
    return int(text)


def _flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "false")
    if text not in _FLAGS:
        raise _wrong(name, not_among(text, list(_FLAGS)))
    return _FLAGS[text]


def _wrong(name: str, detail: str, *, code: str = "invalid") -> ValidationError:
    return ValidationError({name: [ErrorDetail(detail, code=code)]})
