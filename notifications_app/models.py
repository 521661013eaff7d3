"""Notifications, their deliveries through channels, and the mails that an hour's limit counts."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from events_app.contracts import NotificationSnapshot


class Notification(models.Model):
    """A notification of a user: one for each firing of a reminder.

    It is shown (`shown_at`), held for the quiet hours until `held_until`, or suppressed for a reason: exactly
    one of the three. Only a shown one is visible to its user.
    """

    class Kind(models.TextChoices):
        REMINDER = "reminder"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(max_length=32, choices=Kind.choices, default=Kind.REMINDER)
    title = models.CharField(max_length=200)
    body = models.TextField()
    task_id = models.BigIntegerField(null=True)
    reminder_id = models.BigIntegerField(null=True)
    firing = models.BigIntegerField(null=True)
    caused_by = models.BigIntegerField(help_text="Sequence number of the event that made it.")
    created_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    suppressed_reason = models.CharField(max_length=64, default="", blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reminder_id", "firing"], name="notification_once_per_firing"),
            models.CheckConstraint(
                name="notification_in_one_state",
                condition=Q(shown_at__isnull=False, held_until__isnull=True, suppressed_reason="")
                | Q(shown_at__isnull=True, held_until__isnull=False, suppressed_reason="")
                | (Q(shown_at__isnull=True, held_until__isnull=True) & ~Q(suppressed_reason="")),
            ),
            models.CheckConstraint(
                name="notification_read_when_shown",
                condition=Q(read_at__isnull=True) | Q(shown_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                F("user"),
                F("shown_at").desc(),
                F("id").desc(),
                name="notification_user",
            ),
            models.Index(
                F("user"),
                F("shown_at").desc(),
                F("id").desc(),
                name="notification_unread",
                condition=Q(shown_at__isnull=False, read_at__isnull=True),
            ),
            models.Index(
                fields=["held_until"], name="notification_held", condition=Q(held_until__isnull=False)
            ),
            models.Index(fields=["task_id"], name="notification_task", condition=Q(task_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} for user {self.user_id}"

    def snapshot(self) -> NotificationSnapshot:
        """Return the notification as events carry it."""
        return NotificationSnapshot(
            id=self.pk,
            kind=self.kind,
            title=self.title,
            body=self.body,
            task_id=self.task_id,
            reminder_id=self.reminder_id,
            firing=self.firing,
            created_at=self.created_at,
            read_at=self.read_at,
        )


class Delivery(models.Model):
    """One notification through one channel.

    `key` is the idempotency key: the same for every attempt, a new one for a resend by an operator. A planned
    delivery is due at `next_attempt_at`; one that is being sent is due again when its lease ends. Deliveries with the
    same `digest` are sent as one message.
    """

    class Status(models.TextChoices):
        HELD = "held"
        PLANNED = "planned"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        SUPPRESSED = "suppressed"

    # The index of `delivery_once_per_channel` begins with it.
    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    channel = models.CharField(max_length=16)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PLANNED)
    reason = models.CharField(max_length=500, default="", blank=True, help_text="As its user sees it.")
    detail = models.CharField(
        max_length=500, default="", db_default="", blank=True, help_text="What was said on the way."
    )
    key = models.CharField(max_length=128)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    lease_holder = models.CharField(max_length=128, default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    digest = models.CharField(max_length=128, default="", blank=True)
    provider_id = models.CharField(max_length=255, default="", blank=True)
    resends = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once_per_channel"),
            models.UniqueConstraint(fields=["key"], name="delivery_once_per_key"),
            models.CheckConstraint(
                name="delivery_due_when_open",
                condition=Q(status__in=["planned", "sending"], next_attempt_at__isnull=False)
                | (~Q(status__in=["planned", "sending"]) & Q(next_attempt_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_leased_while_sending",
                condition=(Q(status="sending", lease_until__isnull=False) & ~Q(lease_holder=""))
                | (~Q(status="sending") & Q(lease_until__isnull=True, lease_holder="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="delivery_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["digest", "id"],
                name="delivery_digest_open",
                condition=~Q(digest="") & Q(next_attempt_at__isnull=False),
            ),
            models.Index(fields=["id"], name="delivery_failed", condition=Q(status="failed")),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}: {self.status}"


class Mailing(models.Model):
    """A message that the hourly limit counts. `at` is the last attempt; of a digest, when it is to be sent.

    `key` is the key of the message, `address` the SHA-256 of its mail address. The next message of the user deletes
    rows that are older than two hours.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    address = models.CharField(max_length=64)
    key = models.CharField(max_length=128, unique=True)
    at = models.DateTimeField()
    is_digest = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["user", "at"], name="mailing_user"),
            models.Index(fields=["address", "at"], name="mailing_address"),
        ]

    def __str__(self) -> str:
        return self.key


class PushSubscription(models.Model):
    """A browser that takes push messages (RFC 8030): where they go, and with which keys they are encrypted.

    It belongs to the sign-in with which it was made, a `session` by its public id or a `family` of tokens, and ends
    with it. As those of tickets they are no foreign keys: signing out must not wait. Who knows the `endpoint` can have
    it take no more; it is shown to its user alone, and never logged. After a failure it is not tried until
    `paused_until`.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions"
    )
    endpoint = models.TextField()
    endpoint_digest = models.CharField(max_length=64, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=32)
    name = models.CharField(max_length=100, blank=True, default="")
    session = models.UUIDField(null=True)
    family = models.UUIDField(null=True)
    mark = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    reached_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name or self.pk} of user {self.user_id}"


class PushReceipt(models.Model):
    """A message that one browser's push service has taken while others have not: it is not sent there again."""

    subscription = models.ForeignKey(
        PushSubscription, on_delete=models.CASCADE, related_name="receipts", db_index=False
    )
    key = models.CharField(max_length=128)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "subscription"], name="push_receipt_once"),
        ]
        indexes = [models.Index(fields=["subscription"], name="push_receipt_subscription")]

    def __str__(self) -> str:
        return self.key
