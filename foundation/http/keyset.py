"""Keyset pagination: an order of rows, and the ranges that hold what comes next to a position. No database here.

A condition with ORs would make databases read from the beginning. Instead the rest of a list is cut into ranges,
each one of an index: same first keys, then a later one; nulls last. Who has the rows reads the ranges one after
the other until a page is full.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

_R = TypeVar("_R")
_Position = Sequence[Any]
Operator = Literal["=", "<", ">", "is null", "is not null"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition on one key; null tests have no value."""

    name: str
    operator: Operator
    value: Any = None


@dataclass(frozen=True)
class SortKey:
    """One key of a list's order; `name` is a field or column of its rows. Nulls come last either way.

    A view of a queryset says its order in `ordering` (names such as `-created_at`, or keys) or returns it from
    `get_ordering()`; the last key must be unique. A key that is not a field of the model must say here
    whether it is `nullable`; for a field the model knows.

    A first key may have `groups`: its values in list order, each with the condition of the rows that have it, a
    Comparison or what else the rows understand. Such a list is read group after group, each a range of an index in
    the order of the keys that follow; rows of no group are not in it.
    """

    name: str
    descending: bool = False
    nullable: bool | None = None
    groups: tuple[tuple[Any, object], ...] = ()


_Keys = tuple[SortKey, ...]
_Part = tuple[tuple[object, ...], _Keys]
"""Conditions, and what remains of a key to sort their rows by."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """A part of a list: which rows, the keys that they differ in, and their value of the key that has groups."""

    conditions: tuple[object, ...]
    keys: _Keys
    backward: bool
    group: Any = None


@dataclass(frozen=True)
class Keyset:
    """An order of rows; the last key is unique."""

    keys: _Keys

    @property
    def text(self) -> str:
        """Return the order as one text, such as `due_at,-id`: a position means nothing in another order."""
        return ",".join(f"-{key.name}" if key.descending else key.name for key in self.keys)

    @property
    def conditions(self) -> tuple[object, ...]:
        """Return which rows are in the list at all: those that meet any of these; empty means all."""
        return tuple(condition for _, condition in self.keys[0].groups)

    def ranges(self, position: _Position | None, *, backward: bool) -> Iterator[KeyRange]:
        """Yield what comes next to a position (None: the end that one comes from), nearest first."""
        if position is None:
            yield from self._whole(backward=backward)
            return
        first = self.keys[0]
        group = position[0] if first.groups else None
        for at in reversed(range(len(self.keys))):
            same = tuple(_equal(key, value) for key, value in zip(self.keys[:at], position, strict=False))
            if at == 0 and first.groups:
                yield from self._groups(_others(first, group, backward=backward), backward=backward)
                return
            for beyond, key in _beyond(self.keys[at], position[at], backward=backward):
                yield KeyRange((*same, *beyond), (*key, *self.keys[at + 1 :]), backward, group)

    def _whole(self, *, backward: bool) -> Iterator[KeyRange]:
        first, *rest = self.keys
        if first.groups:
            yield from self._groups(first.groups[::-1] if backward else first.groups, backward=backward)
            return
        parts = _values_and_nulls(first)
        for conditions, key in parts[::-1] if backward else parts:
            yield KeyRange(conditions, (*key, *rest), backward)

    def _groups(self, groups: Sequence[tuple[Any, object]], *, backward: bool) -> Iterator[KeyRange]:
        for value, condition in groups:
            yield KeyRange((condition,), self.keys[1:], backward, value)


class KeysetRows(ABC, Generic[_R]):
    """A list of rows that can be read range by range, in the order of its keyset."""

    keyset: Keyset

    @abstractmethod
    def read(self, ranges: Sequence[KeyRange], limit: int) -> list[_R]:
        """Return the first rows of all ranges in turn, at most `limit`."""

    @abstractmethod
    def count(self, at_most: int) -> int:
        """Return how many rows there are; beyond `at_most` counting ends."""

    @abstractmethod
    def value(self, row: _R, name: str) -> Any:
        """Return a row's value of a key."""

    def page(self, *, limit: int, position: _Position | None = None, backward: bool = False) -> list[_R]:
        """Return at most `limit` rows next to a position, in list order."""
        found = self.read(list(self.keyset.ranges(position, backward=backward)), limit)
        return found[::-1] if backward else found

    def position_of(self, row: _R) -> list[Any]:
        """Return where a row stands."""
        return [self.value(row, key.name) for key in self.keyset.keys]


def _equal(key: SortKey, value: object) -> object:
    if key.groups:
        return next(condition for each, condition in key.groups if each == value)
    return Comparison(key.name, "is null") if value is None else Comparison(key.name, "=", value)


def _values_and_nulls(key: SortKey) -> list[_Part]:
    if not key.nullable:
        return [((), (key,))]
    known = (replace(key, nullable=False),)
    return [((Comparison(key.name, "is not null"),), known), ((Comparison(key.name, "is null"),), ())]


def _beyond(key: SortKey, value: object, *, backward: bool) -> list[_Part]:
    """Return the ranges on the far side of `value`: of the values, and of the nulls, which come last."""
    known = (replace(key, nullable=False),)
    if value is None:
        return [((Comparison(key.name, "is not null"),), known)] if backward else []
    operator: Operator = "<" if key.descending != backward else ">"
    parts: list[_Part] = [((Comparison(key.name, operator, value),), known)]
    if key.nullable and not backward:
        parts.append(((Comparison(key.name, "is null"),), ()))
    return parts


def _others(key: SortKey, value: object, *, backward: bool) -> Sequence[tuple[Any, object]]:
    at = [each for each, _ in key.groups].index(value)
    return key.groups[:at][::-1] if backward else key.groups[at + 1 :]
