"""Filters of lists. In the form of the browsable API, their labels are the names of their parameters."""

from collections.abc import Iterable
from typing import Any, ClassVar

import django_filters
from django import forms
from django_filters.fields import ChoiceField
from drf_spectacular.utils import extend_schema_field

from foundation.http import shapes
from foundation.http.error_bounds import show_value
from foundation.http.fields import not_among
from foundation.http.parameters import MAX_ID_DIGITS, is_id


class LabelledFilterSet(django_filters.FilterSet):
    """A filter set that labels each filter by its parameter, not by a field of a model.

    A parameter that is not `repeatable` takes one value: given twice, it is refused.
    """

    repeatable: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, each in self.filters.items():
            each.label = name.replace("_", " ").capitalize()


def form_error(sentence: str, *, code: str) -> forms.ValidationError:
    """Return the error of a form's field. The sentence may repeat what was given: `%` in it means nothing."""
    return forms.ValidationError("%(sentence)s", code=code, params={"sentence": sentence})


class WordChoiceField(ChoiceField):
    """One of a few words."""

    def validate(self, value: Any) -> None:
        """Refuse another word, and say which there are."""
        if value and not self.valid_value(value):
            words = [str(word) for word, _ in self.choices if word]
            raise form_error(not_among(value, words), code="invalid_choice")


class WordFilter(django_filters.ChoiceFilter):
    """A parameter that is one of `words`; empty, as forms send it, is as if it were not there."""

    field_class = WordChoiceField

    def __init__(self, words: Iterable[str], **options: Any) -> None:
        known = list(words)
        super().__init__(choices=[(word, word) for word in known], **options)
        extend_schema_field({"type": "string", "enum": [*known, ""]})(self)


class IdField(forms.CharField):
    """One id."""

    described: ClassVar[shapes.JsonSchema] = shapes.ID

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        text = super().to_python(value)
        if text and not is_id(text):
            raise form_error(f"{no_id(text)}.", code="invalid")
        return int(text) if text else None


def no_id(text: str) -> str:
    """Return the beginning of the sentence that refuses a text as an id."""
    return f"{show_value(text)} is no id: write a whole number from 1 on, of at most {MAX_ID_DIGITS} digits"
