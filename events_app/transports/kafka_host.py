"""Host several consumers in one process: a loop for each, and a thread that sends heartbeats and stops them."""

import logging
import os
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic, sleep

from django.db import connections
from pydantic import JsonValue

from events_app.errors import FAILURES, describe_error
from events_app.runtime import heartbeats
from events_app.transports.kafka_broker import is_reachable
from events_app.transports.kafka_subscriber import KafkaSubscriber
from foundation.database.transactions import drop_broken_connection

_STOP_SECONDS = 12.0
_LOOK_SECONDS = 0.2

logger = logging.getLogger(__name__)


class KafkaHost:
    """Runs `subscribers`, which share one `stop`, and calls `report` after each heartbeat.

    The first one's loop runs in the thread that calls `run`; the others have threads of their own.
    """

    def __init__(
        self,
        subscribers: Sequence[KafkaSubscriber],
        *,
        stop: Event,
        report: Callable[[KafkaSubscriber], None] = lambda _: None,
    ) -> None:
        self._subscribers = subscribers
        self._stop = stop
        self._report = report
        self._ended = Event()

    def run(self, is_asked_to_stop: Callable[[], bool]) -> bool:
        """Run until asked to stop; return False if the loops ended for another reason.

        If a loop does not end within _STOP_SECONDS, the process exits with code 1.
        """
        watcher = Thread(target=self._watch, args=(is_asked_to_stop,), name="consume-watch")
        watcher.start()
        self._run_all()
        was_asked = is_asked_to_stop()
        self._ended.set()
        watcher.join()
        return was_asked

    def _run_all(self) -> None:
        first, *others = self._subscribers
        threads = [Thread(target=self._run, args=(s,), name=f"consume-{s.consumer}") for s in others]
        for thread in threads:
            thread.start()
        self._run(first)
        for thread in threads:
            thread.join()

    def _run(self, subscriber: KafkaSubscriber) -> None:
        try:
            subscriber.run()
        except Exception:  # nothing above this thread would log it; the other loops end too
            logger.exception("consumer %s ended unexpectedly", subscriber.consumer)
        finally:
            self._stop.set()
            connections.close_all()

    def _watch(self, is_asked_to_stop: Callable[[], bool]) -> None:
        beat_at = monotonic()
        while not (is_asked_to_stop() or self._stop.is_set()):
            if monotonic() >= beat_at:
                beat_at = monotonic() + heartbeats.BEAT_SECONDS
                self._beat()
            sleep(_LOOK_SECONDS)
        self._stop.set()
        if not self._ended.wait(_STOP_SECONDS):
            logger.error("a consumer could not be stopped in %g s", _STOP_SECONDS)
            os._exit(1)
        self._retire()
        connections.close_all()

    def _beat(self) -> None:
        for subscriber in self._subscribers:
            try:
                heartbeats.beat(f"consumer:{subscriber.consumer}", _detail(subscriber))
                self._report(subscriber)
            except FAILURES as error:  # this thread must survive: it also stops the loops
                logger.warning("consumer %s cannot report: %s", subscriber.consumer, describe_error(error))
                drop_broken_connection()

    def _retire(self) -> None:
        for subscriber in self._subscribers:
            try:
                heartbeats.retire(f"consumer:{subscriber.consumer}")
            except FAILURES as error:
                logger.warning(
                    "consumer %s cannot say goodbye: %s", subscriber.consumer, describe_error(error)
                )


def _detail(subscriber: KafkaSubscriber) -> dict[str, JsonValue]:
    progress = subscriber.progress
    reachable = is_reachable(subscriber.options)
    return {
        "state": progress.state if reachable else "no broker",
        "messages": progress.messages,
        "batches": progress.batches,
        "trouble": progress.trouble,
    }
