"""What loops and the kernel take for a failure, and how they describe one so that every database keeps it."""

from asyncio import CancelledError
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
