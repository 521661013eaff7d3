"""The exceptions that loops and the kernel treat as failures, and texts of them that each database can store."""

from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Called code may also raise these two, for reasons that must not end our loop: `sys.exit()`, a cancelled task.
FAILURES: Final = (Exception, SystemExit, CancelledError)


def describe_error(error: BaseException, *, characters: int = 2000) -> str:
    """Return `Type: text` of an error, truncated. It never raises, even when the error's `__str__` does."""
    try:
        text = str(error)
    except FAILURES:
        text = "(its text cannot be read)"
    return storable(f"{type(error).__name__}: {text}", characters=characters)


def storable(text: str, *, characters: int) -> str:
    """Return the beginning of a text, without the characters that databases refuse: NUL and lone surrogates."""
    return text[:characters].replace("\0", "�").encode(errors="replace").decode()


class ErrorCollector:
    """Collects the errors of independent parts of some work, so that an error in one does not prevent the others."""

    def __init__(self) -> None:
        self._first: Exception | None = None

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Catch an error of the block and keep it if it is the first."""
        try:
            yield
        except Exception as error:  # `raise_first` raises it
            self._first = self._first or error

    def raise_first(self) -> None:
        """Raise the first error that was kept, if there is one."""
        if self._first is not None:
            raise self._first
