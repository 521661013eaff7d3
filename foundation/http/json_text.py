"""JSON that is printed already, as part of an answer. Renderers put it in as it is, or parse it first."""

from collections.abc import Mapping
from typing import Any

import orjson


class JsonText:
    """A part of an answer that is JSON text. No dataclass, since orjson prints those by itself."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def parse_texts(data: Any) -> Any:
    """Return an answer with each JsonText in it parsed."""
    if isinstance(data, JsonText):
        return orjson.loads(data.text)
    if isinstance(data, Mapping):
        return {name: parse_texts(value) for name, value in data.items()}
    return [parse_texts(each) for each in data] if isinstance(data, list) else data
