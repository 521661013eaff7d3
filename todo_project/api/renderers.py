"""Renders answers: JSON by orjson, and the pages of the browsable API."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.encoding import force_str
from django.utils.functional import Promise
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer

from foundation.http.json_text import JsonText, parse_texts

ERRORS_FROM = 400
OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


class FastJSONRenderer(JSONRenderer):
    """The same JSON as DRF's renderer, several times faster.

    DRF's encoder renders what orjson refuses, such as an integer beyond 64 bits.
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
        if indented:
            data = parse_texts(data)
        options = OPTIONS | (orjson.OPT_INDENT_2 if indented else 0)
        try:
            return orjson.dumps(data, default=self._plain, option=options)
        except orjson.JSONEncodeError:
            return super().render(parse_texts(data), accepted_media_type, renderer_context)

    def _plain(self, value: object) -> object:
        if isinstance(value, JsonText):
            return orjson.Fragment(value.text)
        if isinstance(value, Promise):
            return force_str(value)
        return self.encoder_class().default(value)


class BrowsablePages(BrowsableAPIRenderer):
    """DRF's pages, whose edit forms contain the present values: sent unchanged, they change nothing.

    A serializer lists in `also_known_as` the fields that repeat another field. Forms leave them out, so that each value
    is edited in one place.
    """

    renderer_context: Mapping[str, Any]

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        page: str = super().render(parse_texts(data), accepted_media_type, renderer_context)
        return page

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Leave out the inline style sheet for code in descriptions, which DRF adds where Pygments is installed."""
        return {**super().get_context(*args, **kwargs), "code_style": "", **self._delete_form(*args)}

    def _delete_form(self, data: Any, *_: Any) -> dict[str, Any]:
        """Return a form for the body of a DELETE, where a view has one; DRF has none for it."""
        view = self.renderer_context["view"]
        if "DELETE" not in getattr(view, "forms", ()):
            return {}
        request = self.renderer_context["request"]
        form = super().get_raw_data_form(data, view, "DELETE", request)
        return {"raw_data_delete_form": form, "delete_form": None}

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Any) -> Any:
        form = super().get_raw_data_form(data, view, method, request)
        status = self.renderer_context["response"].status_code
        if (
            method in ("PUT", "PATCH")
            and form is not None
            and isinstance(data, Mapping)
            and status < ERRORS_FROM
        ):
            form.initial["_content"] = json.dumps(_writable(data, view), indent=4, ensure_ascii=False)
        return form


def _writable(data: Mapping[str, Any], view: Any) -> dict[str, Any]:
    """Return the fields of an answer that a caller may send back, or all when the view has no serializer."""
    if not hasattr(view, "get_serializer"):
        return dict(data)
    serializer = view.get_serializer()
    again: frozenset[str] = getattr(serializer, "also_known_as", frozenset())
    return {
        name: data[name]
        for name, field in serializer.fields.items()
        if name in data and not field.read_only and name not in again
    }
