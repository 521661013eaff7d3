"""Parses JSON bodies strictly: values that we could not store or send back are refused here, once for all views."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import NoneType
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

from events_app.api.body_bounds import max_body_bytes

MAX_DEPTH = 20
LEAST_INTEGER, MOST_INTEGER = -(2**63), 2**63 - 1
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"|[][{}]')
_ENDLESS_DIGITS = re.compile("[0-9]{1000,}")
_BAD = re.compile("[\0\ud800-\udfff]")


class PayloadTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "The body is too large."


@dataclass(frozen=True)
class Flaw:
    """A reason why a value is refused, wherever it is in a body."""

    code: str
    detail: str


TOO_DEEP = Flaw("too_deep", f"The body is nested deeper than {MAX_DEPTH} levels.")
NOT_FINITE = Flaw("not_finite", "NaN and Infinity are not JSON numbers.")
TOO_LARGE_INTEGER = Flaw("integer_out_of_range", "An integer must fit in 64 bits.")
_BAD_CHARACTER = Flaw("invalid_character", "Text may not hold NUL or half of a surrogate pair.")
REPEATED = Flaw("duplicate_field", "This field is named twice.")


class _Repeated(str):
    """Marks, in the parsed body, an object that names this field twice."""

    __slots__ = ()


class StrictJSONParser(BaseParser):
    """Parses `application/json` in UTF-8 into an object, or raises an error that names the wrong field.

    Limits: the bytes of `settings.BODY_BOUNDS` for the path, MAX_DEPTH levels, integers of 64 bits; no NaN or Infinity,
    no NUL, no lone surrogate, no repeated name in one object.
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
        body = _read(stream, limit=max_body_bytes(getattr(context.get("request"), "path_info", "")))
        return parse_object(body)


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the object in `body`. Raises ParseError, or ValidationError that names the field."""
    try:
        text = body.decode("utf-8")
        value = _decode(text)
    except RecursionError:
        raise _refusal(_first_too_deep(text), TOO_DEEP) from None
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {_reason(error)}.", code="malformed") from None
    # Only an escape can bring a NUL or a surrogate past the JSON grammar and UTF-8.
    found = _first_flaw(value, depth=1, escapes="\\u" in text)
    if found is not None:
        raise _refusal(_path(reversed(found[0])), found[1])
    if not isinstance(value, dict):
        raise ParseError("The body must be a JSON object.", code="not_an_object")
    return value


def _decode(text: str) -> Any:
    """Return the value of a JSON text. Without `parse_int`, which took half a second for a long list of integers."""
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_float=_number, parse_constant=lambda _: NOT_FINITE
        )
    except json.JSONDecodeError:
        raise
    except ValueError:
        # Python refuses to convert integers of more than 4,300 digits. One of 30 digits is refused as out of range.
        return _decode(_ENDLESS_DIGITS.sub("9" * 30, text))


def _number(text: str) -> float | int:
    """Return a number that has a point: `3.0` is an integer, as JSON Schema has it."""
    number = float(text)
    return int(number) if number.is_integer() and LEAST_INTEGER <= number < MOST_INTEGER else number


def _first_too_deep(text: str) -> str:
    """Return the top-level field in which a text is nested too deep to be parsed."""
    depth, field = 0, ""
    for token in _TOKENS.finditer(text):
        word = token[0]
        if word[0] == '"':
            field = word if depth == 1 else field
        elif word in "}]":
            depth -= 1
        else:
            depth += 1
            if depth > MAX_DEPTH:
                break
    return str(json.loads(field)) if field and text.lstrip()[:1] == "{" else ""


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
    return _Repeated(twice)


def _first_flaw(value: object, *, depth: int, escapes: bool) -> tuple[list[str | int], Flaw] | None:
    """Return the first flaw in the order of the text and its path, innermost step first.

    The path is built only for a flaw, because most long bodies have none.
    """
    if not isinstance(value, dict | list):
        return _flaw_of(value, escapes=escapes)
    if depth > MAX_DEPTH:
        return [], TOO_DEEP
    plain = (bool, NoneType) if escapes else (bool, NoneType, str)
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        kind = type(inner)
        if kind is int and LEAST_INTEGER <= inner <= MOST_INTEGER:
            continue
        if kind in plain or (not inner and kind is not _Repeated and depth < MAX_DEPTH):
            continue
        if found := _first_flaw(inner, depth=depth + 1, escapes=escapes):
            found[0].append(step)
            return found
    if escapes and isinstance(value, dict) and (bad := next(filter(_BAD.search, value), None)):
        return [bad], _BAD_CHARACTER
    return None


def _flaw_of(value: object, *, escapes: bool) -> tuple[list[str | int], Flaw] | None:
    if isinstance(value, _Repeated):
        return [str(value)], REPEATED
    if isinstance(value, str):
        return ([], _BAD_CHARACTER) if escapes and _BAD.search(value) else None
    if isinstance(value, int):
        return None if LEAST_INTEGER <= value <= MOST_INTEGER else ([], TOO_LARGE_INTEGER)
    if isinstance(value, float):
        return None if math.isfinite(value) else ([], NOT_FINITE)
    return ([], value) if isinstance(value, Flaw) else None


def _path(steps: Iterable[str | int]) -> str:
    """Return the steps to a value as `reminders[0].offset`."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path = f"{path}.{step}" if path else step
    return path


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "it is not UTF-8"


def _refusal(path: str, flaw: Flaw) -> ValidationError:
    return ValidationError({path: [ErrorDetail(flaw.detail, code=flaw.code)]})
