"""Collects failures of a run: a handler or a sweep that fails, an error about a field that nobody sent.

Handlers and sweeps are isolated, so that one fault does not stop others: their failures are found in the log lines.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from traceback import format_tb
from typing import Final

from events_app.consumers.kernel.batch import HandlerFailed
from todo_project.simulation.chaos import DatabaseGaveUp
from todo_project.simulation.probes import PoisonousEvent

INJECTED: Final = (DatabaseGaveUp, PoisonousEvent)
FRAMES: Final = 6
# Failed requests are already known from their answers.
ANSWERS: Final = "django.request"


@dataclass(frozen=True)
class Failure:
    """What happened, and for which user; None when that is not known."""

    text: str
    user_id: int | None


class Watch(logging.Handler):
    """A logging handler that collects the failures of one run; injected errors are not failures."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.failures: list[Failure] = []

    def note(self, text: str, *, error: BaseException | None = None, user_id: int | None = None) -> None:
        """Add a failure."""
        self.failures.append(Failure(text if error is None else f"{text}\n{format_error(error)}", user_id))

    def emit(self, record: logging.LogRecord) -> None:
        """Add a failure for a record of level ERROR, or with an exception that was not injected."""
        error = record.exc_info[1] if record.exc_info else _of_handler()
        if record.name == ANSWERS or isinstance(error, INJECTED):
            return
        if error is not None or record.levelno >= logging.ERROR:
            self.note(record.getMessage(), error=error, user_id=getattr(record, "user_id", None))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Receive all log records inside the block, in place of the other handlers."""
        root, disabled = logging.getLogger(), logging.root.manager.disable
        handlers, root.handlers = root.handlers, [self]
        logging.disable(logging.INFO)
        try:
            yield
        finally:
            root.handlers = handlers
            logging.disable(disabled)


def _of_handler() -> BaseException | None:
    """Return the exception of a handler while the kernel handles it."""
    failed = sys.exception()
    return failed.error if isinstance(failed, HandlerFailed) else None


def format_error(error: BaseException) -> str:
    """Return an exception and where it came from, innermost last."""
    return f"{type(error).__name__}: {error}\n{''.join(format_tb(error.__traceback__, -FRAMES))}"
