"""Filters of lists, with the names of their parameters as labels in the browsable API's form."""

from typing import Any

import django_filters


class LabelledFilterSet(django_filters.FilterSet):
    """A filter set whose filters need no model to be named after."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, each in self.filters.items():
            each.label = name.replace("_", " ").capitalize()
