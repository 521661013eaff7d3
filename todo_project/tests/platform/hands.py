"""A process that acts on a platform when told to, by JSON lines on its standard input.

Run as `python -m todo_project.tests.platform.hands`. Each command is `{"do": name, ...arguments}` and is answered by
one JSON line, in order: `{"is": answer}`, or `{"error": text}` when it raised.
"""

import contextlib
import io
import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import Error as DatabaseFailure  # noqa: E402
from django.db import close_old_connections, connection  # noqa: E402
from django.db.models import F  # noqa: E402

from accounts_app.models import User  # noqa: E402
from accounts_app.operations.sign_ins.families import begin_family  # noqa: E402
from accounts_app.tests.factories import make_user  # noqa: E402
from events_app.consumers.kernel import advance  # noqa: E402
from events_app.consumers.reconcile import reconcile  # noqa: E402
from events_app.contracts import NotificationCreated, NotificationSnapshot  # noqa: E402
from events_app.log.history import head_of  # noqa: E402
from events_app.log.write import writing  # noqa: E402
from events_app.models import Cursor, Stream  # noqa: E402
from events_app.operating.recovery import retry_cursor  # noqa: E402
from events_app.runtime.engine import Engine  # noqa: E402
from foundation.database.transactions import clock, database_now  # noqa: E402
from notifications_app.operations.deliveries import send_due_deliveries  # noqa: E402
from tasks_app import recurrence as rec  # noqa: E402
from tasks_app.operations.completion import complete_task  # noqa: E402
from tasks_app.operations.tasks import create_task  # noqa: E402
from tasks_app.values.fields import UNSET, AtInstant, ReminderInput, TaskFields  # noqa: E402
from todo_project.tests.erasure.belongings import rows_of, rows_that_say  # noqa: E402

FINISH_SECONDS = 60.0


class Writer(threading.Thread):
    """Creates tasks for some users in turn, until told to rest; remembers what was confirmed."""

    def __init__(self, user_ids: list[int], pause: float) -> None:
        super().__init__(daemon=True)
        self._users = cycle(list(User.objects.filter(pk__in=user_ids)))
        self._pause = pause
        self._resting = threading.Event()
        self.confirmed: list[int] = []
        self.failures: list[str] = []

    def run(self) -> None:
        while not self._resting.wait(self._pause):
            try:
                made = create_task(TaskFields(title="Under load"), by=next(self._users), at=database_now())
            except DatabaseFailure as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                close_old_connections()
            else:
                self.confirmed.append(made.task.pk)
        connection.close()

    def rest(self) -> dict[str, list[Any]]:
        self._resting.set()
        self.join()
        return {"confirmed": self.confirmed, "failures": self.failures}


class Advancer(threading.Thread):
    """Tells the kernel of the probes, over and over, that some streams have reached any number."""

    def __init__(self, user_ids: list[int]) -> None:
        super().__init__(daemon=True)
        self._hints = {f"user:{user_id}": 2**40 for user_id in user_ids}
        self._resting = threading.Event()
        self.applied = 0

    def run(self) -> None:
        while not self._resting.is_set():
            self.applied += sum(advance(name, self._hints).events for name in ("probe", "probe_many"))
        connection.close()

    def rest(self) -> int:
        self._resting.set()
        self.join()
        return self.applied


