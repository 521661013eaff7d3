"""Paged lists: the query parameters `limit`, `cursor` and `count`, and the links to other pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core import signing
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from foundation.http.fields import not_among, refuse_number
from foundation.http.keyset import Keyset, KeysetRows, SortKey
from foundation.http.query_rows import QueryRows

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_MAX_COUNTED = 10_000
MAX_CURSOR_CHARACTERS = 2000
SALT = "todo_project.api.paging"  # clients hold cursors that were signed with it
_CURSOR = re.compile("[?&]cursor=")
_CACHED_URL = 500
_LONG = 60
_KINDS = {kind.__name__: kind for kind in (datetime, date, time)}


@dataclass(frozen=True)
class PageCursor:
    """Where a page begins: after `position`, or before it if `backward`. None is the list's start, or its end."""

    position: Sequence[Any] | None = None
    backward: bool = False


_START = PageCursor()
NOT_A_CURSOR = "This is no cursor: send one whole, as `next` or `previous` of a page has it."


class CursorPaging(BasePagination):
    """Keyset paging: `{"results", "next", "previous"}`, and `count` on request. No row repeats when rows change.

    A view of a queryset has its order in `ordering` or `get_ordering()`, whose last key is unique; KeysetRows have
    their own. A view with `plain_list = True` returns an array with Link headers instead, for older clients.
    """

    query_parameters = ("limit", "cursor", "count")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.plain = request, getattr(view, "plain_list", False)
        self.limit, counted = _limit(request), _flag(request, "count")
        rows = queryset if isinstance(queryset, KeysetRows) else QueryRows(queryset, _order_of(view))
        self.keyset = rows.keyset
        self.cursor = _read_cursor(request, self.keyset)
        self.count = rows.count(_MAX_COUNTED + 1) if counted else None
        found = rows.page(limit=self.limit + 1, position=self.cursor.position, backward=self.cursor.backward)
        self.has_more = len(found) > self.limit
        page = found[-self.limit :] if self.cursor.backward else found[: self.limit]
        self.ends = (rows.position_of(page[0]), rows.position_of(page[-1])) if page else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        if self.plain:
            return Response(data, headers=self._link_headers())
        links = {"next": self._next_url(), "previous": self._previous_url()}
        return Response({"results": data, **links, **self._count()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {
                "results": schema,
                "next": link,
                "previous": link,
                "count": {"type": "integer", "description": f"With count=true; at most {_MAX_COUNTED}."},
                "count_capped": {"type": "boolean", "description": "True when there are more than counted."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        integer = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            _parameter("limit", "Rows in a page.", integer),
            _parameter("cursor", "From `next` or `previous` of another page.", {"type": "string"}),
            _parameter("count", "Whether to count all rows.", {"type": "boolean", "default": False}),
        ]

    def _next_url(self) -> str | None:
        if self.cursor.backward:
            return self._url(PageCursor(self.ends[1]) if self.ends else _START)
        return self._url(PageCursor(self.ends[1])) if self.has_more and self.ends else None

    def _previous_url(self) -> str | None:
        if self.cursor.backward:
            return self._url(PageCursor(self.ends[0], backward=True)) if self.has_more and self.ends else None
        if self.cursor == _START:
            return None
        return self._url(PageCursor(self.ends[0] if self.ends else None, backward=True))

    def _url(self, cursor: PageCursor) -> str:
        here = self.request.build_absolute_uri()
        if cursor == _START:
            return remove_query_param(here, "cursor")
        before, after = (_around_cursor if len(here) < _CACHED_URL else _around_cursor.__wrapped__)(here)
        signed = _sign_cursor(cursor, self.keyset).replace(
            ":", "%3A"
        )  # all else in it stands in URLs as it is
        return f"{before}{signed}{after}"

    def _count(self) -> dict[str, Any]:
        if self.count is None:
            return {}
        return (
            {"count": _MAX_COUNTED, "count_capped": True}
            if self.count > _MAX_COUNTED
            else {"count": self.count}
        )

    def _link_headers(self) -> dict[str, str]:
        urls = {"next": self._next_url(), "prev": self._previous_url()}
        links = ", ".join(f'<{url}>; rel="{name}"' for name, url in urls.items() if url)
        counts = {"X-Total-Count": str(self._count()["count"])} if self.count is not None else {}
        return {**({"Link": links} if links else {}), **counts}


def _order_of(view: Any) -> Sequence[SortKey | str]:
    order: Sequence[SortKey | str] = view.get_ordering() if hasattr(view, "get_ordering") else view.ordering
    return order


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT):
        raise _refusal("limit", refuse_number(text, least=1, most=MAX_LIMIT))
    return int(text)


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise _refusal(name, not_among(text, ("true", "false")))
    return text == "true"


def _read_cursor(request: Request, keyset: Keyset) -> PageCursor:
    text = request.query_params.get("cursor")
    if text is None:
        return _START
    try:
        order, backward, position = signing.loads(text[: MAX_CURSOR_CHARACTERS + 1], salt=SALT)
    except signing.BadSignature:
        raise _refusal("cursor", NOT_A_CURSOR, code="invalid_cursor") from None
    if order != keyset.text:
        raise _refusal(
            "cursor",
            f"This cursor belongs to another order of the list, {order}: page on in that order, or begin without it.",
            code="invalid_cursor",
        )
    return PageCursor(None if position is None else [_unpack(each) for each in position], backward=backward)


@lru_cache(maxsize=512)
def _around_cursor(url: str) -> tuple[str, str]:
    """Return what stands before and after the cursor in a URL with another one."""
    text: str = replace_query_param(url, "cursor", "")
    place = _CURSOR.search(text)
    assert place is not None  # noqa: S101 - it has just been put there
    return text[: place.end()], text[place.end() :]


def _sign_cursor(cursor: PageCursor, keyset: Keyset) -> str:
    position = None if cursor.position is None else [_pack(each) for each in cursor.position]
    content = [keyset.text, cursor.backward, position]
    # Titles may be long; to try to make a few numbers shorter takes longer than all else here.
    is_long = any(isinstance(each, str) and len(each) > _LONG for each in position or ())
    return signing.dumps(content, salt=SALT, compress=is_long)


def _pack(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return [type(value).__name__, value.isoformat()]
    return str(value) if isinstance(value, UUID | Decimal) else value


def _unpack(value: Any) -> Any:
    return _KINDS[value[0]].fromisoformat(value[1]) if isinstance(value, list) else value


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _refusal(name: str, detail: str, *, code: str = "invalid") -> ValidationError:
    return ValidationError({name: [ErrorDetail(detail, code=code)]})
