"""Every error of the API leaves as a problem document, wherever it was raised."""

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
_FAILED = Problem(500, "server_error", "We failed; the log says why, under this request id.")


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: answer what problems.py knows; leave the rest to `server_error`."""
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
    """Keep the browsable page for those who asked for it; everyone else gets problem+json."""
    chosen = getattr(request, "accepted_renderer", None)
    if isinstance(chosen, BrowsableAPIRenderer):
        return
    request.accepted_renderer, request.accepted_media_type = FastJSONRenderer(), "application/json"
    response.content_type = MEDIA_TYPE


def plain_response(problem: Problem) -> HttpResponse:
    """Return a problem outside DRF: from middleware and for paths that lead nowhere."""
    body = orjson.dumps(problem.document())
    return HttpResponse(body, status=problem.status, content_type=MEDIA_TYPE, headers=dict(problem.headers))


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return what Django's own pages answer when a rule refuses: a page for browsers, else a problem."""
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
    """Whether a browser asks. Django's `accepts` raises for encoded parameters, and takes long for many semicolons."""
    wanted = request.headers.get("Accept", "*/*").split(",")
    return not _PAGE_TYPES.isdisjoint(each.partition(";")[0].strip().lower() for each in wanted)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, exception, page=defaults.bad_request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, exception, page=defaults.permission_denied)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, exception, page=defaults.page_not_found)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Say that we failed; or, when middleware met it, that the database is away."""
    if request.path.startswith(PAGES):
        return defaults.server_error(request)
    error = sys.exception()  # Django hands this handler no exception; it runs while one is handled
    known = problem_of(error) if isinstance(error, Exception) else None
    return plain_response(known or _FAILED)


def _answer(
    request: HttpRequest, error: Exception, *, page: Callable[..., HttpResponseBase]
) -> HttpResponseBase:
    problem = problem_of(error)
    if problem is None or request.path.startswith(PAGES):
        return page(request, error)
    return plain_response(problem)
