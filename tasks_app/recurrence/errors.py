"""What this package refuses.

RecurrenceError            carries `field`, `code` and a `detail` that may be shown
├── RuleRefused            a recurrence that cannot be read or is out of bounds
├── DueRefused             a due, day or zone that cannot be
└── OffsetRefused          a reminder offset that cannot be

None of them is worth a second try with the same input.
"""

from typing import Self


class RecurrenceError(ValueError):
    """A refused input: `field` names where it stood, `code` is for programs, `detail` for people."""

    default_field = "recurrence"

    def __init__(self, detail: str, *, code: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.field = field or self.default_field

    def at(self, field: str) -> Self:
        """The same refusal, reported at another field."""
        return type(self)(self.detail, code=self.code, field=field)


class RuleRefused(RecurrenceError):
    """A recurrence that cannot be read or is out of bounds."""


class DueRefused(RecurrenceError):
    """A due, day or zone that cannot be."""

    default_field = "due_at"


class OffsetRefused(RecurrenceError):
    """A reminder offset that cannot be."""

    default_field = "offset"


def quote_value(value: object) -> str:
    """A short ASCII excerpt of an input, safe in messages whatever it contained."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
