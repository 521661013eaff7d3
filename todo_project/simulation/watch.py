"""Notes what may never happen: a handler or a sweep that fails, an answer that blames what nobody said.

Handlers and sweeps are guarded, so that one fault holds up nobody else: their failures are found in the log.
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
# What it has to say of a request is known from the answer.
ANSWERS: Final = "django.request"


@dataclass(frozen=True)
class Failure:
    """What happened, and in whose name; None: that is not known."""

    text: str
    user_id: int | None


class Watch(logging.Handler):
    """Listens to the log of one run; faults of the simulation itself are none."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.failures: list[Failure] = []

    def note(self, text: str, *, error: BaseException | None = None, user_id: int | None = None) -> None:
        """Keep one failure."""
        self.failures.append(Failure(text if error is None else f"{text}\n{format_error(error)}", user_id))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what was logged as an error, or about an exception that is none of the simulation's own."""
        error = record.exc_info[1] if record.exc_info else _of_handler()
        if record.name == ANSWERS or isinstance(error, INJECTED):
            return
        if error is not None or record.levelno >= logging.ERROR:
            self.note(record.getMessage(), error=error, user_id=getattr(record, "user_id", None))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear all that is logged inside the block, and nobody else does."""
        root, disabled = logging.getLogger(), logging.root.manager.disable
        handlers, root.handlers = root.handlers, [self]
        logging.disable(logging.INFO)
        try:
            yield
        finally:
            root.handlers = handlers
            logging.disable(disabled)


def _of_handler() -> BaseException | None:
    """What a handler raised, while the kernel deals with it."""
    failed = sys.exception()
    return failed.error if isinstance(failed, HandlerFailed) else None


def format_error(error: BaseException) -> str:
    """Return an exception and where it came from, innermost last."""
    return f"{type(error).__name__}: {error}\n{''.join(format_tb(error.__traceback__, -FRAMES))}"
