"""What is kept about a user's calls: how fast they may write, and answers under Idempotency-Keys."""

from django.db import models

from accounts_app.models.people import User


class WriteBucket(models.Model):
    """How much a user may write now: when each bucket is full again, in seconds of the database's clock since 1970.

    One row for each user who has written, which is never out of date; see `operations/write_rates/charging.py`.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    writes_full_at = models.FloatField()
    bytes_full_at = models.FloatField()

    def __str__(self) -> str:
        return f"{self.user_id}"


class KeyedAnswer(models.Model):
    """What a call with an Idempotency-Key was answered, written in the transaction of what it changed.

    `call` and `body` are SHA-256 digests: of method, path and key, and of query and body. No row stands for a
    call that failed or was refused.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    call = models.CharField(max_length=64)
    body = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    answer = models.TextField(help_text="JSON; empty for an answer without a body.")
    is_short = models.BooleanField(db_default=False, help_text="Tasks are kept as their ids and versions.")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "call"], name="keyed_answer_once")]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.call[:8]} {self.status}"


class KeyCount(models.Model):
    """How many keyed answers of a user there are at most: counted up with each, exactly only at the quota."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    answers = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.answers}"
