"""Errors of the audit trail.

DomainError
└── NothingKnown    404
"""

from typing import ClassVar

from foundation.http.errors import DomainError


class NothingKnown(DomainError):
    """The user has, and had, no such task."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "not_found"
    detail = "There is no such task."
