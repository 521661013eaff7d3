"""Refuses request bodies that are too large, by their headers, before anything reads them; and all files."""

from collections.abc import Awaitable, Callable
from typing import Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from events_app.api.body_bounds import refuse_body
from foundation.counters import count
from foundation.http.problems import Problem
from todo_project.api.errors import plain_response

_MAX_FORM_BYTES: Final = 16 * 1024
_FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class BoundBodies:
    """Middleware: answers 413, 411 or 401 by `settings.BODY_BOUNDS`, without calling the inner middleware.

    A call without a body passes, whether its Content-Length is 0 or missing.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        problem = refuse_body(request.path_info, lambda name: _header(request, name))
        if problem is None:
            return self.get_response(request)
        count(f"http.bodies_refused.{problem.status}")
        refusal = plain_response(problem)
        refusal["Content-Length"] = str(len(refusal.content))  # an inner middleware sets it on other answers
        return _awaitable(refusal) if iscoroutinefunction(self) else refusal


class BoundForms(MiddlewareMixin):
    """Middleware: limits the size of forms, except those of staff, before the CSRF check reads them.

    A form of a megabyte can take a second to parse: a thousand fields, each with hundreds of headers. Only staff have
    long forms; the others are forms to sign in and to sign out.
    """

    def process_view(self, request: HttpRequest, view: object, *_: object) -> HttpResponseBase | None:
        """Answer 413 for a form that is too large. Views without a CSRF check read their forms themselves."""
        if request.content_type not in _FORM_TYPES or getattr(view, "csrf_exempt", False):
            return None
        if int(_header(request, "content-length") or 0) <= _MAX_FORM_BYTES or _is_staff(request):
            return None
        count("http.forms_refused")
        return plain_response(Problem(413, "too_large", f"The form is larger than {_MAX_FORM_BYTES} bytes."))


def _is_staff(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # a call with a token has no session
    return user is not None and user.is_active and user.is_staff


class RefuseFiles(FileUploadHandler):
    """Upload handler: the platform accepts no files, and the first one in a form ends the call with 413."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Raise RequestDataTooBig before any byte of the file is read."""
        raise RequestDataTooBig("The platform takes no files.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: there is no file to receive."""

    def file_complete(self, file_size: int) -> None:
        """Never called: there is no file to complete."""


def _header(request: HttpRequest, name: str) -> str:
    key = name.upper().replace("-", "_")
    value: str = request.META.get(key if key == "CONTENT_LENGTH" else f"HTTP_{key}", "")
    return value


async def _awaitable(response: HttpResponseBase) -> HttpResponseBase:
    return response
