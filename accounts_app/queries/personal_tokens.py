"""Personal tokens of a user."""

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts_app.models import PersonalToken, User


def shown_tokens(user_id: int) -> QuerySet[PersonalToken]:
    """Return the tokens that a user has not revoked; some may have expired, or ended with an earlier password."""
    return PersonalToken.objects.filter(user_id=user_id, revoked_at=None).select_related("user")


def live_tokens(user: User, *, now: datetime) -> list[PersonalToken]:
    """Return the tokens of a user that are accepted now."""
    unexpired = shown_tokens(user.pk).filter(Q(expires_at=None) | Q(expires_at__gt=now))
    return [token for token in unexpired if token.state_at(now) == "live"]
