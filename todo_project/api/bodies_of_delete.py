"""The body of a DELETE in the OpenAPI document: drf-spectacular leaves it out, and some of our calls need one."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class SchemaOfView(AutoSchema):
    """Shows the body of a DELETE where the view declares it with `extend_schema(request=…)`."""

    def get_request_serializer(self) -> Any:
        """Return what describes the body, unless the view has declared it; None for a DELETE."""
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _get_request_body(self, direction: str = "request") -> Any:
        if self.method != "DELETE" or self.get_request_serializer() is None:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call] # the package has no types
        self.method = "POST"
        try:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = "DELETE"
