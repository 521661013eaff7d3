"""People, and the marks by which their credentials are recognised."""

from collections.abc import Iterator
from datetime import time
from functools import lru_cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts_app.credentials.secret_keys import accepted_secrets, fingerprint_password
from accounts_app.models.preferences import WeekStart, default_channels, validate_channels, validate_time_zone
from accounts_app.names.fields import NameKeyField
from accounts_app.names.keys import MAX_KEY, MAX_NAME, name_key, normalize_name
from accounts_app.preferences.quiet_hours import make_quiet_hours
from accounts_app.preferences.zones import zone_of

EARLIER_HASHES = 3


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def find_by_name(self, username: str) -> "User | None":
        """Return the user with exactly this name, else the one whose name looks the same (`name_key`), else None."""
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
        """Insert a user and return it; without a password nobody can sign in as this user."""
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
    # See `earlier_hashes`. Only `upgrade_hash` writes it: any other change of the password makes it void.
    upgraded_from = models.CharField(max_length=256, blank=True, default="", db_default="", editable=False)
    email = models.EmailField(blank=True)
    email_verified_at = models.DateTimeField(
        null=True, blank=True, help_text="When its owner confirmed the address; without, it gets no mail."
    )
    is_staff = models.BooleanField(default=False, help_text="May use the admin.")
    is_active = models.BooleanField(default=True, help_text="Off: refused everywhere within a second.")
    deletion_requested_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When the account was marked as deleted; it is being removed since.",
    )
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
        return make_quiet_hours(self.quiet_from, self.quiet_until)

    def check_password(self, raw_password: str | None) -> bool:
        """Say whether this is the password. Unlike Django's, it never rehashes: `upgrade_hash` does, at a sign-in."""
        return check_password(raw_password, self.password)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield the other accepted session hashes: those of SECRET_KEY_FALLBACKS, then those of earlier hashes."""
        yield from super().get_session_auth_fallback_hash()
        yield from self.earlier_hashes

    @property
    def earlier_hashes(self) -> list[str]:
        """Return the session hashes that this same password had before it was rehashed; none once it has changed."""
        stored, *earlier = self.upgraded_from.split(",")
        present = (
            {fingerprint_password(self.password, secret=each) for each in accepted_secrets()}
            if earlier
            else ()
        )
        return earlier if stored in present else []

    @property
    def credentials_mark(self) -> str:
        """Return the mark that every token carries. It follows from the stored password, so it changes with it."""
        return self.credentials_marks[0]

    @property
    def credentials_marks(self) -> tuple[str, ...]:
        """Return every accepted mark: the present one, then those of former secret keys and earlier hashes."""
        return _marks_of(self.password, self.upgraded_from, accepted_secrets())

    def accepts_mark(self, mark: str) -> bool:
        """Say whether a credential with this mark is accepted: the user is active and has the same password still."""
        marks = self.credentials_marks if self.is_active else ()
        return any(constant_time_compare(mark, each) for each in marks)


@lru_cache(maxsize=4096)
def _marks_of(password: str, upgraded_from: str, secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the marks of a stored password. `secrets` are those of the settings: a part of the cache's key.

    Every request needs them, so they are cached.
    """
    user = User(password=password, upgraded_from=upgraded_from)
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return tuple(each[:24] for each in hashes)
