"""`manage.py prepare`: bring database and broker to this release."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandParser

from accounts_app.operations.second_factors.sealing import Resealed, reseal_second_factors
from events_app.consumers.registration import register_consumers
from events_app.operating.commands import Exit, OperatorCommand, whole_number_from
from events_app.runtime.stop_flag import StopFlag
from events_app.transports.base import TransportError
from foundation.database.sessions import check_connection
from todo_project.installation.interruptible import InterruptibleWork
from todo_project.installation.patience import AskedToStop, HeldByAnother, Patience
from todo_project.installation.schema import SchemaChange, hold_schema, migrate_schema

if TYPE_CHECKING:
    from events_app.transports.kafka_topics import Topic

WAIT_SECONDS = 300


@dataclass(frozen=True)
class _Done:
    """What one preparation has changed, the topics that there are, and what no key opens."""

    schema: SchemaChange
    registered: list[str]
    resealed: Resealed
    topics: "list[Topic]" = field(default_factory=list)


class Command(OperatorCommand):
    """Wait for the database, apply missing migrations, register the consumers, and with `--topics` create the topics.

    Encrypt the secrets of second factors anew that are not under the present secret key (docs/operate/rotate-keys.md).

    Start it once for each release, before, with or after the other roles, which wait for the tables. Repeating changes
    nothing. Of two at once one waits for the other. An older release leaves the schema of a newer one as it is, and
    exits with 0. On PostgreSQL run it as the role that owns the tables; a migration that waits five seconds for a lock
    is undone and tried again, so that nobody waits behind it for longer.
    Exit code 1: what it waits for is still missing, or it was told to stop before all was done.
    """

    help = "Bring database and topics to this release."
    examples = """\
  manage.py prepare                      wait up to five minutes for the database
  manage.py prepare --topics --wait 900  create the topics on Kafka, too
  manage.py prepare --wait 0 --json      do not wait; say what was done as JSON"""

    def add_options(self, parser: CommandParser) -> None:
        """Declare `--topics` and `--wait`."""
        parser.add_argument("--topics", action="store_true", help="create the missing topics on Kafka, too")
        parser.add_argument(
            "--wait",
            type=whole_number_from(0, 86_400),
            default=WAIT_SECONDS,
            metavar="S",
            help="seconds to wait, in total, for services and other processes (default 300)",
        )

    def run(self, options: Mapping[str, Any]) -> Exit:
        """Prepare, and say what was done."""
        stop = StopFlag().listen()
        patience = Patience(options["wait"], stop.is_set)
        work = InterruptibleWork(lambda: _prepare(patience, has_topics=options["topics"]))
        try:
            done = work.result(stop.is_set)
        except AskedToStop:
            self._end_at_once(
                "stopped before all was done; what was not done is done by the next `manage.py prepare`."
            )
        except (TransportError, HeldByAnother) as error:
            self.refuse(str(error), Exit.FAILED)
        self._say_done(done)
        return Exit.OK

    def _end_at_once(self, sentence: str) -> None:
        """Exit without the thread that works: it may wait for a server that does not answer."""
        try:
            self.refuse(sentence, Exit.FAILED)
        finally:
            os._exit(Exit.FAILED)

    def _say_done(self, done: _Done) -> None:
        if done.schema.is_newer:
            self.say("the tables are of a newer release; they stay as they are", schema="newer")
        elif done.schema.applied:
            text = f"migrations applied: {', '.join(done.schema.applied)}"
            self.say(text, schema="migrated", applied=done.schema.applied)
        else:
            self.say("the tables are those of this release", schema="current")
        if done.registered:
            self.say(f"consumers registered: {', '.join(done.registered)}", registered=done.registered)
        if done.resealed != Resealed():
            self.say(str(done.resealed), **asdict(done.resealed))
        for topic in done.topics:
            self.say(str(topic), topic=topic.name, partitions=topic.partitions, created=topic.is_new)


def _prepare(patience: Patience, *, has_topics: bool) -> _Done:
    done = patience.attempt(_prepare_database)
    if not has_topics or settings.EVENT_TRANSPORT == "embedded":
        return done
    # Imported here, so that an installation without Kafka need not load its client.
    from events_app.transports.kafka_topics import create_event_topics  # noqa: PLC0415

    return replace(done, topics=patience.attempt(create_event_topics))


def _prepare_database() -> _Done:
    check_connection()
    with hold_schema():
        schema = migrate_schema()
        registered = register_consumers()
        return _Done(schema, registered, Resealed() if schema.is_newer else reseal_second_factors())
