"""Receive from Kafka: one loop for all consumers that a process hosts.

A message is only a hint, so that a lost or repeated one costs nothing. Even so, offsets are committed only after the
kernel has stored the outcome, twice a second or when no messages come.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from time import monotonic, time
from typing import Literal

from django.db import Error as DatabaseFailure
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError
from kafka.structs import MemberState, OffsetAndMetadata
from pydantic import JsonValue

from events_app.runtime.crash import crash_point
from events_app.runtime.heartbeats import OLDEST_HINT
from events_app.runtime.watchdog import report_turn, watch_loop
from events_app.transports.base import TransportUnavailable
from events_app.transports.kafka_broker import open_client
from events_app.transports.news import News
from events_app.transports.options import KafkaOptions
from events_app.transports.wakeups import DroppedMessage, Wakeup, decode_headers, decode_wakeup
from foundation.backoff import retry_seconds
from foundation.counters import count
from foundation.database.transactions import drop_broken_connection

POLL_MS = 500
JOIN_POLL_MS = 5000
_JOIN_SECONDS = 15.0
MAX_RECORDS = 500
COMMIT_MS = 3000
COMMIT_SECONDS = 0.5
CLOSE_MS = 2000
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_STEADY_SECONDS = 60.0  # after this time without a failure, the backoff starts again

_SETTINGS: Mapping[str, object] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "allow_auto_create_topics": False,
    "session_timeout_ms": 10_000,
    "metadata_max_age_ms": 10_000,  # new topics are found within that time
    "reconnect_backoff_max_ms": 1000,  # the client's own backoff; between two clients we wait by `_pause`
    "metrics_enabled": False,
}

_Advance = Callable[[Mapping[str, Mapping[str, int]]], Mapping[str, int]]
Records = Mapping[TopicPartition, Sequence[ConsumerRecord]]
logger = logging.getLogger(__name__)


class NotInGroup(Exception):
    """This client did not become a member of its group, or lost its assignment."""


@dataclass
class Progress:
    """The state of a loop, and its counts since it started.

    `hint_from`: when the oldest message in hand was published, by the relay's clock in Unix seconds; 0 without one.
    """

    state: Literal["connecting", "no broker", "consuming", "no database", "stopped"] = "connecting"
    messages: int = 0
    batches: int = 0
    trouble: str = ""
    hint_from: float = 0.0

    def describe(self) -> dict[str, JsonValue]:
        """Return what a heartbeat says of the loop."""
        seconds = max(0.0, time() - self.hint_from) if self.hint_from else 0.0
        counted: dict[str, JsonValue] = {"messages": self.messages, "batches": self.batches}
        return {"state": self.state, **counted, "trouble": self.trouble, OLDEST_HINT: round(seconds, 3)}


@dataclass
class KafkaSubscriber:
    """Receives wake-ups from the topics of its consumers and calls `advance` with them, each for all consumers.

    `advance` takes `{consumer: {stream_key: sequence}}`. It returns how far the outcome is stored, by stream, and
    raises a database error when it is not. A message about what is stored already wakes nobody: most events come in
    two topics. `run` returns soon after `stop` is set.
    """

    consumers: Sequence[str]
    topics: Sequence[str]
    options: KafkaOptions
    advance: _Advance
    stop: Event
    prefix: str = ""
    progress: Progress = field(default_factory=Progress)
    news: News = field(default_factory=News)

    @property
    def name(self) -> str:
        """The names of the consumers, joined: the Kafka group is called after it."""
        return "-".join(self.consumers)

    def run(self) -> None:
        """Receive until `stop` is set. While the broker or the database is away, it retries."""
        with watch_loop(f"the loop that receives for {self.name}"):
            self._run()
        self.progress.state = "stopped"

    def _run(self) -> None:
        failures = 0
        while not self.stop.is_set():
            report_turn()
            began = monotonic()
            try:
                self._receive()
            except (KafkaError, TransportUnavailable, NotInGroup) as error:
                self._warn(error)
                failures = 1 if monotonic() - began > _STEADY_SECONDS else failures + 1
                self.stop.wait(_pause(failures))

    def _receive(self) -> None:
        client = self._connect()
        self._set_state("consuming")
        offsets, membership = _PendingOffsets(client, self.name), _Membership(client)
        try:
            while not self.stop.is_set():
                report_turn()
                records = client.poll(timeout_ms=membership.poll_ms(), max_records=MAX_RECORDS)
                # The first message of each partition is its oldest.
                self.progress.hint_from = min((p[0].timestamp / 1000 for p in records.values()), default=0.0)
                if records and self._handle(records):
                    offsets.add(records)
                offsets.commit(at_once=not records)
                membership.check(has_messages=bool(records))
            offsets.commit(at_once=True)
        finally:
            client.close(autocommit=False, timeout_ms=CLOSE_MS)

    def _connect(self) -> KafkaConsumer:
        group = f"{self.prefix}todo-{self.name}"
        client = open_client(KafkaConsumer, self.options, group_id=group, **_SETTINGS)
        client.subscribe([self.prefix + topic for topic in self.topics])
        return client

    def _handle(self, records: Records) -> bool:
        """Advance to the messages' sequence numbers; return False if stopped before the outcome was stored."""
        failures = 0
        hints = self.news.fresh(_wakeups(records))
        while not self.stop.is_set():
            report_turn()
            try:
                if hints:
                    crash_point("subscriber.before_advance")
                    self.news.keep(self.advance(dict.fromkeys(self.consumers, hints)))
            except DatabaseFailure as error:
                failures += 1
                self._wait_for_database(error, failures)
            else:
                self._set_state("consuming")
                self.progress.batches += 1
                self.progress.messages += sum(len(part) for part in records.values())
                return True
        return False

    def _wait_for_database(self, error: DatabaseFailure, failures: int) -> None:
        """Wait before a retry. No offset is committed meanwhile; Kafka allows a member five minutes between polls."""
        drop_broken_connection()
        count(f"consume.database_failures.{self.name}")
        if self.progress.state != "no database":
            self._set_state("no database", str(error))
            logger.warning("%s: waiting for the database: %s", self.name, error)
        self.stop.wait(_pause(failures))

    def _warn(self, error: Exception) -> None:
        count(f"consume.broker_failures.{self.name}")
        if self.progress.state != "no broker":
            logger.warning("%s: waiting for Kafka: %s", self.name, error)
        self._set_state("no broker", str(error))

    def _set_state(self, state: Literal["no broker", "consuming", "no database"], trouble: str = "") -> None:
        self.progress.state, self.progress.trouble = state, trouble


