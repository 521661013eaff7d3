"""The log and its four numbers: head, published, settled, and one cursor per consumer."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Stream(models.Model):
    """One user's history: how far it is written, sent to the broker, applied by all, and trimmed."""

    key = models.CharField(max_length=64)
    head = models.BigIntegerField(default=0, db_default=0)
    published = models.BigIntegerField(default=0, db_default=0)
    settled = models.BigIntegerField(default=0, db_default=0)
    tail = models.BigIntegerField(default=0, db_default=0)
    moved_at = models.DateTimeField(db_default=Now())
    relay_attempts = models.PositiveIntegerField(default=0, db_default=0)
    relay_retry_at = models.DateTimeField(null=True, blank=True)
    relay_error = models.TextField(default="", db_default="", blank=True)

    class Meta:
        constraints = [
            # Not `unique=True`: that adds a second index for LIKE on PostgreSQL, which each event would update.
            models.UniqueConstraint(fields=["key"], name="stream_once_per_key"),
            models.CheckConstraint(
                name="stream_numbers_in_order",
                condition=Q(published__lte=F("head"))
                & Q(settled__lte=F("head"))
                & Q(tail__lte=F("published"))
                & Q(tail__gte=0),
            ),
        ]
        indexes = [
            # Partial: a stream is in these only while it has work to do, so that cost follows the backlog.
            models.Index(fields=["id"], name="stream_unpublished", condition=Q(published__lt=F("head"))),
            models.Index(
                fields=["id", "moved_at"], name="stream_unsettled", condition=Q(settled__lt=F("head"))
            ),
        ]

    def __str__(self) -> str:
        return self.key


# Events that the page of a task lists. They are few of all events and have an index by task.
NOTICE_TYPES = ("reminder.scheduled", "reminder.due", "reminder.cancelled", "notification.created")


class Event(models.Model):
    """One change, inserted in the transaction that made it; the application never updates one."""

    # No index of its own: the one of `event_once_per_seq` begins with this column.
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="events", db_index=False)
    seq = models.BigIntegerField()
    event_id = models.UUIDField(default=uuid.uuid4, unique=True)
    type = models.CharField(max_length=64)
    v = models.PositiveSmallIntegerField()
    task_id = models.BigIntegerField(null=True)
    data = models.JSONField()
    actor_type = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    causation_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, default="", blank=True)
    traceparent = models.CharField(max_length=64, default="", blank=True)
    client_request_id = models.CharField(max_length=64, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_once_per_seq")]
        indexes = [
            models.Index(
                fields=["stream", "task_id", "seq"],
                name="event_notices_of_task",
                condition=Q(type__in=NOTICE_TYPES),
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stream_id}/{self.seq}"


class Consumer(models.Model):
    """A registered reader of the log and its state."""

    class State(models.TextChoices):
        CATCHING_UP = "catching_up"
        LIVE = "live"
        PAUSED = "paused"

    name = models.CharField(max_length=64, primary_key=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.CATCHING_UP)
    walked_to = models.BigIntegerField(default=0, help_text="Last stream id that catching up has passed.")
    registered_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Cursor(models.Model):
    """How far one consumer has applied one stream, and the failure at its next event, if there is one."""

    consumer = models.CharField(max_length=64)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="cursors")
    seq = models.BigIntegerField(default=0, db_default=0)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(default="", db_default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer", "stream"], name="cursor_once")]
        indexes = [
            models.Index(fields=["retry_at"], name="cursor_retry", condition=Q(retry_at__isnull=False)),
            models.Index(fields=["consumer"], name="cursor_blocked", condition=Q(blocked_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.stream_id}/{self.seq}"


class DeadLetter(models.Model):
    """An event that one consumer skipped after its last attempt."""

    consumer = models.CharField(max_length=64)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="dead_letters")
    seq = models.BigIntegerField()
    event_id = models.UUIDField()
    type = models.CharField(max_length=64)
    error = models.TextField()
    attempts = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(
        max_length=16, default="", blank=True, choices=[("retried", "retried"), ("skipped", "skipped")]
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer", "stream", "seq"], name="dead_letter_once")]
        indexes = [
            models.Index(fields=["id"], name="dead_letter_open", condition=Q(resolved_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.type} {self.stream_id}/{self.seq}"


class HangNote(models.Model):
    """The events of a handler that hung until its process was ended; kept until it is counted as a failed attempt.

    `is_alone`: the handler had only one event, so it is certain which event hung; see consumers/hangs.py.
    """

    note_id = models.UUIDField(default=uuid.uuid4, unique=True)
    consumer = models.CharField(max_length=64)
    stream_key = models.CharField(max_length=64)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    is_alone = models.BooleanField()
    reason = models.TextField()
    noted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.consumer} {self.stream_key}/{self.first_seq}-{self.last_seq}"


class ParkedMessage(models.Model):
    """A message that no broker will ever accept, kept with the reason."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="parked_messages")
    seq = models.BigIntegerField()
    topic = models.CharField(max_length=249)
    reason = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq", "topic"], name="parked_once")]

    def __str__(self) -> str:
        return f"{self.topic} {self.stream_id}/{self.seq}"


class Lease(models.Model):
    """The right to do one piece of work until a moment of the database's clock."""

    name = models.CharField(max_length=160, primary_key=True)
    holder = models.CharField(max_length=128)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.holder}"


class Heartbeat(models.Model):
    """The last sign of life of one process in one role."""

    role = models.CharField(max_length=64)
    instance = models.CharField(max_length=128)
    started_at = models.DateTimeField(db_default=Now())
    beat_at = models.DateTimeField(db_default=Now())
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "instance"], name="heartbeat_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.instance}"


class Epoch(models.Model):
    """Which history this database holds, in one row: sequence numbers mean something within one epoch only."""

    class Reason(models.TextChoices):
        """Why this epoch began."""

        INSTALLED = "installed"
        ASKED = "asked"
        NO_FILE = "no_file"
        OTHER_FILE = "other_file"
        COPIED = "copied"
        POWER_CUT = "power_cut"
        RESTORED = "restored"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.CharField(max_length=36)
    reason = models.CharField(max_length=16)
    began_at = models.DateTimeField(db_default=Now())
    mark = models.CharField(
        max_length=36,
        default="",
        db_default="",
        blank=True,
        help_text="SQLite: what the file beside the database says as well; an older copy has another one.",
    )

    class Meta:
        constraints = [models.CheckConstraint(name="epoch_once", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.value
