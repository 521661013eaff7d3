"""A hint inside one process: something was written, the engine need not wait for its next look."""

import threading

_written = threading.Event()


def notify() -> None:
    """Wake whoever waits; harmless when nobody does."""
    _written.set()


def wait(seconds: float) -> None:
    """Return when something was written since the last wait, or after `seconds`."""
    _written.wait(seconds)
    _written.clear()
