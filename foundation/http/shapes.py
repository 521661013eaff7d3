"""JSON Schema of what bodies and parameters hold, as the OpenAPI document shows it: patterns of what is read.

A pattern may be narrower than the code where people write one thing in many ways (blanks around a date, lower case);
it is never wider, save where its description says what a pattern cannot.
"""

from collections.abc import Mapping
from typing import Any, Final

JsonSchema = dict[str, Any]

MAX_ID: Final = 10**18 - 1
_YEAR: Final = "(?:19[7-9][0-9]|[2-9][0-9]{3})"
_LEAP_YEAR: Final = (
    "(?:19(?:7[26]|8[048]|9[26])|[2-9][0-9](?:0[48]|[2468][048]|[13579][26])"
    "|(?:2[048]|[3579][26]|[468][048])00)"
)
_DATE: Final = (
    f"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
_ZONE: Final = "(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
# The first hours of 1970 in the east, as answers have them.
_BEFORE: Final = r"1969-12-31T(?:1[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?Z"
_TIME: Final = f"(?:{_DATE}T{_CLOCK}{_ZONE}?|{_BEFORE})"
# Blank and default-ignorable characters (Unicode 15): a name of nothing else cannot be seen.
_INVISIBLE: Final = (
    r"\u0000\u0009-\u000d\u001c-\u0020\u0085\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
NO_NUL: Final = r"^[^\u0000]*$"

ID: Final[JsonSchema] = {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID}
FLAG: Final[JsonSchema] = {"type": "boolean"}
VERSION_TAGS: Final[JsonSchema] = {
    "type": "string",
    "minLength": 1,
    "pattern": r'^(?:[*]|"[0-9]{1,18}"(?:, "[0-9]{1,18}"){0,20})$',
    "examples": ['"3"'],
}
DAY_SCHEMA: Final[JsonSchema] = {
    "type": "string",
    "pattern": f"^{_DATE}$",
    "examples": ["2026-03-29"],
    "description": "A date, from 1970-01-01 to 9999-12-31.",
}
MOMENT: Final[JsonSchema] = {
    "type": "string",
    "pattern": f"^(?:{_DATE}|{_TIME})$",
    "examples": ["2026-03-29T10:00:00Z", "2026-03-29T10:00", "2026-03-29"],
    "description": "A date, or a time (RFC 3339) with its offset or on the clock of the zone that applies; seconds may"
    " be left out. From 1970 to 9999 in the zone that applies and in UTC: in the first and the last hours of these"
    " years a zone decides, as `out_of_range` says.",
}
TIME: Final[JsonSchema] = {
    "type": "string",
    "pattern": f"^{_TIME}$",
    "examples": ["2026-03-29T10:00:00Z", "2026-03-29T10:00"],
    "description": "A time (RFC 3339) with its offset or on the clock of the zone that applies; seconds may be left"
    " out. From 1970 to 9999 in the zone that applies and in UTC.",
}
MOMENT_PARAMETER: Final[JsonSchema] = MOMENT | {
    "pattern": f"^(?:{_DATE}|{_TIME})?$",
    "description": "A date, or a time (RFC 3339) with its offset or on the clock of your zone; empty: as if it were not"
    " there.",
}
DAY_PARAMETER: Final[JsonSchema] = DAY_SCHEMA | {"pattern": f"^(?:{_DATE})?$"}


def ref(name: str) -> JsonSchema:
    """Return a reference to a schema of the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


def several(items: JsonSchema, *, most: int) -> JsonSchema:
    """Return the schema of a parameter that is repeated, or holds several values with commas."""
    return {"type": "array", "minItems": 1, "maxItems": most, "items": items}


def nullable(schema: JsonSchema) -> JsonSchema:
    """Return the schema of a value that may be null as well."""
    return {"oneOf": [schema, {"type": "null"}]}


def text(*, most: int, least: int = 0, **more: Any) -> JsonSchema:
    """Return the schema of a text by its length in characters; NUL is in none of them."""
    return {"type": "string", "minLength": least, "maxLength": most, "pattern": NO_NUL, **more}


def visible_text(*, most: int, besides: str = "", **more: Any) -> JsonSchema:
    """Return the schema of a text that has something to see, and none of the characters of `besides`."""
    pattern = rf"^[^\u0000{besides}]*[^{_INVISIBLE}{besides}][^\u0000{besides}]*$"
    return text(most=most, least=1, **{"pattern": pattern, **more})


COMMON_COMPONENTS: Final[Mapping[str, JsonSchema]] = {
    "Day": DAY_SCHEMA,
    "Moment": MOMENT,
    "Time": TIME,
    "NewPassword": text(
        least=8, most=1000, description="Neither common, nor digits alone, nor like the name."
    ),
}
