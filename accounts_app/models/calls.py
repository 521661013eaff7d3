"""Write buckets, and answers to calls with an Idempotency-Key."""

from django.db import models

from accounts_app.models.people import User


class WriteBucket(models.Model):
    """How much a user may write: when each bucket is full again, in seconds since 1970 of the database's clock.

    One row for each user who has written; time needs no update of it, see `operations/write_rates/charging.py`.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    writes_full_at = models.FloatField()
    bytes_full_at = models.FloatField()

    def __str__(self) -> str:
        return f"{self.user_id}"


class KeyedAnswer(models.Model):
    """The answer to a call with an Idempotency-Key, inserted in the transaction of the call.

    `call` and `body` are SHA-256 hashes: of method, path and key, and of query and body. A call that failed or was
    refused leaves no row.
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
    """An upper bound of the number of a user's keyed answers: raised with each, corrected when it reaches the quota."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    answers = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.answers}"
