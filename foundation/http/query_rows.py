"""A queryset as a paged list: each range of its keyset becomes a filtered and sorted queryset."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet, prefetch_related_objects
from django.db.models.expressions import OrderBy

from foundation.http.keyset import Comparison, KeyRange, Keyset, KeysetRows, SortKey

_LOOKUPS: Final[Mapping[str, str]] = {"=": "exact", "<": "lt", ">": "gt"}


class QueryRows(KeysetRows[Any]):
    """The rows of a queryset. Whether a key is nullable comes from the model's field."""

    def __init__(self, rows: QuerySet[Any], order: Iterable[SortKey | str]) -> None:
        self.rows = rows
        self.keyset = Keyset(tuple(_resolve(each, rows.model) for each in order))

    def read(self, ranges: Sequence[KeyRange], limit: int) -> list[Any]:
        plain, found = self.rows.prefetch_related(None), list[Any]()
        for each in ranges:
            found += _select_range(plain, each)[: limit - len(found)]
            if len(found) >= limit:
                break
        # One query for the page, not one for each range.
        prefetch_related_objects(found, *self.rows._prefetch_related_lookups)  # type: ignore[attr-defined]
        return found

    def count(self, at_most: int) -> int:
        return self.rows.order_by()[:at_most].count()

    def value(self, row: Any, name: str) -> Any:
        for part in name.split("__"):
            row = getattr(row, part)
        return row


def _select_range(rows: QuerySet[Any], part: KeyRange) -> QuerySet[Any]:
    condition = reduce(
        and_, (_condition(each) for each in part.conditions if isinstance(each, Comparison)), Q()
    )
    return rows.filter(condition).order_by(*(_order_by(key, backward=part.backward) for key in part.keys))


def _condition(comparison: Comparison) -> Q:
    name, operator = comparison.name, comparison.operator
    if operator in _LOOKUPS:
        return Q(**{f"{name}__{_LOOKUPS[operator]}": comparison.value})
    return Q(**{f"{name}__isnull": operator == "is null"})


def _order_by(key: SortKey, *, backward: bool) -> OrderBy:
    nulls: Mapping[str, bool] = {"nulls_first" if backward else "nulls_last": True} if key.nullable else {}
    descending = key.descending != backward
    return F(key.name).desc(**nulls) if descending else F(key.name).asc(**nulls)


def _resolve(given: SortKey | str, model: type[Model]) -> SortKey:
    key = given if isinstance(given, SortKey) else SortKey(given.lstrip("-"), descending=given[:1] == "-")
    return key if key.nullable is not None else replace(key, nullable=_is_nullable(key.name, model))


def _is_nullable(name: str, model: type[Model]) -> bool:
    try:
        return bool(getattr(model._meta.get_field(name), "null", False))
    except FieldDoesNotExist:
        if name == "pk":
            return False
        raise ValueError(f"Say whether the sort key {name} is nullable.") from None
