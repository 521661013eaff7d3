"""Create the topics of events."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from events_app.operating.commands import Exit, OperatorCommand
from events_app.transports.base import TransportError


class Command(OperatorCommand):
    """Create the missing topics; repeating changes nothing, and existing topics are unchanged.

    TODO_TOPIC_PARTITIONS and TODO_TOPIC_REPLICATION apply to new topics only. With Dapr on Kafka run it too, with
    TODO_KAFKA_*; other brokers behind Dapr create topics themselves. Exit code 1: Kafka is away or refuses.
    """

    help = "Create the missing topics on Kafka."
    examples = """\
  manage.py topics            create what is missing, and say what there is
  manage.py topics --json     the same, one JSON object per topic
  TODO_TOPIC_PARTITIONS=24 TODO_TOPIC_REPLICATION=3 manage.py topics"""

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Create the topics and print all of them."""
        if settings.EVENT_TRANSPORT == "embedded":
            self.say(
                "the transport is embedded (TODO_EVENT_TRANSPORT): there are no topics", transport="embedded"
            )
            return Exit.OK
        # Imported here, so that commands that do not use Kafka need not load its client.
        from events_app.transports.kafka_topics import create_event_topics  # noqa: PLC0415

        try:
            topics = create_event_topics()
        except TransportError as error:
            self.refuse(str(error), Exit.FAILED)
        for topic in topics:
            self.say(str(topic), topic=topic.name, partitions=topic.partitions, created=topic.is_new)
        return Exit.OK
