"""Keyset pagination: an order of rows, and the ranges of keys that follow a position. No database here.

With a condition of ORs, databases would read an index from its beginning. So the rest of a list is split into ranges
of an index: the first keys are equal to the position's, the next one is beyond it; nulls come last. The rows of a page
come from one range after the other, until the page is full.
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
    """A condition on one key. For a null test, `value` is None."""

    name: str
    operator: Operator
    value: Any = None


@dataclass(frozen=True)
class SortKey:
    """One key of a list's order; `name` is a field or column of its rows. Nulls come last either way.

    A view of a queryset has its order in `ordering` (names such as `-created_at`, or keys) or returns it from
    `get_ordering()`; the last key must be unique. `nullable` is required for a key that is not a field of the
    model; otherwise it comes from the model.

    The first key may have `groups`: its values in list order, each with the condition of its rows, which is a
    Comparison or another object that the `KeysetRows` understands. Such a list is read group by group; each group
    is a range of an index in the order of the other keys. Rows of no group are not in the list.
    """

    name: str
    descending: bool = False
    nullable: bool | None = None
    groups: tuple[tuple[Any, object], ...] = ()


_Keys = tuple[SortKey, ...]
_Part = tuple[tuple[object, ...], _Keys]
"""Conditions, and the key to sort their rows by: none where all these rows have null."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """A part of a list: the conditions of its rows, the keys to sort them by, their value of the key with groups."""

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
        """Return the order as one text, such as `due_at,-id`. A position is valid in this order only."""
        return ",".join(f"-{key.name}" if key.descending else key.name for key in self.keys)

    @property
    def conditions(self) -> tuple[object, ...]:
        """Return the conditions of the list's rows, of which a row meets at least one; empty means all rows."""
        return tuple(condition for _, condition in self.keys[0].groups)

    def ranges(self, position: _Position | None, *, backward: bool) -> Iterator[KeyRange]:
        """Yield the ranges that follow a position, nearest first. None is the list's start, or its end if backward."""
        if position is None:
            yield from self._whole(backward=backward)
            return
        first = self.keys[0]
        group = position[0] if first.groups else None
        for at in reversed(range(len(self.keys))):
            same = tuple(_equal(key, value) for key, value in zip(self.keys[:at], position, strict=False))
            if at == 0 and first.groups:
                yield from self._groups(_further_groups(first, group, backward=backward), backward=backward)
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
        """Return at most `limit` rows from the ranges, one range after the other."""

    @abstractmethod
    def count(self, at_most: int) -> int:
        """Return the number of rows, or `at_most` if there are more."""

    @abstractmethod
    def value(self, row: _R, name: str) -> Any:
        """Return a row's value of a key."""

    def page(self, *, limit: int, position: _Position | None = None, backward: bool = False) -> list[_R]:
        """Return at most `limit` rows after a position (before it if `backward`), in list order."""
        found = self.read(list(self.keyset.ranges(position, backward=backward)), limit)
        return found[::-1] if backward else found

    def position_of(self, row: _R) -> list[Any]:
        """Return the position of a row: its value of each key."""
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
    """Return the parts that follow `value` of a key: the further values, then the nulls, which come last."""
    known = (replace(key, nullable=False),)
    if value is None:
        return [((Comparison(key.name, "is not null"),), known)] if backward else []
    operator: Operator = "<" if key.descending != backward else ">"
    parts: list[_Part] = [((Comparison(key.name, operator, value),), known)]
    if key.nullable and not backward:
        parts.append(((Comparison(key.name, "is null"),), ()))
    return parts


def _further_groups(key: SortKey, value: object, *, backward: bool) -> Sequence[tuple[Any, object]]:
    at = [each for each, _ in key.groups].index(value)
    return key.groups[:at][::-1] if backward else key.groups[at + 1 :]
