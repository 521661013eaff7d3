"""Mail addresses that are not confirmed yet, and mails about accounts."""

from django.db import models
from django.db.models import Q

from accounts_app.models.people import User


class AddressRequest(models.Model):
    """The mail address that a user has requested and not confirmed yet; only the newest one is kept.

    The token is made when the mail is sent, and only its SHA-256 is stored. `mark` is the user's `credentials_mark`
    at the request: a change of the password makes the request invalid.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="address_request")
    email = models.EmailField()
    mark = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, null=True, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id}/{self.pk}"


class PasswordLink(models.Model):
    """The right to set a user's password, mailed to `email`; only the newest one is kept.

    The token is made when the mail is sent, and only its SHA-256 is stored. `mark` is the user's `credentials_mark`
    at that time: a change of the password makes the link invalid.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="password_link")
    email = models.EmailField()
    mark = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id}/{self.pk}"


class AccountMail(models.Model):
    """A mail about an account. One that is still to be sent is due at `next_attempt_at`; otherwise that is null.

    Rows stay for a day, since the limits count them by `address_key`: the same for all spellings of `email`, see
    `count_key`. A reset of a password has no `user` at first: whose address it is, if anybody's, is looked up when the
    mail is sent, so that asking for one shows nothing. If it is nobody's, the address goes at once and the row in an
    hour.
    """

    class Kind(models.TextChoices):
        LINK = "link"
        CHANGE_REQUESTED = "change_requested"
        REMOVED = "removed"
        RESET = "reset"
        SET_PASSWORD = "set_password"  # noqa: S105 - a kind of mail
        PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of mail
        SECOND_FACTOR_CHANGED = "second_factor_changed"

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
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
