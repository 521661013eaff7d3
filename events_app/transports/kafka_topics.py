"""Create topics explicitly: a broker that creates them on demand gives each one partition for ever."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from events_app.transports.base import TransportError
from events_app.transports.envelope import TOPICS
from events_app.transports.kafka_broker import open_client
from events_app.transports.options import KafkaOptions

# Kafka's default, set explicitly: a broker may be configured with less than our messages need.
_MAX_MESSAGE_BYTES = 1_048_588


@dataclass(frozen=True)
class Topic:
    """A topic that exists; `is_new` if this call created it."""

    name: str
    partitions: int
    is_new: bool

    def __str__(self) -> str:
        return f"{self.name}: {'created' if self.is_new else 'exists'}, {self.partitions} partitions"


def create_event_topics() -> list[Topic]:
    """Create the missing topics of the settings, as `create_topics` does, and return all of them."""
    return create_topics(settings.KAFKA, [settings.TOPIC_PREFIX + name for name in TOPICS])


def create_topics(options: KafkaOptions, names: Iterable[str]) -> list[Topic]:
    """Create the topics that are missing, with the partitions and replicas of `options`.

    Repeating changes nothing: existing topics are unchanged, whatever their number of partitions. Returns all of
    them. Raises TransportUnavailable without a broker, TransportError when the broker refuses.
    """
    try:
        with open_client(KafkaAdminClient, options) as admin:
            return _create(admin, options, sorted(set(names)))
    except KafkaError as error:
        raise TransportError(
            f"Kafka at {options.servers} refuses: {type(error).__name__}: {error}"
        ) from error


def missing_topics(options: KafkaOptions, names: Iterable[str]) -> list[str]:
    """Return the names that do not exist as topics. Raises TransportUnavailable or TransportError."""
    try:
        with open_client(KafkaAdminClient, options) as admin:
            return sorted(set(names) - set(admin.list_topics()))
    except KafkaError as error:
        raise TransportError(
            f"Kafka at {options.servers} refuses: {type(error).__name__}: {error}"
        ) from error


def _create(admin: KafkaAdminClient, options: KafkaOptions, names: list[str]) -> list[Topic]:
    wanted = {
        "num_partitions": options.partitions,
        "replication_factor": options.replication,
        "configs": {"max.message.bytes": str(_MAX_MESSAGE_BYTES)},
    }
    answer = admin.create_topics(dict.fromkeys(names, wanted), raise_errors=False)
    created = {topic["name"] for topic in answer["topics"] if _is_created(topic)}
    admin.wait_for_topics(names)
    return [
        Topic(found["name"], len(found["partitions"]), found["name"] in created)
        for found in sorted(admin.describe_topics(names), key=lambda found: str(found["name"]))
    ]


def _is_created(topic: dict[str, Any]) -> bool:
    error = for_code(topic["error_code"])
    if topic["error_code"] not in (0, TopicAlreadyExistsError.errno):
        raise TransportError(
            f"Kafka will not create {topic['name']}: {topic['error_message'] or error.__name__}"
        )
    return bool(topic["error_code"] == 0)
