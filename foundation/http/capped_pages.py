"""Paging for admin lists whose cost does not follow the size of the table."""

from typing import cast

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.utils.functional import cached_property

_COUNTED = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg] # Django has no generic one
    """A paginator that counts, and can reach, at most COUNTED rows: search or filter for the others."""

    @cached_property
    def count(self) -> int:
        rows = cast(QuerySet[Model], self.object_list)
        return rows[: _COUNTED + 1].count()
