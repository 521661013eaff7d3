"""Grouping of neighbours, for statements that serve many small things at once and a large one alone."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_T = TypeVar("_T")


def group_by_size(items: Iterable[_T], size: Callable[[_T], int], *, most: int) -> Iterator[list[_T]]:
    """Yield neighbours whose sizes together are at most `most`, in order; one that is larger comes alone."""
    group: list[_T] = []
    total = 0
    for item in items:
        if group and total + size(item) > most:
            yield group
            group, total = [], 0
        group.append(item)
        total += size(item)
    if group:
        yield group
