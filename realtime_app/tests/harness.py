"""A process with a real server and a real engine that runs commands, JSON lines on its standard input.

Run as `python -m realtime_app.tests.harness` with TODO_DATABASE_URL set to a database of its own. Each command
is `{"do": name, ...arguments}` and is answered by one JSON line, in order.
"""

import gc
import json
import os
import resource
import sys
import threading
import traceback
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from uuid import uuid4

import django
from django.apps import apps
from django.conf import settings

django.setup()
settings.EVENT_CONSUMERS = tuple(spec for spec in settings.EVENT_CONSUMERS if spec.name == "realtime")
settings.EVENT_SWEEPS = tuple(spec for spec in settings.EVENT_SWEEPS if spec.name == "reconcile")
# Tables straight from the models: the history of migrations is not what is tested here.
settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import OperationalError, close_old_connections  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

from accounts_app.models import BrowserSession, RefreshFamily, SocketTicket, User  # noqa: E402
from accounts_app.operations.sign_ins.families import begin_family, revoke_families  # noqa: E402
from accounts_app.sessions import SessionStore, hash_session_key  # noqa: E402
from accounts_app.tests.factories import make_user  # noqa: E402
from devstack.waiting import wait_until  # noqa: E402
from events_app.log.epochs import begin_epoch, heads_and_epoch  # noqa: E402
from events_app.log.history import events_between, head_of  # noqa: E402
from events_app.log.write import writing  # noqa: E402
from events_app.models import Epoch, Stream  # noqa: E402
from events_app.runtime.engine import Engine  # noqa: E402
from foundation.counters import snapshot  # noqa: E402
from foundation.database.transactions import database_now  # noqa: E402
from realtime_app.errors import TooManySockets  # noqa: E402
from realtime_app.models import SocketHost, SocketSlot  # noqa: E402
from realtime_app.operations import LEASE, claim_slot  # noqa: E402
from realtime_app.queries import WANTED_TYPES  # noqa: E402
from realtime_app.server.socket_server import SocketServer  # noqa: E402
from realtime_app.sockets import endpoint, hub, push, shared_reads, slots  # noqa: E402
from realtime_app.sockets.database import in_database  # noqa: E402
from realtime_app.sockets.endpoint import TaskSocket  # noqa: E402
from realtime_app.tests.payloads import notification, preferences  # noqa: E402

if "HARNESS_SLOTS_SECONDS" in os.environ:
    hub.SLOTS_SECONDS = float(os.environ["HARNESS_SLOTS_SECONDS"])  # type: ignore[attr-defined]


