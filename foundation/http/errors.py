"""The base class of domain errors. The API answers them as problem documents.

DomainError            status, code, detail, errors; the API answers it as problem+json
  └ each app's errors  `class TaskNotFound(DomainError): status = 404; code = "not_found"; detail = "…"`
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field; `field` is a path such as `reminders[0].offset`."""

    field: str
    code: str
    detail: str


class DomainError(Exception):
    """A rule of the domain was broken; nothing was changed.

    A subclass states the fact by its name, `status`, `code` and `detail` (a sentence that is safe to show).
    It can be raised with another detail, with the `field` that is wrong, or with several `errors` at once and the
    number of `more_errors`. `retry_after_seconds` becomes the Retry-After header.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    detail: str = "The request can not be carried out."

    def __init__(
        self,
        detail: str = "",
        *,
        field: str = "",
        errors: Collection[FieldProblem] = (),
        more_errors: int = 0,
        retry_after_seconds: int | None = None,
    ) -> None:
        self.detail = detail or self.detail
        own = (FieldProblem(field, self.code, self.detail),) if field else ()
        self.errors = (*own, *errors)
        self.more_errors = more_errors
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.detail)
