"""Imported into every process of a platform under test, by TODO_FAULT_MODULE: two consumers more.

They insert one row per event into `probe_effect`, whose rows have no unique key: what the kernel applied twice
is there twice. What they do instead at certain events is said by rows of `probe_order`.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.db import connection

from events_app.consumers.specs import ConsumerSpec
from events_app.contracts import RecordedEvent
from events_app.models import Cursor
from events_app.transports.envelope import TOPICS

HANGS_SECONDS = 3600.0

PROBE = ConsumerSpec(
    name="probe",
    topics=tuple(TOPICS),
    wants=None,
    handler="todo_project.tests.platform.probe.take_one",
    policy="block",
    start="beginning",
    max_attempts=4,
)
PROBE_MANY = replace(
    PROBE, name="probe_many", handler="todo_project.tests.platform.probe.take_many", many=True, policy="skip"
)
settings.EVENT_CONSUMERS = (*settings.EVENT_CONSUMERS, PROBE, PROBE_MANY)


class OrderedToFail(Exception):
    """What a probe raises when it was told to."""


def take_one(event: RecordedEvent) -> None:
    """Handler of `probe`."""
    _obey("probe", event)
    _write("probe", [event])


def take_many(events: Sequence[RecordedEvent]) -> None:
    """Handler of `probe_many`."""
    for event in events:
        _obey("probe_many", event)
    _write("probe_many", events)


def _write(consumer: str, events: Sequence[RecordedEvent]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO probe_effect (consumer, stream, seq) VALUES (%s, %s, %s)",
            [(consumer, event.stream_key, event.seq) for event in events],
        )


def _obey(consumer: str, event: RecordedEvent) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT does FROM probe_order WHERE stream = %s AND seq = %s", [event.stream_key, event.seq]
        )
        for (does,) in cursor.fetchall():
            _do(does, consumer, event)


def _do(does: str, consumer: str, event: RecordedEvent) -> None:
    if does == "raise":
        raise OrderedToFail(f"{event.stream_key}/{event.seq}")
    if does == "raise once" and not _attempts(consumer, event):
        raise OrderedToFail(f"{event.stream_key}/{event.seq}, this time")
    if does in ("hang", f"hang in {consumer}"):
        time.sleep(HANGS_SECONDS)
    if does == "spin":
        while True:
            pass
    if does == "sleep in the database":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [HANGS_SECONDS])


def _attempts(consumer: str, event: RecordedEvent) -> int:
    cursors = Cursor.objects.filter(consumer=consumer, stream__key=event.stream_key)
    return cursors.values_list("attempts", flat=True).get()
