"""A limit to how long a handler may run: one that hangs is interrupted and counts as an ordinary failure."""

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class HandlerTimedOut(Exception):
    """The handler did not return in time."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise HandlerTimedOut inside the block once it has run for `seconds`.

    In the main thread a timer signal interrupts system calls too; in others the exception is raised at the
    next bytecode, so a handler that hangs inside a system call there is ended by the database's limits alone.
    """
    if threading.current_thread() is threading.main_thread():
        with _by_signal(seconds):
            yield
    else:
        with _by_watchdog(seconds):
            yield


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def expire(_signal: int, _frame: FrameType | None) -> None:
        raise HandlerTimedOut(f"the handler ran for more than {seconds:g} s")

    previous = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@contextmanager
def _by_watchdog(seconds: float) -> Iterator[None]:
    watch = _Watch(threading.get_ident())
    timer = threading.Timer(seconds, watch.expire)
    timer.daemon = True
    try:
        # It may come until the watch has ended, also while the block is being left.
        try:
            timer.start()
            yield
        finally:
            timer.cancel()
            watch.end()
    except _Expired:
        raise HandlerTimedOut(f"the handler ran for more than {seconds:g} s") from None


class _Expired(BaseException):
    """Raised into the thread from outside; no handler's own `except Exception` catches it."""


class _Watch:
    """Raises into one thread, but never after its block has ended."""

    def __init__(self, thread_id: int) -> None:
        self._thread_id = ctypes.c_ulong(thread_id)
        self._lock = threading.Lock()
        self._is_over = False

    def expire(self) -> None:
        with self._lock:
            if not self._is_over:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread_id, ctypes.py_object(_Expired))

    def end(self) -> None:
        with self._lock:
            self._is_over = True
            # What was raised but not yet delivered would surface in whatever runs next.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread_id, None)