class Commands:
    """The commands of the tests; each method is one."""

    def __init__(self, server: SocketServer) -> None:
        self._server = server
        self._writers: list[threading.Thread] = []
        self._is_anybody_listening = push.is_anybody_listening

    def make_user(self, *, is_staff: bool = False) -> dict[str, Any]:
        user = make_user(is_staff=is_staff)
        return {"user_id": user.pk, "name": user.username, "access": begin_family(user).access}

    def make_session(self, user_id: int) -> str | None:
        user = User.objects.get(pk=user_id)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        return session.session_key

    def flush_session(self, user_id: int, *, key: str) -> None:
        SessionStore(key).flush()

    def cycle_session(self, user_id: int, *, key: str) -> None:
        """Give the session another key, as a new sign-in does."""
        SessionStore(key).cycle_key()

    def expire_session(self, user_id: int, *, key: str) -> None:
        rows = BrowserSession.objects.filter(session_key=hash_session_key(key))
        assert rows.update(expire_date=timezone.now()) == 1

    def delete_sessions(self, user_id: int, *, key: str) -> None:
        BrowserSession.objects.filter(user_id=user_id).delete()

    def write(self, user_id: int, count: int = 1, *, body_size: int = 0, unwanted: int = 0) -> int:
        """Record `count` notifications, then `unwanted` events that sockets do not show, in one transaction."""
        with writing(user_id) as log:
            payloads = [notification(number, "x" * body_size) for number in range(count)]
            log.record_many([*payloads, *(preferences() for _ in range(unwanted))])
        return head_of(user_id)

    def write_on(self, user_id: int, transactions: int) -> None:
        """Write in the background while other commands run."""

        def work() -> None:
            for number in range(transactions):
                self.write(user_id, 1 + number % 3, unwanted=number % 2)

        self._writers.append(threading.Thread(target=work))
        self._writers[-1].start()

    def finish_writing(self) -> None:
        while self._writers:
            self._writers.pop().join()

    def wanted(self, user_id: int) -> list[int]:
        """Return the sequence numbers that a client must have received."""
        events = events_between(user_id, after=0, to=head_of(user_id), types=WANTED_TYPES)
        return [event.seq for event in events]

    def lose_pushes(self, *, yes: bool) -> None:
        push.is_anybody_listening = (lambda: False) if yes else self._is_anybody_listening

    def look_away(self, *, yes: bool) -> None:
        """Stop the watcher of heads from finding anything."""
        hub.heads_and_epoch = see_nothing if yes else heads_and_epoch  # type: ignore[attr-defined]

    def lose_database(self, *, yes: bool) -> None:
        """Make the database work of the sockets fail, and no other."""
        replacement = refuse if yes else in_database
        for module in (hub, slots, endpoint, shared_reads):
            module.in_database = replacement  # type: ignore[attr-defined]

    def fill_slots(self, user_id: int) -> None:
        """Claim all free slots of the user for another live process."""
        host_id = uuid4()
        with suppress(TooManySockets):
            while True:
                claim_slot(user_id, host_id=host_id)

    def silence_host(self, *, slot_id: int) -> None:
        """Set the last renewal of the process that holds this slot to longer ago than a lease."""
        host = SocketHost.objects.filter(slots=slot_id)
        host.update(renewed_at=database_now() - 2 * LEASE)

    def slot_ids(self, user_id: int) -> list[int]:
        return list(SocketSlot.objects.filter(user_id=user_id).values_list("pk", flat=True))

    def forget_slots(self, user_id: int) -> None:
        """Delete the user's slots, as a process does that took them over and ended."""
        SocketSlot.objects.filter(user_id=user_id).delete()

    def expire_families(self, user_id: int) -> None:
        RefreshFamily.objects.filter(user_id=user_id).update(expires_at=timezone.now())

    def deactivate(self, user_id: int) -> None:
        User.objects.filter(pk=user_id).update(is_active=False)

    def change_password(self, user_id: int) -> None:
        user = User.objects.get(pk=user_id)
        user.set_password("another password")
        user.save()

    def revoke_families(self, user_id: int) -> None:
        revoke_families(RefreshFamily.objects.filter(user_id=user_id), reason="signed_out")

    def expire_tickets(self, user_id: int) -> None:
        SocketTicket.objects.filter(user_id=user_id).update(expires_at=timezone.now())

    def trim(self, user_id: int, tail: int) -> None:
        """Trim the log once it is published so far, as the constraint requires."""
        published = Stream.objects.filter(key=f"user:{user_id}", published__gte=tail)
        assert wait_until(lambda: published.update(tail=tail) == 1, seconds=20)

    def begin_epoch(self) -> str:
        return begin_epoch(Epoch.Reason.ASKED).value

    def restore(self, user_id: int, head: int) -> None:
        """Restore the log to `head`, as from a backup."""
        stream = Stream.objects.get(key=f"user:{user_id}")
        stream.events.filter(seq__gt=head).delete()
        stream.cursors.update(seq=head)
        Stream.objects.filter(pk=stream.pk).update(head=head, published=head, settled=head)

    def slots(self, user_id: int) -> int:
        return SocketSlot.objects.filter(user_id=user_id).count()

    def living_sockets(self) -> int:
        """Return the number of connection objects that still exist."""
        gc.collect()
        return sum(isinstance(each, TaskSocket) for each in gc.get_objects())

    def counters(self) -> dict[str, int]:
        return snapshot()

    def peak_memory_mb(self) -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def stop(self) -> None:
        self._server.stop()


def see_nothing(user_ids: Collection[int]) -> tuple[dict[int, int], str]:
    """Replace the read of heads with one that finds nothing."""
    raise OperationalError("not now")


async def refuse(*_: object, **__: object) -> None:
    """Replace database work with an error, as if the database were away."""
    raise OperationalError("server closed the connection unexpectedly")


def obey(server: SocketServer) -> None:
    """Run commands until the input ends. An error ends the process, so that no test waits for an answer."""
    commands = Commands(server)
    try:
        for line in sys.stdin:
            command = json.loads(line)
            close_old_connections()
            answer(getattr(commands, command.pop("do"))(**command))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    server.stop()


def answer(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main() -> None:
    call_command("migrate", verbosity=0, skip_checks=True, run_syncdb=True)
    stop = threading.Event()
    engine = threading.Thread(target=Engine().run, args=[stop])

    def on_ready() -> None:
        engine.start()
        answer(list(server.address))
        threading.Thread(target=obey, args=[server], daemon=True).start()

    applications = import_string(settings.ASGI_APPLICATION), import_string(settings.WSGI_APPLICATION)
    server = SocketServer(*applications, host="127.0.0.1", port=0, on_ready=on_ready)
    server.run()
    stop.set()
    engine.join()


if __name__ == "__main__":
    main()
