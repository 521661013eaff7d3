"""Who may sign in, what they prefer, and the credentials they hold."""

from collections.abc import Iterator
from datetime import time
from functools import lru_cache
from typing import ClassVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts_app.fields import NameKeyField
from accounts_app.names import MAX_KEY, MAX_NAME, name_key, normalize_name
from accounts_app.zones import is_zone, zone_of

EARLIER_HASHES = 3
CHANNEL_NAMES = ("in_app", "email")


def default_channels() -> list[str]:
    return ["in_app"]


def validate_time_zone(value: str) -> None:
    if not is_zone(value):
        raise ValidationError("This is not the name of a time zone.", code="unknown_zone")


def validate_channels(value: object) -> None:
    names = value if isinstance(value, list) else [None]
    if not all(name in CHANNEL_NAMES for name in names) or len(set(names)) < len(names):
        raise ValidationError("List each channel once: in_app, email.", code="unknown_channel")


class WeekStart(models.TextChoices):
    MONDAY = "mo"
    TUESDAY = "tu"
    WEDNESDAY = "we"
    THURSDAY = "th"
    FRIDAY = "fr"
    SATURDAY = "sa"
    SUNDAY = "su"


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def find_by_name(self, username: str) -> "User | None":
        """Return who has exactly this name, else who has one that is the same to the eye (`names.name_key`)."""
        name = normalize_name(username)
        found = self.filter(Q(username=name) | Q(username_key=name_key(name)))[:2]
        return min(found, key=lambda user: user.username != name, default=None)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this name; raise User.DoesNotExist. `createsuperuser` asks whether it is free."""
        user = self.find_by_name(username or "")
        if user is None:
            raise self.model.DoesNotExist
        return user

    def create_user(
        self, username: str, email: str = "", password: str | None = None, **fields: object
    ) -> "User":
        """Insert a user; without a password nobody can sign in as them."""
        user = self.model(
            username=self.model.normalize_username(username), email=self.normalize_email(email), **fields
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, email: str = "", password: str | None = None, **fields: object
    ) -> "User":
        """Insert a user who may do everything; `manage.py createsuperuser` calls this."""
        return self.create_user(username, email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Their tasks' local times follow `time_zone`; quiet hours hold when both ends are set."""

    username = models.CharField(
        max_length=MAX_NAME,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "Taken."},
    )
    username_key = NameKeyField(max_length=MAX_KEY, null=True, editable=False)
    # See `earlier_hashes`. Saved by one operation alone: whatever else sets a password makes it void.
    upgraded_from = models.CharField(max_length=256, blank=True, default="", db_default="", editable=False)
    email = models.EmailField(blank=True)
    email_verified_at = models.DateTimeField(
        null=True, blank=True, help_text="When its owner confirmed the address; without, it gets no mail."
    )
    is_staff = models.BooleanField(default=False, help_text="May use the admin.")
    is_active = models.BooleanField(default=True, help_text="Off: refused everywhere within a second.")
    date_joined = models.DateTimeField(default=timezone.now)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    week_start = models.CharField(max_length=2, choices=WeekStart, default=WeekStart.MONDAY)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    channels = models.JSONField(default=default_channels, blank=True, validators=[validate_channels])

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_has_name", condition=~Q(username="")),
            models.CheckConstraint(name="user_has_time_zone", condition=~Q(time_zone="")),
            models.CheckConstraint(
                name="user_week_start_is_a_day", condition=Q(week_start__in=WeekStart.values)
            ),
            models.CheckConstraint(
                name="user_verified_has_address", condition=Q(email_verified_at=None) | ~Q(email="")
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="user_verified_address_once",
                condition=Q(email_verified_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="user_name_once", fields=["username_key"], condition=Q(username_key__isnull=False)
            ),
        ]

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.time_zone)

    @property
    def is_email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """Return both ends of the quiet hours, local wall time, or None when either is unset."""
        return both_ends(self.quiet_from, self.quiet_until)

    def check_password(self, raw_password: str | None) -> bool:
        """Say whether this is the password. The hash is made anew at a sign-in alone, see operations/passwords.py."""
        return check_password(raw_password, self.password)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield what else is accepted in sessions and tokens: of former secret keys, of former hashes."""
        yield from super().get_session_auth_fallback_hash()
        yield from self.earlier_hashes

    @property
    def earlier_hashes(self) -> list[str]:
        """Return the session hashes of this password under its former hashes: none once it has changed."""
        stored, *earlier = self.upgraded_from.split(",")
        present = (
            {digest_of_hash(self.password, secret=each) for each in accepted_secrets()} if earlier else ()
        )
        return earlier if stored in present else []

    @property
    def credentials_mark(self) -> str:
        """Return what every token carries: it changes with the password, whoever changes it, however."""
        return self.credentials_marks[0]

    @property
    def credentials_marks(self) -> tuple[str, ...]:
        """Return every mark that is accepted: the present one, then those of former secret keys and hashes."""
        return _marks_of(self.password, self.upgraded_from, accepted_secrets())


def accepted_secrets() -> tuple[str, ...]:
    """Return the present secret key and the former ones that still count."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def digest_of_hash(password: str, *, secret: str) -> str:
    """Return what names a stored hash beside what was marked with its forerunners, under one secret key."""
    return salted_hmac("accounts_app.hashes", password, secret=secret, algorithm="sha256").hexdigest()[:32]


