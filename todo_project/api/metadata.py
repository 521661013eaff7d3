"""The answer to OPTIONS."""

from typing import Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request


class NamesAndTypes(SimpleMetadata):
    """Name, description and media types of a resource. Its fields are in the OpenAPI document."""

    def determine_actions(self, request: Request, view: Any) -> dict[str, Any]:
        """Return nothing: DRF would look up an object by URL arguments that our paths do not have."""
        return {}
