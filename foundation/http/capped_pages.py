"""Paging for admin lists at a cost that does not grow with the table."""

from typing import cast

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.utils.functional import cached_property

_MAX_COUNTED = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg] # Django has no generic one
    """A paginator that counts and reaches at most `_MAX_COUNTED` rows; operators search or filter for the others."""

    @cached_property
    def count(self) -> int:
        rows = cast(QuerySet[Model], self.object_list)
        return rows[: _MAX_COUNTED + 1].count()
