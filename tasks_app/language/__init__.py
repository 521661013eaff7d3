"""One reader of everyday language: a line becomes a title, fields, chips, notes and problems. Pure."""

from .moment import Clock
from .read import read
from .reading import (
    MAX_TEXT,
    MAX_TITLE,
    Alternative,
    Chip,
    Fields,
    Reading,
    ReadNote,
    ReadProblem,
    TextTooLong,
)
from .table import LanguageTable, build_table

__all__ = [
    "MAX_TEXT",
    "MAX_TITLE",
    "Alternative",
    "Chip",
    "Clock",
    "Fields",
    "LanguageTable",
    "ReadNote",
    "ReadProblem",
    "Reading",
    "TextTooLong",
    "build_table",
    "read",
]
