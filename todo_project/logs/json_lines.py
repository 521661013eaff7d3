"""A role's output as JSON, one object a line: also what packages print, refusals, and the traceback of a crash.

Log lines are JSON already and pass as they are.
"""

import sys
from datetime import UTC, datetime
from threading import RLock
from typing import Final, TextIO

import orjson

from todo_project.logs.redaction import redact

_LONGEST_LINE: Final = 8_192


class JsonLines:
    """A text stream that writes each line as a JSON object: one that is an object as it is, another as its message."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, stream: TextIO, *, level: str) -> None:
        self._stream = stream
        self._level = level
        self._lock = RLock()  # a signal handler may write while its thread does
        self._rest = ""

    def write(self, text: str) -> int:
        """Write the lines that are complete; keep the rest for the next call."""
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
            for line in lines:
                if line.strip():
                    self._stream.write(f"{self._as_json(line)}\n")
        return len(text)

    def flush(self) -> None:
        """Have what was written go out."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Return False: JSON is for programs, which need no colours and no progress."""
        return False

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor below, for what must write when Python cannot."""
        return self._stream.fileno()

    def _as_json(self, line: str) -> str:
        if line.startswith("{") and _is_object(line):
            return line
        found = {
            "time": datetime.now(UTC),
            "level": self._level,
            "logger": "output",
            "message": redact(line[:_LONGEST_LINE], ()),
        }
        return orjson.dumps(found, option=orjson.OPT_UTC_Z).decode()


def _is_object(line: str) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def print_json() -> None:
    """Have everything that this process prints from now on, and those that it forks, be JSON."""
    sys.stdout = JsonLines(sys.stdout, level="info")
    sys.stderr = JsonLines(sys.stderr, level="warning")
