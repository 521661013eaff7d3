"""Families of tokens, browser sessions, socket tickets, and counted attempts to sign in."""

from uuid import uuid4

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts_app.models.people import User

MAX_CLIENT = 200
MAX_ADDRESS = 64


class RefreshFamily(models.Model):
    """One sign-in with all its tokens. Only the refresh token with the number `rotation` is valid.

    `rotated_at` is when that token was issued, null for the first one. Tokens are not stored: they can be computed
    from the row. `client` and `address` are those of the last sign-in or rotation.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_families")
    rotation = models.PositiveIntegerField(default=1)
    rotated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=20, blank=True)
    client = models.CharField(max_length=MAX_CLIENT, blank=True, default="", db_default="")
    address = models.CharField(max_length=MAX_ADDRESS, blank=True, default="", db_default="")
    # After its own user has changed the password: the mark of the tokens that it has issued, and the mark to which it
    # was changed. Only while that is the user's mark do the older tokens hold.
    mark_before = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    mark_after = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

    class Meta:
        verbose_name_plural = "refresh families"
        constraints = [
            models.CheckConstraint(
                name="family_revoked_with_reason",
                condition=Q(revoked_at=None, revoked_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.id}"


class BrowserSession(AbstractBaseSession):
    """A browser's session, signed in or not; `sessions.SessionStore` reads and writes it.

    `session_key` is the SHA-256 of the key in the cookie; `public_id` names the session and cannot be used as a key.
    `expire_date` is when it ends unless it is used again; see `lifetimes.session_end`. `used_at` is up to a minute old.
    """

    session_key = models.CharField(max_length=64, primary_key=True, verbose_name="digest of the key")
    public_id = models.UUIDField(unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="browser_sessions")
    began_at = models.DateTimeField(default=timezone.now, db_default=Now())
    used_at = models.DateTimeField(default=timezone.now, db_default=Now())
    client = models.CharField(max_length=MAX_CLIENT, blank=True, default="", db_default="")
    address = models.CharField(max_length=MAX_ADDRESS, blank=True, default="", db_default="")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    def __str__(self) -> str:
        return str(self.public_id)


class SocketTicket(models.Model):
    """A ticket that opens one socket once: its SHA-256, and the credential of the user who asked for it.

    `session` is a browser session's public id. It is no foreign key: signing out must not wait for a ticket that is
    issued at the same time, nor fail because of it. A ticket whose session is gone is invalid.
    """

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    family = models.ForeignKey(RefreshFamily, on_delete=models.CASCADE, null=True, related_name="+")
    session = models.UUIDField(null=True)
    mark = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id}/{self.pk}"


class Attempt(models.Model):
    """One counted attempt at something that is limited per minute. In the database, so that all processes count."""

    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    is_under_way = models.BooleanField(
        default=False, db_default=False, help_text="It may yet turn out not to count."
    )
    # Of a failed sign-in, until it is counted in `SignInFailureCount`: whose name it was, and from where it came.
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    client = models.CharField(max_length=MAX_CLIENT, blank=True, default="", db_default="")
    address = models.CharField(max_length=MAX_ADDRESS, blank=True, default="", db_default="")
    fills_limit = models.BooleanField(
        default=False, db_default=False, help_text="Further ones were refused for a while after it."
    )

    class Meta:
        indexes = [models.Index(fields=["digest", "at"], name="attempt_digest_at")]

    def __str__(self) -> str:
        return f"{self.digest[:8]} {self.at:%H:%M:%S}"


class SignInFailureCount(models.Model):
    """Failed sign-ins of a user that are not in the user's history yet; `recorded_at` is when the last ones came in."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField()
    client = models.CharField(max_length=MAX_CLIENT, blank=True, default="")
    address = models.CharField(max_length=MAX_ADDRESS, blank=True, default="")
    locked_out = models.BooleanField(
        default=False,
        db_default=False,
        help_text="So many at once that further ones were refused for a while.",
    )
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["recorded_at"], name="signin_failures_unrecorded", condition=Q(failures__gt=0)
            )
        ]

    def __str__(self) -> str:
        return f"{self.failures} failures of user {self.user_id}"
