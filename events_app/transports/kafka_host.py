"""Run the loop that receives from Kafka, and a thread that sends heartbeats and stops it."""

import logging
import os
from collections.abc import Callable
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
    """Runs a subscriber in the thread that calls `run`; beats for each of its consumers, then calls `report`."""

    def __init__(
        self, subscriber: KafkaSubscriber, *, report: Callable[[KafkaSubscriber], None] = lambda _: None
    ) -> None:
        self._subscriber = subscriber
        self._report = report
        self._ended = Event()

    def run(self, is_asked_to_stop: Callable[[], bool]) -> bool:
        """Run until asked to stop; return False if the loop ended for another reason.

        If it does not end within _STOP_SECONDS, the process exits with code 1.
        """
        watcher = Thread(target=self._watch, args=(is_asked_to_stop,), name="consume-watch")
        watcher.start()
        self._run()
        was_asked = is_asked_to_stop()
        self._ended.set()
        watcher.join()
        return was_asked

    def _run(self) -> None:
        try:
            self._subscriber.run()
        except Exception:  # nothing above would log it
            logger.exception("receiving for %s ended unexpectedly", self._subscriber.name)
        finally:
            self._subscriber.stop.set()
            connections.close_all()

    def _watch(self, is_asked_to_stop: Callable[[], bool]) -> None:
        beat_at = monotonic()
        while not (is_asked_to_stop() or self._subscriber.stop.is_set()):
            if monotonic() >= beat_at:
                beat_at = monotonic() + heartbeats.BEAT_SECONDS
                self._beat()
            sleep(_LOOK_SECONDS)
        self._subscriber.stop.set()
        if not self._ended.wait(_STOP_SECONDS):
            logger.error("a consumer could not be stopped in %g s", _STOP_SECONDS)
            os._exit(1)
        self._for_each_consumer(heartbeats.retire, "cannot say goodbye")
        connections.close_all()

    def _beat(self) -> None:
        detail = _detail(self._subscriber)
        self._for_each_consumer(lambda role: heartbeats.beat(role, detail), "cannot report")
        self._try(lambda: self._report(self._subscriber), "cannot report")

    def _for_each_consumer(self, act: Callable[[str], object], trouble: str) -> None:
        for name in self._subscriber.consumers:
            self._try(lambda role=f"consumer:{name}": act(role), trouble)  # type: ignore[misc]

    def _try(self, act: Callable[[], object], trouble: str) -> None:
        try:
            act()
        except FAILURES as error:  # this thread must survive: it also stops the loop
            logger.warning("%s %s: %s", self._subscriber.name, trouble, describe_error(error))
            drop_broken_connection()


def _detail(subscriber: KafkaSubscriber) -> dict[str, JsonValue]:
    found = subscriber.progress.describe()
    return found if is_reachable(subscriber.options) else {**found, "state": "no broker"}
