"""A permission that refuses unknown query parameters and ids in paths that no row can have."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.http import Http404, QueryDict
from rest_framework.exceptions import ErrorDetail, MethodNotAllowed, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.settings import api_settings

from foundation.http.fields import unknown_names

if TYPE_CHECKING:  # the settings name this module, and to import views reads the settings
    from rest_framework.views import APIView

REPEATED_PARAMETER = ErrorDetail("Give this query parameter once: it takes one value.", code="repeated")
MAX_ID_DIGITS = 18


class KnownParameters(BasePermission):
    """Refuses methods that a view does not have, query parameters that it does not know or that are repeated, and NUL.

    Databases refuse NUL. Only what a filter set lists as `repeatable` may be given more than once.
    A view knows `format`, its `query_parameters` and, for a list, the filters of its `filterset_class` and the
    `query_parameters` of its paginator.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        declared = declared_methods(view)
        view.headers["Allow"] = ", ".join(declared)
        if request.method not in declared:  # before its parameters, which no method reads
            raise MethodNotAllowed(request.method or "")
        known, repeatable = known_parameters(view), _repeatable_parameters(view)
        errors = find_wrong_parameters(request.query_params, known=known, repeatable=repeatable)
        if errors:
            raise ValidationError(errors)
        if any(_is_beyond_ids(value) for value in view.kwargs.values()):
            raise Http404
        return True


def declared_methods(view: "APIView") -> list[str]:
    """Return the methods that this view answers, in upper case: those of the OpenAPI document, and HEAD beside GET."""
    names = [name for name in view.http_method_names if hasattr(view, name) and name != "options"]
    return [name.upper() for name in names]


def known_parameters(view: "APIView") -> frozenset[str]:
    """Return the names of the query parameters that this view accepts for its current request."""
    known = {api_settings.URL_FORMAT_OVERRIDE, *getattr(view, "query_parameters", ())}
    if _is_list(view):
        filters = getattr(view, "filterset_class", None)
        known |= set(filters.base_filters if filters else ())
        known |= set(getattr(getattr(view, "paginator", None), "query_parameters", ()))
    return frozenset(name for name in known if name)


def _is_list(view: "APIView") -> bool:
    return (
        view.request.method in SAFE_METHODS and hasattr(view, "list") and not getattr(view, "detail", False)
    )


def is_id(text: str) -> bool:
    """Say whether a text is a number that an id can be: from 1 on, in ASCII digits, at most MAX_ID_DIGITS."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS and int(text) > 0


def _repeatable_parameters(view: "APIView") -> frozenset[str]:
    filters = getattr(view, "filterset_class", None) if _is_list(view) else None
    return getattr(filters, "repeatable", frozenset())


def find_wrong_parameters(
    given: QueryDict, *, known: frozenset[str], repeatable: frozenset[str]
) -> dict[Any, list[ErrorDetail]]:
    """Return the errors of parameters by name: unknown ones, repeated ones that take one value, and NUL in one."""
    unknown = [name for name in given if name not in known]
    wrong = unknown_names(unknown, known, what="query parameter", code="unknown_parameter")
    for name, values in given.lists():
        if name in known and any("\0" in value for value in values):
            wrong[name] = [_nul_in(values)]
        elif name in known and len(values) > 1 and name not in repeatable:
            wrong[name] = [REPEATED_PARAMETER]
    return wrong


def _nul_in(values: Sequence[str]) -> ErrorDetail:
    at = next(value.index("\0") for value in values if "\0" in value) + 1
    return ErrorDetail(f"Character {at} is NUL: write text without it.", code="invalid_character")


def _is_beyond_ids(value: object) -> bool:
    return isinstance(value, str) and value.isdigit() and len(value) > MAX_ID_DIGITS
