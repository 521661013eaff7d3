"""Readers and forgers at the broker, who know nothing of the platform but its topics."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import orjson
from kafka import KafkaProducer

from devstack import Stack
from events_app.tests.transports.harness import first_appearances, plain, read_topic
from events_app.transports.envelope import TOPICS
from todo_project.tests.platform.platforms import Platform


@dataclass(frozen=True)
class Outside:
    """The topics of one platform in the stack's Kafka."""

    stack: Stack
    prefix: str

    def was_told_everything(self, platform: Platform, *user_ids: int) -> None:
        """Each topic holds each event that belongs there, each user's in order of first appearance."""
        for topic, (types, _) in TOPICS.items():
            seen = read_topic(plain(self.stack), self.prefix + topic)
            for user_id in user_ids:
                assert first_appearances(seen, str(user_id)) == _recorded(platform, user_id, types), (
                    f"{topic} of user {user_id}"
                )

    def envelopes(self, topic: str) -> list[dict[str, object]]:
        """What a topic holds, with repeats."""
        return [seen.envelope for seen in read_topic(plain(self.stack), self.prefix + topic)]

    @contextmanager
    def producer(self) -> Iterator["Forger"]:
        """Somebody who may write to the topics."""
        producer = KafkaProducer(**plain(self.stack).client_settings(), metrics_enabled=False)
        try:
            yield Forger(producer, self.prefix)
        finally:
            producer.close()


@dataclass(frozen=True)
class Forger:
    """Puts into topics what no relay sent."""

    producer: KafkaProducer
    prefix: str

    def repeat(self, topic: str, envelopes: Sequence[dict[str, object]], *, times: int) -> None:
        """Send everything again so many times, shuffled."""
        again = list(envelopes) * times
        random.Random(1).shuffle(again)
        for envelope in again:
            self.send(topic, orjson.dumps(envelope), key=str(envelope["partitionkey"]))
        self.producer.flush()

    def send(self, topic: str, body: bytes, *, key: str = "1") -> None:
        """Send anything at all."""
        self.producer.send(self.prefix + topic, key=key.encode(), value=body)


def _recorded(platform: Platform, user_id: int, types: Sequence[str]) -> list[int]:
    wanted = ", ".join(["%s"] * len(types))
    rows = platform.database.rows(
        "SELECT e.seq FROM events_app_event e JOIN events_app_stream s ON s.id = e.stream_id"
        f" WHERE s.key = %s AND e.type IN ({wanted}) ORDER BY e.seq",
        f"user:{user_id}",
        *types,
    )
    return [seq for (seq,) in rows]
