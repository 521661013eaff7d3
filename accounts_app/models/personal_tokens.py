"""Personal access tokens."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts_app.models.people import User


class PersonalToken(models.Model):
    """A token that a person made for a program; `digest` is the SHA-256 of its text, which is stored nowhere.

    `mark` is the user's `credentials_mark` when it was made: a change of the password ends the token,
    and `expires_at` is then no later than that, so that the sweep finds it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="personal_tokens")
    name = models.CharField(max_length=60)
    prefix = models.CharField(
        max_length=12, help_text="The first characters of the text, to recognise it by."
    )
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    mark = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, db_index=True)
    last_used_at = models.DateTimeField(null=True, help_text="To the minute.")
    revoked_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [models.CheckConstraint(name="personal_token_has_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.pk}"

    def state_at(self, now: datetime) -> str:
        """Return `live`, or why the token is refused: `revoked`, `expired`, `ended` with the password or the user."""
        if self.revoked_at is not None:
            return "revoked"
        if not self.user.accepts_mark(self.mark):
            return "ended"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "live"
