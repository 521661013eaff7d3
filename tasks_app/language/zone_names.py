"""Reading the zone of a time: `UTC`, `Z`, `+02:00`, `America/New_York`."""

import re
from typing import Final

from tasks_app import recurrence as rec

from .line import Line
from .table import load_common

_UTC_NAMES: Final = ("utc", "gmt")
_AREA: Final = re.compile(r"[A-Za-z]+(?:/[A-Za-z0-9_+\-]+)+")


def read_zone(line: Line, at: int) -> tuple[str, int] | None:
    """Return an IANA name or an offset, and the token after it; an empty name for a zone that nobody knows."""
    return _from_utc(line, at) or _short_zone(line, at) or _offset(line, at) or _area(line, at)


def _from_utc(line: Line, at: int) -> tuple[str, int] | None:
    """`UTC+2`, `GMT-5:30`, as an offset."""
    sign, value = at + 1, at + 2
    is_led = line.kind(at) == "word" and line.tokens[at].text in _UTC_NAMES and line.symbol(sign, "+-−")
    if not (is_led and line.is_glued(sign) and line.is_glued(value)):
        return None
    hours = line.figure(value, most=99)
    if hours is None and line.kind(value) != "clock":
        return None
    text = f"{hours}:00" if hours is not None else line.tokens[value].text
    return f"{'+' if line.symbol(sign, '+') else '-'}{text:0>5}", value + 1


def _short_zone(line: Line, at: int) -> tuple[str, int] | None:
    """`UTC`, `Z`; abbreviations that name several zones, or none, are refused."""
    token = line.tokens[at]
    if token.kind != "word" or line.symbol(at + 1, "+/"):
        return None
    if token.text in (*_UTC_NAMES, "z"):
        return "UTC", at + 1
    is_ambiguous = token.text in load_common().ambiguous_zones and not token.glued
    return ("", at + 1) if is_ambiguous else None


def _offset(line: Line, at: int) -> tuple[str, int] | None:
    """`+02:00`; with a minus only behind a blank, for `9:00-10:00` is a range."""
    token = line.tokens[at]
    if not line.symbol(at, "+-−") or line.kind(at + 1) != "clock" or not line.is_glued(at + 1):
        return None
    if token.text != "+" and token.glued:
        return None
    return f"{'+' if token.text == '+' else '-'}{line.tokens[at + 1].text:0>5}", at + 2


def _area(line: Line, at: int) -> tuple[str, int] | None:
    """`America/New_York`, in any case."""
    token = line.tokens[at]
    area = _AREA.match(line.text, token.start) if token.kind == "word" and not token.glued else None
    if area is None or area[0].partition("/")[0].lower() not in load_common().areas:
        return None
    end = at
    while end < len(line) and line.tokens[end].end <= area.end():
        end += 1
    return _zone_name(area[0]), end


def _zone_name(text: str) -> str:
    """The IANA name that is meant, in whatever case it is written; empty if there is none."""
    titled = re.sub(r"[A-Za-z]+", lambda word: word[0].capitalize(), text)
    for name in (text, titled, text.upper(), titled.replace("Us/", "US/")):
        try:
            return rec.load_zone(name).key
        except rec.DueRefused:
            continue
    return ""
