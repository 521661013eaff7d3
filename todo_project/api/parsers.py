"""JSON bodies, read strictly: what no consumer of ours could store or repeat is refused here, once."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from rest_framework import status
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

MAX_BODY_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_INTEGER_DIGITS = 20
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"|[][{}:]')
INT64 = range(-(2**63), 2**63)


class PayloadTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "The body is too large."


@dataclass(frozen=True)
class Flaw:
    """What stands in the parsed body where something unacceptable was; `key` is the name at fault, if one is."""

    code: str
    detail: str
    key: str = ""


TOO_DEEP = Flaw("too_deep", f"The body is nested deeper than {MAX_DEPTH} levels.")
NOT_FINITE = Flaw("not_finite", "NaN and Infinity are not JSON numbers.")
TOO_LARGE_INTEGER = Flaw("integer_out_of_range", "An integer must fit in 64 bits.")
BAD_CHARACTER = Flaw("invalid_character", "Text may not hold NUL or half of a surrogate pair.")


class StrictJSONParser(BaseParser):
    """Parse `application/json` in UTF-8 into an object, or name the field that is at fault.

    At most MAX_BODY_BYTES (a view may say otherwise in `max_body_bytes`), MAX_DEPTH levels, integers within
    64 bits, no NaN or Infinity, no NUL, no lone surrogate, no name twice in one object.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer  # writes the example in the browsable API's form

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        context = parser_context or {}
        _refuse_other_charset(media_type or "")
        body = _read(stream, limit=getattr(context.get("view"), "max_body_bytes", MAX_BODY_BYTES))
        return parse_object(body)


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the object that `body` holds; raise ParseError, or ValidationError naming the field."""
    try:
        text = body.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_constant=lambda _: NOT_FINITE
        )
    except RecursionError:
        raise _refusal(_first_too_deep(text), TOO_DEEP) from None
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {_reason(error)}.", code="malformed") from None
    # Only an escape can smuggle a NUL or a surrogate past the JSON grammar and UTF-8.
    for path, flaw in _flaws(value, path="", depth=1, escapes="\\u" in text):
        raise _refusal(path, flaw)
    if not isinstance(value, dict):
        raise ParseError("The body must be a JSON object.", code="not_an_object")
    return value


def _first_too_deep(text: str) -> str:
    """Return the field of the outermost object inside which a text is nested too deep to be read at all."""
    depth, last, field = 0, "", ""
    for token in _TOKENS.finditer(text):
        word = token[0]
        if word in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                break
        elif word in "}]":
            depth -= 1
        elif word == ":" and depth == 1:
            field = last
        elif word[0] == '"':
            last = word
    return str(json.loads(field)) if field else ""


def _refuse_other_charset(media_type: str) -> None:
    for parameter in media_type.lower().split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type, "JSON must be UTF-8.")


def _read(stream: IO[bytes], *, limit: int) -> bytes:
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise PayloadTooLarge(f"The body is larger than {limit} bytes.")
    return body


def _object(pairs: list[tuple[str, Any]]) -> object:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    seen: set[str] = set()
    twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return Flaw("duplicate_field", "This field is named twice.", key=twice)


def _integer(digits: str) -> object:
    if len(digits) > MAX_INTEGER_DIGITS or int(digits) not in INT64:
        return TOO_LARGE_INTEGER
    return int(digits)


def _flaws(value: object, *, path: str, depth: int, escapes: bool) -> Iterator[tuple[str, Flaw]]:
    if isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            yield path, TOO_DEEP
            return
        for inner_path, inner in _inside(value, path):
            yield from _flaws(inner, path=inner_path, depth=depth + 1, escapes=escapes)
        if escapes and isinstance(value, dict):
            yield from ((_join(path, name), BAD_CHARACTER) for name in value if _is_bad(name))
    elif isinstance(value, Flaw):
        yield (_join(path, value.key) if value.key else path), value
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, NOT_FINITE
    elif escapes and isinstance(value, str) and _is_bad(value):
        yield path, BAD_CHARACTER


def _inside(value: dict[str, Any] | list[Any], path: str) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((_join(path, name), inner) for name, inner in value.items())
    return ((f"{path}[{index}]", inner) for index, inner in enumerate(value))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_bad(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "it is not UTF-8"


def _refusal(path: str, flaw: Flaw) -> ValidationError:
    return ValidationError({path: [ErrorDetail(flaw.detail, code=flaw.code)]})
