"""Request bodies: bounded by their headers before anything reads them, and never files."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponseBase

from events_app.api.body_bounds import refuse_body
from foundation.counters import count
from todo_project.api.errors import plain_response

_Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class BoundBodies:
    """Answer 413, 411 or 401 in place of everything further in, by `settings.BODY_BOUNDS`.

    A call without a body passes, with a length of 0 or without one.
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
        refusal["Content-Length"] = str(len(refusal.content))  # else set further in
        return _now(refusal) if iscoroutinefunction(self) else refusal


class RefuseFiles(FileUploadHandler):
    """The platform takes no files: the first one in a form ends the call with 413."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Refuse before a byte of the file is read."""
        raise RequestDataTooBig("The platform takes no files.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: there is no file to receive."""

    def file_complete(self, file_size: int) -> None:
        """Never called: there is no file to complete."""


def _header(request: HttpRequest, name: str) -> str:
    key = name.upper().replace("-", "_")
    value: str = request.META.get(key if key == "CONTENT_LENGTH" else f"HTTP_{key}", "")
    return value


async def _now(response: HttpResponseBase) -> HttpResponseBase:
    return response
