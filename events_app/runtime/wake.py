"""A hint inside one process: something was written, whoever waits for that need not wait for its next look."""

import threading

_listeners: list[threading.Event] = []


def listen() -> threading.Event:
    """Return an event of the caller's own that each notice sets; the caller clears it."""
    event = threading.Event()
    _listeners.append(event)
    return event


_written = listen()


def notify() -> None:
    """Wake whoever waits; harmless when nobody does."""
    for event in _listeners:
        event.set()


def wait(seconds: float) -> None:
    """Return when something was written since the last wait, or after `seconds`: for the engine."""
    _written.wait(seconds)
    _written.clear()