def both_ends(quiet_from: time | None, quiet_until: time | None) -> tuple[time, time] | None:
    """Return the quiet hours; None when either end is unset."""
    return None if quiet_from is None or quiet_until is None else (quiet_from, quiet_until)


@lru_cache(maxsize=4096)
def _marks_of(password: str, upgraded_from: str, secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the marks of a stored password under these keys, which are those of the settings.

    Read with each request, they are worked out once.
    """
    user = User(password=password, upgraded_from=upgraded_from)
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return tuple(each[:24] for each in hashes)


class RefreshFamily(models.Model):
    """One sign-in and every token that descends from it; `rotation` numbers its only good refresh token.

    That token follows from the row: `rotated_at` is when it was given, null for the first one. None is stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_families")
    rotation = models.PositiveIntegerField(default=1)
    rotated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=20, blank=True)

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

    `session_key` is the SHA-256 of the key in the cookie; `public_id` names the session without opening it.
    """

    session_key = models.CharField(max_length=64, primary_key=True, verbose_name="digest of the key")
    public_id = models.UUIDField(unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="browser_sessions")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    def __str__(self) -> str:
        return str(self.public_id)


class AddressRequest(models.Model):
    """The mail address that a user wants and has not confirmed yet: the newest one.

    The token is made when the mail leaves, and only its SHA-256 is kept. `mark` is the user's `credentials_mark`
    when the address was asked for, so that the request ends with the password.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="address_request")
    email = models.EmailField()
    mark = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, null=True, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id}/{self.pk}"


class AccountMail(models.Model):
    """A mail about an account, sent or to be sent: open ones are due at `next_attempt_at`.

    Rows stay for a day, since they are what the limits count, by `address_key`: one for all spellings of
    `email`, see `mailbox_key`.
    """

    class Kind(models.TextChoices):
        LINK = "link"
        CHANGE_REQUESTED = "change_requested"
        REMOVED = "removed"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32, choices=Kind)
    email = models.EmailField()
    address_key = models.CharField(max_length=254)
    request = models.ForeignKey(AddressRequest, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    lease_holder = models.CharField(max_length=128, default="", blank=True)
    sent_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=500, default="", blank=True, help_text="Why it was not sent.")

    class Meta:
        indexes = [
            models.Index(fields=["address_key", "created_at"], name="account_mail_address"),
            models.Index(
                fields=["next_attempt_at"],
                name="account_mail_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} for user {self.user_id}"


class SocketTicket(models.Model):
    """What opens one socket once: only its SHA-256 is kept, beside the credential that it stands for.

    `session` is a browser session's public id. It is no foreign key: signing out must neither wait for a ticket that
    is issued meanwhile nor make it an error, and a ticket without its session opens nothing.
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
    """Something that is allowed so many times a minute, as rows, so that all processes count together."""

    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    is_under_way = models.BooleanField(
        default=False, db_default=False, help_text="It may yet turn out not to count."
    )

    class Meta:
        indexes = [models.Index(fields=["digest", "at"], name="attempt_digest_at")]

    def __str__(self) -> str:
        return f"{self.digest[:8]} {self.at:%H:%M:%S}"


class WriteBucket(models.Model):
    """How much a user may write now: when each bucket is full again, in seconds of the database's clock since 1970.

    One row for each user who has written, which is never out of date; see `operations/write_rates.py`.
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
