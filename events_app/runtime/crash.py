"""Named steps at which a test may kill the process, to prove that a crash there loses nothing.

They do nothing unless the settings enable them. Then `TODO_CRASH_POINT=name` sends SIGKILL to the process when it
reaches the step for the first time, `name:3` for the third time. The simulator uses `intercept` instead.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

# All steps between "row committed" and "message acknowledged"; a test crashes at each of them.
CRASH_POINTS = (
    "writing.before_commit",
    "writing.after_commit",
    "relay.after_read",
    "relay.after_publish",
    "relay.before_mark_commit",
    "relay.after_mark",
    "kernel.after_lock",
    "kernel.after_handlers",
    "kernel.after_cursors",
    "kernel.after_commit",
    "kernel.before_parting",
    "kernel.before_failure_stored",
    "kernel.after_failure_stored",
    "reconcile.before_settle",
    "subscriber.before_advance",
    "subscriber.before_acknowledge",
    "subscriber.after_acknowledge",
    "inbox.after_put",
    "inbox.before_advance",
    "inbox.after_advance",
    "sweep.before_commit",
    "sweep.after_commit",
    "delivery.after_lease",
    "delivery.after_send",
    "account_mail.after_lease",
    "restore.before_commit",
    "restore.after_commit",
)

_passages: Counter[str] = Counter()
_interceptor: Callable[[str], None] | None = None


def crash_point(name: str) -> None:
    """Mark the step `name`. It does nothing unless a test wants a crash here."""
    if _interceptor is not None:
        _interceptor(name)
    elif settings.CRASH_POINTS_ENABLED and settings.CRASH_POINT:
        _maybe_kill(name, settings.CRASH_POINT)


def _maybe_kill(name: str, wanted: str) -> None:
    target, _, nth = wanted.partition(":")
    if name != target:
        return
    _passages[name] += 1
    if _passages[name] == int(nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def intercept(function: Callable[[str], None]) -> Iterator[None]:
    """Call `function` with the name of each step that the block reaches; it may raise to simulate a crash."""
    global _interceptor  # noqa: PLW0603 - one process, one interceptor
    previous, _interceptor = _interceptor, function
    try:
        yield
    finally:
        _interceptor = previous
