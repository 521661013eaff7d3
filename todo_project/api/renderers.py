"""JSON answers, written by orjson."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.encoding import force_str
from django.utils.functional import Promise
from rest_framework.renderers import JSONRenderer

OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


class FastJSONRenderer(JSONRenderer):
    """The same JSON as DRF's renderer, several times faster.

    What orjson refuses, such as an integer beyond 64 bits, DRF's encoder writes.
    """

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        indented = self.get_indent(accepted_media_type or "", dict(renderer_context or {}))
        options = OPTIONS | (orjson.OPT_INDENT_2 if indented else 0)
        try:
            return orjson.dumps(data, default=self._plain, option=options)
        except orjson.JSONEncodeError:
            return super().render(data, accepted_media_type, renderer_context)

    def _plain(self, value: object) -> object:
        if isinstance(value, Promise):
            return force_str(value)
        return self.encoder_class().default(value)
