"""The trail's step in the erasure of an account."""

from audit_app.models import ForgottenTrail
from audit_app.operations.forgetting import forget_trail


def erase_trail(user_id: int) -> int:
    """Forget a deleted user's trail but for its line; return 1, or 0 when that was done before."""
    if ForgottenTrail.objects.filter(pk=user_id).exists():
        forget_trail(user_id)  # it may have been interrupted after the line was written
        return 0
    forget_trail(user_id)
    return 1
