"""A hint inside one process that something was written, so that waiting loops need not wait for their next poll."""

import threading

_listeners: list[threading.Event] = []


def listen() -> threading.Event:
    """Return a new event that each `notify` sets; the caller clears it."""
    event = threading.Event()
    _listeners.append(event)
    return event


_written = listen()
_hurried = threading.Event()


def notify() -> None:
    """Wake all listeners; it does nothing when there are none."""
    for event in _listeners:
        event.set()


def wait(seconds: float) -> None:
    """Wait until something was written since the last wait, or for `seconds`. Only the engine calls it."""
    _written.wait(seconds)
    _written.clear()


def hurry_engine() -> None:
    """Say that somebody awaits what follows from what was just written."""
    _hurried.set()


def is_hurried() -> bool:
    """Return whether `hurry_engine` was called since the last `take_hurry`."""
    return _hurried.is_set()


def take_hurry() -> bool:
    """Return `is_hurried`, which is False afterwards. Only the engine calls it, before it reads what was written."""
    was_hurried = _hurried.is_set()
    _hurried.clear()
    return was_hurried
