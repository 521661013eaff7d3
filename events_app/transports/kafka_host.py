"""Several consumers in one process: a thread with a loop for each, and one that watches them."""

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic, sleep

from django.db import Error as DatabaseFailure
from django.db import close_old_connections, connections
from pydantic import JsonValue

from events_app import heartbeats
from events_app.transports.kafka_broker import is_reachable
from events_app.transports.kafka_subscriber import KafkaSubscriber

JOIN_SECONDS = 12.0
LOOK_SECONDS = 0.2

logger = logging.getLogger(__name__)


class KafkaHost:
    """Runs `subscribers`, which share one `stop`; `report` is called after each heartbeat."""

    def __init__(
        self,
        subscribers: Sequence[KafkaSubscriber],
        *,
        stop: Event,
        report: Callable[[KafkaSubscriber], None] = lambda _: None,
    ) -> None:
        self._stop = stop
        self._report = report
        self._threads = {
            subscriber.consumer: Thread(
                target=_run, args=(subscriber,), name=f"consume-{subscriber.consumer}"
            )
            for subscriber in subscribers
        }
        self._subscribers = subscribers

    def run(self, is_asked_to_stop: Callable[[], bool]) -> bool:
        """Work until asked to stop; return whether every loop ended because of that, and in time."""
        for thread in self._threads.values():
            thread.daemon = True  # a handler that hangs must not outlive the deadline
            thread.start()
        all_alive = self._watch(is_asked_to_stop)
        self._stop.set()
        return self._join() and all_alive

    def _watch(self, is_asked_to_stop: Callable[[], bool]) -> bool:
        beat_at = monotonic()
        while not is_asked_to_stop():
            sleep(LOOK_SECONDS)
            if not all(thread.is_alive() for thread in self._threads.values()):
                return False
            if monotonic() >= beat_at:
                beat_at = monotonic() + heartbeats.BEAT_SECONDS
                self._beat()
        return True

    def _beat(self) -> None:
        for subscriber in self._subscribers:
            try:
                heartbeats.beat(f"consumer:{subscriber.consumer}", _detail(subscriber))
            except DatabaseFailure as error:
                logger.warning("consumer %s cannot report: %s", subscriber.consumer, error)
                close_old_connections()
            self._report(subscriber)

    def _join(self) -> bool:
        deadline = monotonic() + JOIN_SECONDS
        for thread in self._threads.values():
            thread.join(max(0.0, deadline - monotonic()))
        in_time = not any(thread.is_alive() for thread in self._threads.values())
        for subscriber in self._subscribers:
            _retire(subscriber)
        return in_time


def _run(subscriber: KafkaSubscriber) -> None:
    try:
        subscriber.run()
    except Exception:  # the thread's last word; `run` of the host sees that it ended
        logger.exception("consumer %s ended unexpectedly", subscriber.consumer)
    finally:
        connections.close_all()


def _detail(subscriber: KafkaSubscriber) -> dict[str, JsonValue]:
    progress = subscriber.progress
    reachable = is_reachable(subscriber.options)
    return {
        "state": progress.state if reachable else "no broker",
        "messages": progress.messages,
        "batches": progress.batches,
        "trouble": progress.trouble,
    }


def _retire(subscriber: KafkaSubscriber) -> None:
    try:
        heartbeats.retire(f"consumer:{subscriber.consumer}")
    except DatabaseFailure as error:
        logger.warning("consumer %s cannot say goodbye: %s", subscriber.consumer, error)
