"""Bodies of the endpoints of saved views. The list's own filters check their queries."""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from foundation.http import shapes
from foundation.http.fields import TextField, WholeField, WordField
from foundation.http.parameters import find_wrong_parameters
from foundation.http.serializers import StrictSerializer
from tasks_app.api.filters import LIST_RULES, TaskFilter, clean_parameters
from tasks_app.models import SavedView
from tasks_app.operations.saved_views import ViewFields
from tasks_app.queries.saved_views import saved_view_row
from tasks_app.values.rows import Row
from tasks_app.values.texts import clean_line
from tasks_app.values.view_queries import MAX_VIEW_QUERY

MAX_VIEW_NAME = 100
MAX_VIEW_SORT = 100
_ORDERS = frozenset({"sort", "sort_by", "order"})
_ORDER_ELSEWHERE = ErrorDetail("The order of a view stands in its field sort.", code="conflict")


@extend_schema_field(shapes.visible_text(most=MAX_VIEW_NAME))
class ViewNameField(TextField):
    """A name: 1 to 100 characters, without those that cannot be seen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_VIEW_NAME, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(clean_line(data) if isinstance(data, str) else data)


class ViewQueryField(TextField):
    """A query string of the task list; errors stand at its parameters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_VIEW_QUERY, allow_blank=True, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        check_query(text)
        return text


class ViewSortField(TextField):
    """Keys to sort by, as the list's `sort` takes them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_VIEW_SORT, allow_blank=True, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        given = QueryDict(mutable=True)
        given["sort"] = text
        try:
            clean_parameters(given)
        except ValidationError as error:
            raise ValidationError(error.detail["sort"]) from None  # type: ignore[call-overload]
        return text


class SavedViewSerializer(StrictSerializer[SavedView]):
    """A saved view. PUT and PATCH take `id` and `version` as well, as they were answered."""

    rules = {
        **LIST_RULES,
        "unknown_parameter": "The query has a parameter that the task list does not have.",
        "conflict": "The query names an order, which stands in sort, or two things that exclude each other.",
        "invalid_choice": "A parameter of the query is none of its words.",
        "too_many": "The query has too many parameters or words.",
        "repeated": "A parameter of the query stands twice.",
        "invalid_character": "A parameter of the query has a NUL.",
        "invalid": "A parameter of the query, or a key of sort, is not as the task list takes it.",
    }

    id = serializers.IntegerField(read_only=True)
    name = ViewNameField()
    query = ViewQueryField(
        help_text="A query string as `GET /api/tasks/` takes it, without its order and its pages."
    )
    group = WordField(choices=SavedView.Group.values, required=False, help_text="What the page groups by.")
    sort = ViewSortField(
        required=False, help_text="As `sort` of `GET /api/tasks/`; empty: earliest due first."
    )
    position = WholeField(
        min_value=0,
        max_value=10_000,
        required=False,
        help_text="Its place, from 0 on; the others make room. One beyond the last is the last.",
    )
    version = serializers.IntegerField(
        read_only=True, help_text="Grows with each change; the `ETag` has it too."
    )

    def to_representation(self, instance: SavedView) -> Row:
        return saved_view_row(instance)

    def view_fields(self) -> ViewFields:
        """Return what the body sets. Raises ValidationError."""
        self.is_valid(raise_exception=True)
        return ViewFields(**self.validated_data)


def check_query(text: str) -> None:
    """Raise ValidationError, at the parameters, if the task list would refuse this query string."""
    try:
        parameters = QueryDict(text)
    except SuspiciousOperation:
        raise ValidationError("These are too many parameters.", code="too_many") from None
    wrong = find_wrong_parameters(
        parameters,
        known=frozenset(TaskFilter.base_filters) - _ORDERS,
        repeatable=TaskFilter.repeatable,
    )
    wrong |= {name: [_ORDER_ELSEWHERE] for name in parameters if name in _ORDERS}
    if wrong:
        raise ValidationError(wrong)
    clean_parameters(parameters)
