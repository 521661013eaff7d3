"""The audit trail: one entry per event, a hash chain per user, and the end of each chain."""

from typing import Any

import orjson
from django.db import models
from django.db.models import Q

GENESIS = "0" * 64


class AuditEntry(models.Model):
    """One event as it was recorded. The database refuses to update or delete a row (audit_app/protection).

    `position` counts the entries of the user's chain without gaps. It has the order of `seq`, except for an event
    that an operator skipped first and replayed later.
    """

    user_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    position = models.BigIntegerField()
    event_id = models.UUIDField()
    type = models.CharField(max_length=64)
    v = models.PositiveSmallIntegerField()
    task_id = models.BigIntegerField(null=True)
    actor_type = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    request_id = models.CharField(max_length=64, default="", blank=True)
    causation_id = models.UUIDField(null=True)
    # Text, not jsonb: the hash covers exactly these characters, on every database.
    data = models.TextField(help_text="The event's own content, as JSON.")
    prev_hash = models.CharField(max_length=64)
    key_version = models.PositiveSmallIntegerField(
        default=0,
        help_text="Version of the key that the hash is made with; 0: without one, as earlier releases did.",
    )
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "audit entries"
        constraints = [
            models.UniqueConstraint(fields=["user_id", "seq"], name="audit_entry_once_per_seq"),
            models.UniqueConstraint(fields=["user_id", "position"], name="audit_entry_once_per_position"),
        ]
        indexes = [
            models.Index(
                fields=["task_id", "position"], name="audit_entry_task", condition=Q(task_id__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.user_id}/{self.seq}"

    @property
    def content(self) -> dict[str, Any]:
        """The event's content, parsed."""
        parsed: dict[str, Any] = orjson.loads(self.data)
        return parsed


class AuditHead(models.Model):
    """The end of a user's chain: appending need not search for it, and a chain that was cut off is found."""

    user_id = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField(help_text="Highest seq in the chain.")
    entries = models.BigIntegerField(help_text="Length of the chain, and the last position in it.")
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"user {self.user_id}: {self.entries} entries"


class UnkeyedPart(models.Model):
    """The beginning of a chain that an earlier release made without a key, sealed when keys were introduced.

    Only entries up to `entries` may be without a key, and the last of them has this hash: otherwise who has no key
    could write a chain of such entries.
    """

    user_id = models.BigIntegerField(primary_key=True)
    entries = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    key_version = models.PositiveSmallIntegerField()
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"user {self.user_id}: {self.entries} entries without a key"


class ForgottenTrail(models.Model):
    """The line that stays of the trail of a deleted account: when it was forgotten, its length, and its last hash."""

    user_id = models.BigIntegerField(primary_key=True)
    entries = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    forgotten_at = models.DateTimeField()
    key_version = models.PositiveSmallIntegerField()
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"user {self.user_id}: {self.entries} entries, forgotten at {self.forgotten_at}"


class TrailAnchor(models.Model):
    """A signed root over the ends of all chains (audit_app/anchors); `previous` is the root of the anchor before."""

    number = models.BigIntegerField(primary_key=True)
    made_at = models.DateTimeField()
    heads = models.IntegerField()
    previous = models.CharField(max_length=64)
    root = models.CharField(max_length=64)
    is_complete = models.BooleanField(help_text="No: the next anchor follows at once, for more chains.")
    key_version = models.PositiveSmallIntegerField()
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"anchor {self.number} of {self.made_at}"


class AnchoredHead(models.Model):
    """The end of a chain in an anchor. When the trail is forgotten, only the digest stays, without the user."""

    anchor = models.BigIntegerField()
    place = models.IntegerField()
    user_id = models.BigIntegerField(null=True)
    entries = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["anchor", "place"], name="anchored_once_per_place"),
            models.UniqueConstraint(fields=["user_id", "entries"], name="anchored_once_per_end"),
        ]

    def __str__(self) -> str:
        return f"anchor {self.anchor}, chain {self.place}"


class AuditCheck(models.Model):
    """How far a user's chain was verified from its first entry on, and the fault that was found, if any.

    `hash` is the hash of the last verified entry; `seal` proves that we wrote both (verification/positions.py). A chain
    that is rewritten later with matching hashes does not match this one. A fault stays until the whole chain verifies.
    """

    user_id = models.BigIntegerField(primary_key=True)
    entries = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)
    seal = models.CharField(max_length=64, default="", blank=True)
    verified_at = models.DateTimeField(null=True)
    first_bad = models.BigIntegerField(null=True, help_text="Seq at which the chain stops being right.")
    right_entries = models.BigIntegerField(default=0, help_text="With a fault: entries before it.")
    reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["user_id"], name="audit_check_fault", condition=Q(first_bad__isnull=False))
        ]

    def __str__(self) -> str:
        return f"user {self.user_id}: {self.entries} entries found right"


class AuditRound(models.Model):
    """The position of the round, the walk over all chains (verification/rounds.py). There is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    user_id = models.BigIntegerField(default=0, help_text="Whose chain is walked; 0: the round rests.")
    entries = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="When every chain had been walked last.")

    class Meta:
        constraints = [models.CheckConstraint(name="audit_round_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"at entry {self.entries} of user {self.user_id}"