class _Membership:
    """Detects that this client has lost its assignment without noticing.

    kafka-python 3.0 loses an assignment that arrives between two polls while the group rebalances, and then polls for
    ever without partitions. Only a new client helps.
    """

    def __init__(self, client: KafkaConsumer) -> None:
        self._client = client
        self._stable_at = monotonic()

    def poll_ms(self) -> int:
        """Return the timeout of a poll: longer while the group rebalances, so that no poll ends during that."""
        return POLL_MS if self._is_stable() else JOIN_POLL_MS

    def check(self, *, has_messages: bool) -> None:
        """Raise NotInGroup when joining takes too long; `has_messages` is whether the last poll returned messages."""
        if has_messages or self._is_stable():
            self._stable_at = monotonic()
        elif monotonic() - self._stable_at > _JOIN_SECONDS:
            raise NotInGroup(f"not in the group after {_JOIN_SECONDS:g} s; connecting anew")

    def _is_stable(self) -> bool:
        return bool(self._client.group_metadata().state is MemberState.STABLE)


class _PendingOffsets:
    """Offsets to commit later: a commit after each batch would double its time."""

    def __init__(self, client: KafkaConsumer, name: str) -> None:
        self._client = client
        self._name = name
        self._offsets: dict[TopicPartition, OffsetAndMetadata] = {}
        self._commit_at = 0.0

    def add(self, records: Records) -> None:
        """Add the offsets after these messages."""
        for place, part in records.items():
            self._offsets[place] = OffsetAndMetadata(part[-1].offset + 1, "", part[-1].leader_epoch)

    def commit(self, *, at_once: bool) -> None:
        """Commit the offsets if `at_once` or due, except those of partitions that others have been assigned."""
        if not self._offsets or not (at_once or monotonic() >= self._commit_at):
            return
        mine = self._client.assignment()
        offsets = {place: offset for place, offset in self._offsets.items() if place in mine}
        self._offsets = {}
        self._commit_at = monotonic() + COMMIT_SECONDS
        crash_point("subscriber.before_acknowledge")
        try:
            self._client.commit(offsets, timeout_ms=COMMIT_MS)
        except KafkaError as error:
            # The messages are delivered again, to us or to the partition's new owner, and change nothing.
            count(f"consume.commit_failures.{self._name}")
            logger.info("%s: could not commit: %s", self._name, type(error).__name__)
        crash_point("subscriber.after_acknowledge")


def _wakeups(records: Records) -> list[Wakeup]:
    decoded = (_decode(record) for part in records.values() for record in part)
    return [wakeup for wakeup in decoded if isinstance(wakeup, Wakeup)]


def _decode(record: ConsumerRecord) -> Wakeup | DroppedMessage:
    """Return what a message says, from its key and headers if the relay wrote them: no body need be parsed."""
    headers = dict(record.headers)
    return decode_headers(record.key, headers) or decode_wakeup(record.value or b"")


def _pause(failures: int) -> float:
    return retry_seconds(failures, first=_FIRST_PAUSE_SECONDS, cap=_LONGEST_PAUSE_SECONDS)
