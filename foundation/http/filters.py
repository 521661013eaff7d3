"""Filters of lists. In the form of the browsable API, their labels are the names of their parameters."""

from typing import Any, ClassVar

import django_filters


class LabelledFilterSet(django_filters.FilterSet):
    """A filter set that labels each filter by its parameter, not by a field of a model.

    A parameter that is not `repeatable` takes one value: given twice, it is refused.
    """

    repeatable: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, each in self.filters.items():
            each.label = name.replace("_", " ").capitalize()
