"""Which functions of the project a piece of work calls, in order: as somebody reads who follows it in an editor."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[3]
_PREFIX = f"{ROOT}/"
# Neither packages in a virtual environment inside the repository nor tests, nor the driver's classes below Django.
_DRIVER = "foundation/database/joined_messages.py"
_OURS = re.compile(rf"{re.escape(_PREFIX)}(?!\.)(?!.*/tests/)(?!{re.escape(_DRIVER)})")


@dataclass(slots=True)
class Call:
    """A call: the file from the repository's root on, the function's name with its class, how many calls it led to."""

    file: str
    name: str
    size: int = 1


@dataclass(frozen=True, slots=True)
class Trace:
    """The calls of one thread, in order; those of tests are left out."""

    calls: list[Call] = field(default_factory=list)

    @property
    def files(self) -> set[str]:
        """The files that the work runs through."""
        return {call.file for call in self.calls}

    @property
    def changes_of_file(self) -> int:
        """How often a call is in another file than the call before it."""
        return sum(one.file != other.file for one, other in pairwise(self.calls))

    def place_of(self, name: str, *, after: int = 0) -> int:
        """Return the place of the first call of a function. Raises LookupError where there is none."""
        for place in range(after, len(self.calls)):
            if self.calls[place].name == name:
                return place
        raise LookupError(f"{name} is not called after {self.calls[after : after + 1]}")

    def within(self, name: str) -> "Trace":
        """Return the first call of a function with all that it led to."""
        place = self.place_of(name)
        return Trace(self.calls[place : place + self.calls[place].size])


@contextmanager
def traced() -> Iterator[Trace]:
    """Record what this thread calls in the block."""
    trace = Trace()
    running: list[int] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if not _OURS.match(code.co_filename):
            return
        if event == "call":
            running.append(len(trace.calls))
            trace.calls.append(Call(code.co_filename.removeprefix(_PREFIX), code.co_qualname))
        elif event == "return" and running:
            place = running.pop()
            trace.calls[place].size = len(trace.calls) - place

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield trace
    finally:
        sys.setprofile(before)
