"""Keyset pagination: rows after or before a position, at a cost that does not depend on how deep it lies.

One query with ORs would make databases read from the beginning. Instead the rest of a list is cut into
segments, each a plain range of the index: same first keys, then a later one; nulls last. They are read in
turn until the page is full.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet, prefetch_related_objects
from django.db.models.expressions import OrderBy

from events_app.http import SortKey

Rows = QuerySet[Model]
Position = Sequence[Any]


@dataclass(frozen=True)
class Keyset:
    """An order of rows; the last key is unique."""

    keys: tuple[SortKey, ...]

    @property
    def text(self) -> str:
        """Return the order as one text, such as `due_at,-id`: a position means nothing in another order."""
        return ",".join(f"-{key.name}" if key.descending else key.name for key in self.keys)

    def position_of(self, row: Model) -> list[Any]:
        """Return where a row stands."""
        return [_value(row, key.name) for key in self.keys]

    def read(
        self, rows: Rows, *, limit: int, position: Position | None = None, backward: bool = False
    ) -> list[Model]:
        """Return at most `limit` rows next to `position` (None: the end that one comes from), in list order."""
        found: list[Model] = []
        plain = rows.prefetch_related(None).order_by(*self._order(backward=backward))
        for segment in self._segments(position, backward=backward):
            found += plain.filter(segment)[: limit - len(found)]
            if len(found) >= limit:
                break
        # Once for the page, not once for each segment.
        prefetch_related_objects(found, *rows._prefetch_related_lookups)  # type: ignore[attr-defined]
        return found[::-1] if backward else found

    def _order(self, *, backward: bool) -> list[OrderBy]:
        return [_order_by(key, backward=backward) for key in self.keys]

    def _segments(self, position: Position | None, *, backward: bool) -> Iterator[Q]:
        """Yield the ranges that hold what comes next, nearest first: equal in all keys but the last, and so on."""
        if position is None:
            yield Q()
            return
        for at in reversed(range(len(self.keys))):
            same = [
                Q(**_equal(key.name, value)) for key, value in zip(self.keys[:at], position, strict=False)
            ]
            for beyond in _beyond(self.keys[at], position[at], backward=backward):
                yield Q(*same, beyond)


def keyset_of(order: Sequence[SortKey | str], rows: Rows) -> Keyset:
    """Return the keyset for a view's order; a field that can be null is found in the model."""
    return Keyset(tuple(_resolved(each, rows.model) for each in order))


def _resolved(given: SortKey | str, model: type[Model]) -> SortKey:
    key = given if isinstance(given, SortKey) else SortKey(given.lstrip("-"), descending=given[:1] == "-")
    return key if key.nullable is not None else replace(key, nullable=_is_nullable(key.name, model))


def _is_nullable(name: str, model: type[Model]) -> bool:
    try:
        return bool(getattr(model._meta.get_field(name), "null", False))
    except FieldDoesNotExist:
        if name == "pk":
            return False
        raise ValueError(f"Say whether the sort key {name} is nullable.") from None


def _order_by(key: SortKey, *, backward: bool) -> OrderBy:
    nulls: Mapping[str, bool] = {"nulls_first" if backward else "nulls_last": True} if key.nullable else {}
    descending = key.descending != backward
    return F(key.name).desc(**nulls) if descending else F(key.name).asc(**nulls)


def _equal(name: str, value: object) -> dict[str, object]:
    return {f"{name}__isnull": True} if value is None else {name: value}


def _beyond(key: SortKey, value: object, *, backward: bool) -> list[Q]:
    """Return the ranges on the far side of `value`: of the values, and of the nulls, which come last."""
    if value is None:
        return [Q(**{f"{key.name}__isnull": False})] if backward else []
    comparison = "lt" if key.descending != backward else "gt"
    ranges = [Q(**{f"{key.name}__{comparison}": value})]
    if key.nullable and not backward:
        ranges.append(Q(**{f"{key.name}__isnull": True}))
    return ranges


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row