class Commands:
    """What the tests may ask for; each method is a command."""

    def __init__(self) -> None:
        self._writer: Writer | None = None
        self._advancer: Advancer | None = None

    def make_users(self, count: int, **fields: Any) -> list[dict[str, Any]]:
        users = [make_user(f"user{uuid4().hex}", **fields) for _ in range(count)]
        return [{"id": user.pk, "access": begin_family(user).access} for user in users]

    def create(self, user_ids: list[int], *, count: int = 1) -> None:
        """Create so many tasks for each user, a transaction each."""
        for user in User.objects.filter(pk__in=user_ids):
            for _ in range(count):
                create_task(TaskFields(title="Milk"), by=user, at=database_now())

    def create_unheard(self, user_ids: list[int], *, count: int) -> None:
        """The same, but the log believes that the broker was told, in the same transaction."""
        for user in User.objects.filter(pk__in=user_ids):
            with writing(user) as log:
                for _ in range(count):
                    create_task(TaskFields(title="Unheard of"), by=user, at=database_now())
                Stream.objects.filter(key=log.key).update(published=F("head"))

    def notify(self, user_id: int, *, count: int, body_size: int = 0) -> int:
        """Record so many events in one transaction; return the head."""
        now = database_now()
        payloads = [
            NotificationCreated(
                notification=NotificationSnapshot(
                    id=10**9 + number,
                    kind="reminder",
                    title="Told",
                    body="x" * body_size,
                    task_id=None,
                    reminder_id=None,
                    firing=None,
                    created_at=now,
                    read_at=None,
                )
            )
            for number in range(count)
        ]
        with writing(user_id) as log:
            log.record_many(payloads)
        return head_of(user_id)

    def remind(self, user_id: int, *, seconds: float, recurring: bool = False, seconds_ago: float = 0) -> int:
        """Create a task with a reminder that is due in so many seconds; return its id.

        With `seconds_ago` it was all done then, by a clock that the whole transaction goes by.
        """
        since = timedelta(seconds=seconds_ago)
        with clock(lambda: datetime.now(UTC) - since) if seconds_ago else contextlib.nullcontext():
            user, now = User.objects.get(pk=user_id), database_now()
            fields = TaskFields(
                title="Stretch",
                due=AtInstant(now + timedelta(hours=1)),
                reminders=(ReminderInput(at=AtInstant(now + timedelta(seconds=seconds))),),
                recurrence=rec.parse_recurrence("daily", week_start="mo") if recurring else UNSET,
            )
            return create_task(fields, by=user, at=now).task.pk

    def complete(self, user_id: int, *, task_id: int) -> None:
        complete_task(task_id, by=User.objects.get(pk=user_id), at=database_now())

    def start_writing(self, user_ids: list[int], *, pause: float = 0.005) -> None:
        """Create tasks in the background, until `rest`."""
        self._writer = Writer(user_ids, pause)
        self._writer.start()

    def failed(self) -> int:
        """How many attempts to create a task have failed so far."""
        assert self._writer is not None
        return len(self._writer.failures)

    def rest(self) -> dict[str, list[Any]]:
        """Stop creating; return what was confirmed, and what failed."""
        assert self._writer is not None
        return self._writer.rest()

    def start_advancing(self, user_ids: list[int]) -> None:
        """Run the probes on these streams in the background, until `stop_advancing`."""
        self._advancer = Advancer(user_ids)
        self._advancer.start()

    def stop_advancing(self) -> int:
        """Stop; return how many events this process applied."""
        assert self._advancer is not None
        return self._advancer.rest()

    def unblock(self) -> None:
        """Do for every waiting and blocked cursor what an operator does who has mended the cause."""
        for cursor_id in Cursor.objects.filter(retry_at__isnull=False).values_list("pk", flat=True):
            retry_cursor(cursor_id)

    def finish(self) -> None:
        """Be an engine and a sender for one round of everything, then until everything is published and applied."""
        engine, give_up_at = Engine(role="finisher"), time.monotonic() + FINISH_SECONDS
        unfinished = Stream.objects.exclude(head=F("published"), settled=F("head"))
        waiting = Cursor.objects.filter(retry_at__isnull=False, blocked_at__isnull=True)
        engine.step()
        while (unfinished.exists() or waiting.exists()) and time.monotonic() < give_up_at:
            engine.step()
            reconcile(quiet_seconds=0)  # nobody else is writing
        send_due_deliveries()
        engine.relay.close()

    def audit(self, wait: float) -> dict[str, Any]:
        """Run `manage.py event_audit --json`; return its exit code and what it found."""
        code, lines = _run_command("event_audit", "--wait", str(wait))
        return {"code": code, "found": [line for line in lines if "check" in line]}

    def verify_trails(self) -> dict[str, Any]:
        """Run `manage.py audit_verify --json`; return its exit code and what it printed."""
        code, lines = _run_command("audit_verify")
        return {"code": code, "lines": lines}

    def find_rows(self, user_id: int, *, mark: str) -> dict[str, Any]:
        """Return which models have rows of a user, with how many, and which rows hold a text."""
        rows = {model.__name__: number for model, number in rows_of(user_id).items() if number}
        return {"of_user": rows, "with_mark": rows_that_say(mark)}


def _run_command(name: str, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Run a command of operators with --json; return its exit code and its lines."""
    printed, code = io.StringIO(), 0
    with contextlib.redirect_stdout(printed):
        try:
            call_command(name, "--json", *arguments, stdout=printed)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, [json.loads(line) for line in printed.getvalue().splitlines()]


def obey(commands: Commands, line: str) -> dict[str, Any]:
    """Do what one line says."""
    command = json.loads(line)
    close_old_connections()
    try:
        return {"is": getattr(commands, command.pop("do"))(**command)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    commands = Commands()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(obey(commands, line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
