"""Whether an account has a second factor, and how many recovery codes are left."""

from dataclasses import dataclass
from datetime import datetime

from accounts_app.models import RecoveryCode, SecondFactor, User


@dataclass(frozen=True)
class SecondFactorState:
    """`confirmed_at` is null while it is off."""

    enabled: bool
    confirmed_at: datetime | None
    recovery_codes_left: int


def second_factor_state(user: User) -> SecondFactorState:
    """Return the state of a user's second factor."""
    factor = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()
    if factor is None:
        return SecondFactorState(enabled=False, confirmed_at=None, recovery_codes_left=0)
    left = RecoveryCode.objects.filter(factor=factor, used_at=None).count()
    return SecondFactorState(enabled=True, confirmed_at=factor.confirmed_at, recovery_codes_left=left)


def has_second_factor(user_id: int) -> bool:
    """Say whether signing in as this user needs a code."""
    return SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).exists()
