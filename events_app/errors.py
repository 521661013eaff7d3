"""What loops and the kernel take for a failure, and how they describe one so that every database keeps it."""

from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# What code that we call may raise without meaning our loop: a library's `sys.exit()`, a cancelled asyncio task.
FAILURES: Final = (Exception, SystemExit, CancelledError)


def describe_error(error: BaseException, *, characters: int = 2000) -> str:
    """Return `Type: text` of an error, cut to so many characters. Never raises, whatever the error's own text does."""
    try:
        text = str(error)
    except FAILURES:
        text = "(its text cannot be read)"
    return storable(f"{type(error).__name__}: {text}", characters=characters)


def storable(text: str, *, characters: int) -> str:
    """Return the beginning of a text without what databases refuse: NUL, and surrogates that are half a character."""
    return text[:characters].replace("\0", "�").encode(errors="replace").decode()


class ErrorCollector:
    """Keeps what one part of some work raises until the other parts had their turn: none holds up another."""

    def __init__(self) -> None:
        self._first: Exception | None = None

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Keep an error of the block."""
        try:
            yield
        except Exception as error:  # raised below
            self._first = self._first or error

    def raise_first(self) -> None:
        """Raise the first error that was kept, if there is one."""
        if self._first is not None:
            raise self._first
