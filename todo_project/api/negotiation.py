"""Which renderer answers: as DRF chooses, but a `format` that is none is refused by name instead of 404."""

from typing import Any

from django.http import Http404
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation

from foundation.http.fields import not_among


class NamedFormats(DefaultContentNegotiation):
    """Chooses by `format`, then by the Accept header."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        """Return the renderers of a format. Raises ValidationError."""
        try:
            return super().filter_renderers(renderers, format)
        except Http404:
            words = list(dict.fromkeys(each.format for each in renderers))
            raise ValidationError(
                {"format": [ErrorDetail(not_among(format, words), code="invalid_choice")]}
            ) from None
