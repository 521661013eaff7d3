"""Second factors: the secret of an authenticator, and recovery codes."""

from django.db import models
from django.utils import timezone

from accounts_app.models.people import User


class SecondFactor(models.Model):
    """A user's authenticator; it counts once `confirmed_at` is set.

    `sealed_secret` is encrypted. `last_step` is the time step of the last code that was used: no code counts twice.
    `wrong_codes` counts those since the last right one; after five there is none until `locked_until`.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed_secret = models.CharField(max_length=400)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"second factor of user {self.user_id}"


class RecoveryCode(models.Model):
    """The SHA-256 of a code that replaces the authenticator's, once. The code has 80 random bits: it needs no salt."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="recovery_code_once", fields=["factor", "digest"])]

    def __str__(self) -> str:
        return f"{self.factor_id}/{self.pk}"
