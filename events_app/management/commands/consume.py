"""Receive wake-ups from Kafka for consumers of the log."""

from collections.abc import Mapping
from itertools import chain
from threading import Event
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandParser

from events_app.consumers import registry
from events_app.consumers.hosting import NoSuchHost, split_by_topics, without_topics
from events_app.consumers.kernel import advance_together
from events_app.consumers.registration import register_when_possible
from events_app.operating.commands import Exit, OperatorCommand
from events_app.runtime.role_frame import prepared_role
from events_app.runtime.stop_flag import StopFlag

if TYPE_CHECKING:
    from events_app.transports.kafka_subscriber import KafkaSubscriber


class Command(OperatorCommand):
    """Host consumers until SIGTERM or Ctrl-C. The Kafka group is todo-NAME, of several todo-NAME-NAME, in one order.

    Any number of processes may host the same consumers: they share the partitions. A consumer that two groups host is
    still given each event once. While the broker or the database
    is away, the command retries. Reconcile, which the relay and Celery run, advances consumers without topics.
    Exit code 1: the loop ended by itself, did not stop within 12 s, or hung for a minute (the log then names the
    handler and the event).
    """

    help = "Receive from Kafka for one or several consumers."
    examples = """\
  manage.py consume audit recurrence        two consumers in one process
  manage.py consume notifications --json    progress as JSON, one line per heartbeat
  manage.py consume --all                   every consumer that has topics"""

    def add_options(self, parser: CommandParser) -> None:
        """Declare the names of consumers and `--all`."""
        parser.add_argument("names", nargs="*", metavar="NAME", help="consumers of settings.EVENT_CONSUMERS")
        parser.add_argument("--all", action="store_true", help="every consumer that has topics")

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Check the names, then receive until stopped."""
        names = self._names(options["names"], everything=options["all"])
        if settings.EVENT_TRANSPORT != "kafka":
            self.refuse(
                f"the transport is {settings.EVENT_TRANSPORT} (TODO_EVENT_TRANSPORT), which needs no such process: "
                "embedded, the engine runs the consumers; with Dapr, `manage.py receive` is handed the events."
            )
        flag = StopFlag().listen()
        with prepared_role(flag.is_set, hang_seconds=settings.HANG_ENDS_PROCESS_SECONDS) as is_prepared:
            if is_prepared and not self._consume(names, flag):
                self.refuse("receiving ended by itself; see the log.", Exit.FAILED)
        return Exit.OK

    def _consume(self, names: list[str], flag: StopFlag) -> bool:
        """Receive until stopped; return False if the loop ended by itself."""
        # Imported here, so that commands that do not use Kafka need not load its client.
        from events_app.transports.kafka_host import KafkaHost  # noqa: PLC0415

        register_when_possible(flag.is_set)
        registry.prepare_consumers(names)
        servers = settings.KAFKA.servers
        self.say(f"consuming {', '.join(names)} from Kafka at {servers}", consuming=names, kafka=servers)
        return KafkaHost(self._subscriber(names), report=self._report).run(flag.is_set)

    def _names(self, names: list[str], *, everything: bool) -> list[str]:
        try:
            served, silent = split_by_topics(names, otherwise="--all", everything=everything)
        except NoSuchHost as error:
            self.refuse(str(error))
        if silent:
            self.stderr.write(f"todo: {without_topics(silent)}")
        return [name for name in registry.consumers() if name in served]

    def _subscriber(self, names: list[str]) -> "KafkaSubscriber":
        from events_app.transports.kafka_subscriber import KafkaSubscriber  # noqa: PLC0415

        topics = [registry.consumer(name).spec.topics for name in names]
        return KafkaSubscriber(
            consumers=names,
            topics=list(dict.fromkeys(chain.from_iterable(topics))),
            options=settings.KAFKA,
            prefix=settings.TOPIC_PREFIX,
            advance=advance_together,
            stop=Event(),
        )

    def _report(self, subscriber: "KafkaSubscriber") -> None:
        names, progress = ", ".join(subscriber.consumers), subscriber.progress
        if self.as_json:
            self.say("", consumers=list(subscriber.consumers), **progress.describe())
        else:
            self.progress(lambda: f"{names}: {progress.state}, {progress.messages} messages")
