"""The frame of a role that runs in a process of its own: its side port, and the wait for what it needs."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock, Thread

from django.conf import settings
from django.db import connection

from events_app.errors import FAILURES
from events_app.runtime.essentials import missing_essentials, wait_for_essentials
from events_app.runtime.pulse import Pulse
from events_app.runtime.side_port import ANSWER_SECONDS, SideAnswer, SideAnswers, SidePort
from events_app.runtime.watchdog import describe_hangs
from foundation.metrics import metrics_page


@contextmanager
def prepared_role(
    is_stopping: Callable[[], bool], *, pulses: Sequence[Pulse] = (), hang_seconds: float | None = None
) -> Iterator[bool]:
    """Open the side port for the block, and wait for the essentials; yield False when asked to stop meanwhile.

    `/livez` is 503 when one of our loops, or a loop of `pulses`, has not turned for `hang_seconds`.
    """
    with side_port(role_answers(pulses, hang_seconds=hang_seconds)):
        yield wait_for_essentials(is_stopping)


@contextmanager
def side_port(answers: SideAnswers) -> Iterator[None]:
    """Serve the answers on TODO_SIDE_PORT for the block; without that setting do nothing.

    Raises ImproperlyConfigured when the port cannot be had.
    """
    if settings.SIDE_PORT is None:
        yield
        return
    side = SidePort(settings.UP_HOST, settings.SIDE_PORT, answers)
    side.start()
    try:
        yield
    finally:
        side.stop()


def role_answers(pulses: Sequence[Pulse] = (), *, hang_seconds: float | None = None) -> SideAnswers:
    """Return the answers of a role that serves no HTTP: it is ready when it can use the database."""
    is_ready = _Readiness()
    return {
        "/livez": lambda: liveness(pulses, hang_seconds=hang_seconds),
        "/startupz": is_ready,
        "/readyz": is_ready,
        "/metrics": show_metrics,
    }


def show_metrics() -> SideAnswer:
    """Return what this process has counted, with the processes that it has forked."""
    return 200, metrics_page.text()


def liveness(pulses: Sequence[Pulse] = (), *, hang_seconds: float | None = None) -> SideAnswer:
    """Return 200 when each loop of this process has turned within `hang_seconds`, else 503 and the others' names."""
    seconds = settings.HANG_IS_UNHEALTHY_SECONDS if hang_seconds is None else hang_seconds
    hanging = [*describe_hangs(seconds), *(pulse.name for pulse in pulses if pulse.is_late(seconds))]
    return (503, {"status": "hanging", "hanging": hanging}) if hanging else (200, {"status": "ok"})


class _Readiness:
    """Asks for the essentials in a thread of its own, once for all who ask meanwhile: a database may take long."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked: Future[list[str]] | None = None

    def __call__(self) -> SideAnswer:
        try:
            missing = self._ask().result(ANSWER_SECONDS)
        except TimeoutError:
            missing = ["database"]
        body = {"status": "unavailable" if missing else "ok", "missing": missing}
        return (503 if missing else 200), body

    def _ask(self) -> "Future[list[str]]":
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                Thread(target=_answer, args=[self._asked], name="side-port-ready", daemon=True).start()
            return self._asked


def _answer(asked: "Future[list[str]]") -> None:
    try:
        missing = missing_essentials()
    except FAILURES:
        missing = ["database"]
    finally:
        connection.close()
    asked.set_result(missing)
