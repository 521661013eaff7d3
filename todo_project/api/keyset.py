"""Keyset pagination: rows after or before a position, at a cost that does not depend on how deep it lies.

A condition with ORs would make databases read from the beginning. Instead the rest of a list is cut into
segments, each a plain range of the index: same first keys, then a later one; nulls last. Read one after the
other until the page is full, in one statement where rows are tuples.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import EmptyResultSet, FieldDoesNotExist
from django.db import connections
from django.db.models import F, Model, Q, QuerySet, prefetch_related_objects
from django.db.models.expressions import OrderBy
from django.db.models.query import NamedValuesListIterable
from django.db.models.utils import create_namedtuple_class

from events_app.http import SortKey

Rows = QuerySet[Model]
Position = Sequence[Any]
_Range = tuple[Q, tuple[SortKey, ...]]
"""Rows, and what remains of a key to sort them by."""


@dataclass(frozen=True)
class Segment:
    """A part of a list: which rows, and the keys that they differ in."""

    condition: Q
    keys: tuple[SortKey, ...]

    def of(self, rows: Rows, *, backward: bool) -> Rows:
        """Return its rows in order, or the other way round."""
        return rows.filter(self.condition).order_by(*(_order_by(key, backward=backward) for key in self.keys))


@dataclass(frozen=True)
class Keyset:
    """An order of rows; the last key is unique."""

    keys: tuple[SortKey, ...]

    @property
    def text(self) -> str:
        """Return the order as one text, such as `due_at,-id`: a position means nothing in another order."""
        return ",".join(f"-{key.name}" if key.descending else key.name for key in self.keys)

    @property
    def condition(self) -> Q:
        """Return which rows are in the list at all: those of its groups, if it has any."""
        return reduce(or_, (condition for _, condition in self.keys[0].groups), Q())

    def position_of(self, row: Model) -> list[Any]:
        """Return where a row stands."""
        return [_value(row, key.name) for key in self.keys]

    def read(
        self, rows: Rows, *, limit: int, position: Position | None = None, backward: bool = False
    ) -> list[Model]:
        """Return at most `limit` rows next to `position` (None: the end that one comes from), in list order."""
        plain = rows.prefetch_related(None)
        segments = [
            each.of(plain, backward=backward)[:limit] for each in self._segments(position, backward=backward)
        ]
        found = _read_in_turn(segments, limit)
        # Once for the page, not once for each segment.
        prefetch_related_objects(found, *rows._prefetch_related_lookups)  # type: ignore[attr-defined]
        return found[::-1] if backward else found

    def _segments(self, position: Position | None, *, backward: bool) -> Iterator[Segment]:
        """Yield the ranges that hold what comes next, nearest first: equal in all keys but the last, and so on."""
        if position is None:
            yield from self._whole(backward=backward)
            return
        for at in reversed(range(len(self.keys))):
            same = [_equal(key, value) for key, value in zip(self.keys[:at], position, strict=False)]
            for beyond, key in _beyond(self.keys[at], position[at], backward=backward):
                yield Segment(Q(*same, beyond), (*key, *self.keys[at + 1 :]))

    def _whole(self, *, backward: bool) -> Iterator[Segment]:
        """Yield the list, in the groups of its first key, values before nulls."""
        first, *rest = self.keys
        groups = list(_groups(first))
        for condition, key in groups[::-1] if backward else groups:
            yield Segment(condition, (*key, *rest))


def _read_in_turn(segments: Sequence[Rows], limit: int) -> list[Any]:
    """Return the first rows of all segments."""
    if len(segments) > 1 and segments[0]._iterable_class is NamedValuesListIterable:
        return _read_at_once(segments, limit)
    found: list[Any] = []
    for segment in segments:
        found += segment[: limit - len(found)]
        if len(found) >= limit:
            break
    return found


def _read_at_once(segments: Sequence[Rows], limit: int) -> list[Any]:
    """Read tuples of all segments in one statement.

    Both databases take the parts of UNION ALL in turn and stop at the limit; PostgreSQL would take them at once
    only in parallel workers, which it never does with parts that have limits of their own.
    """
    parts: list[str] = []
    params: list[Any] = []
    compiler = None
    for segment in segments:
        made = segment.query.get_compiler(using=segment.db)
        try:
            sql, own = made.as_sql()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT * FROM ({sql}) AS part{len(parts)}")
        params += own
        compiler = compiler or made
    if compiler is None:
        return []
    with connections[segments[0].db].cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} LIMIT {limit:d}", params)
        rows = compiler.results_iter([cursor.fetchall()], tuple_expected=True)
    row_class = create_namedtuple_class(*segments[0]._fields)  # type: ignore[attr-defined]
    return [row_class._make(row) for row in rows]


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


def _equal(key: SortKey, value: object) -> Q:
    if key.groups:
        return Q(*(condition for each, condition in key.groups if each == value))
    return Q(**{f"{key.name}__isnull": True} if value is None else {key.name: value})


def _groups(key: SortKey) -> Iterator[_Range]:
    """Yield the parts of a whole list, each with what remains of the key to sort it by."""
    if key.groups:
        yield from ((condition, ()) for _, condition in key.groups)
    elif key.nullable:
        yield Q(**{f"{key.name}__isnull": False}), (replace(key, nullable=False),)
        yield Q(**{f"{key.name}__isnull": True}), ()
    else:
        yield Q(), (key,)


def _beyond(key: SortKey, value: object, *, backward: bool) -> list[_Range]:
    """Return the ranges on the far side of `value`: of the values, and of the nulls, which come last."""
    if key.groups:
        return _other_groups(key, value, backward=backward)
    known = (replace(key, nullable=False),)
    if value is None:
        return [(Q(**{f"{key.name}__isnull": False}), known)] if backward else []
    comparison = "lt" if key.descending != backward else "gt"
    ranges: list[_Range] = [(Q(**{f"{key.name}__{comparison}": value}), known)]
    if key.nullable and not backward:
        ranges.append((Q(**{f"{key.name}__isnull": True}), ()))
    return ranges


def _other_groups(key: SortKey, value: object, *, backward: bool) -> list[_Range]:
    values = [each for each, _ in key.groups]
    at = values.index(value)
    others = key.groups[:at][::-1] if backward else key.groups[at + 1 :]
    return [(condition, ()) for _, condition in others]


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row
