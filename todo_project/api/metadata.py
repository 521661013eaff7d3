"""What OPTIONS says of a resource."""

from typing import Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request


class NamesAndTypes(SimpleMetadata):
    """Name, description and media types. Which fields there are, the OpenAPI document says."""

    def determine_actions(self, request: Request, view: Any) -> dict[str, Any]:
        """Look up no object: DRF would do so by keys that our paths do not have."""
        return {}
