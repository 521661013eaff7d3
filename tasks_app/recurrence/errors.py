"""The exceptions of this package.

RecurrenceError            carries `field`, `code` and a `detail` that may be shown
├── RuleRefused            a recurrence that cannot be parsed or is out of bounds
├── DueRefused             an invalid due, day or zone
└── OffsetRefused          an invalid reminder offset

Retrying with the same input fails again.
"""

from typing import Self


class RecurrenceError(ValueError):
    """An input was refused: `field` is its place in the body, `code` is for programs, `detail` for people."""

    default_field = "recurrence"

    def __init__(self, detail: str, *, code: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.field = field or self.default_field

    def at(self, field: str) -> Self:
        """Return the same refusal at another field."""
        return type(self)(self.detail, code=self.code, field=field)


class RuleRefused(RecurrenceError):
    """A recurrence cannot be parsed or is out of bounds."""


class DueRefused(RecurrenceError):
    """A due, day or zone is invalid."""

    default_field = "due_at"


class OffsetRefused(RecurrenceError):
    """A reminder offset is invalid."""

    default_field = "offset"


def quote_value(value: object) -> str:
    """Return a short ASCII excerpt of an input, which is safe in messages whatever the input is."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
