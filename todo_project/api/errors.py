"""Turns every error of the API into a problem document (RFC 9457), wherever it was raised."""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.views import defaults
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

from foundation.http.errors import DomainError
from foundation.http.problems import MEDIA_TYPE, Problem, problem_of
from todo_project.api.renderers import FastJSONRenderer

logger = logging.getLogger(__name__)
PAGES = "/admin/"
_PAGE_TYPES = frozenset({"text/html", "text/*", "*/*"})
_FAILED = Problem(500, "server_error", "Internal error. Please report this request id.")


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: return the problem of an error, or None, which leaves it to `server_error`."""
    problem = problem_of(error)
    if problem is None:
        return None
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("The database refused: %s", error)
    set_rollback()
    response = Response(problem.document(), status=problem.status, headers=dict(problem.headers))
    _write_as_json(response, context["request"])
    return response


def _write_as_json(response: Response, request: Any) -> None:
    """Render as problem+json, except for callers who asked for the browsable page."""
    chosen = getattr(request, "accepted_renderer", None)
    if isinstance(chosen, BrowsableAPIRenderer):
        return
    request.accepted_renderer, request.accepted_media_type = FastJSONRenderer(), "application/json"
    response.content_type = MEDIA_TYPE


def plain_response(problem: Problem) -> HttpResponse:
    """Return a problem without DRF: from middleware, and for unknown paths."""
    body = orjson.dumps(problem.document())
    return HttpResponse(body, status=problem.status, content_type=MEDIA_TYPE, headers=dict(problem.headers))


def refusal_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the answer for a DomainError raised by one of Django's own pages: a page for browsers, else a problem."""
    problem = problem_of(error)
    if not _wants_page(request):
        return plain_response(problem)
    page = {
        "title": HTTPStatus(problem.status).phrase,
        "detail": problem.detail,
        "seconds": error.retry_after_seconds,
        "again": request.get_full_path(),
    }
    body = render_to_string("refused.html", page, request)
    return HttpResponse(body, status=problem.status, headers=dict(problem.headers))


def _wants_page(request: HttpRequest) -> bool:
    """Whether a browser asks. Django's `accepts` raises for encoded parameters and is slow for many semicolons."""
    wanted = request.headers.get("Accept", "*/*").split(",")
    return not _PAGE_TYPES.isdisjoint(each.partition(";")[0].strip().lower() for each in wanted)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, exception, page=defaults.bad_request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, exception, page=defaults.permission_denied)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, exception, page=defaults.page_not_found)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer 500, or the problem of the error, such as 503 when middleware found no database."""
    if request.path.startswith(PAGES):
        return defaults.server_error(request)
    error = sys.exception()  # Django passes no exception to this handler, but calls it while handling one
    known = problem_of(error) if isinstance(error, Exception) else None
    return plain_response(known or _FAILED)


def _answer(
    request: HttpRequest, error: Exception, *, page: Callable[..., HttpResponseBase]
) -> HttpResponseBase:
    problem = problem_of(error)
    if problem is None or request.path.startswith(PAGES):
        return page(request, error)
    return plain_response(problem)
