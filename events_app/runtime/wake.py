"""A hint inside one process that something was written, so that waiting loops need not wait for their next poll."""

import threading

_listeners: list[threading.Event] = []


def listen() -> threading.Event:
    """Return a new event that each `notify` sets; the caller clears it."""
    event = threading.Event()
    _listeners.append(event)
    return event


_written = listen()


def notify() -> None:
    """Wake all listeners; it does nothing when there are none."""
    for event in _listeners:
        event.set()


def wait(seconds: float) -> None:
    """Wait until something was written since the last wait, or for `seconds`. Only the engine calls it."""
    _written.wait(seconds)
    _written.clear()
