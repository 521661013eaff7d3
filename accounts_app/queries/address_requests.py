"""The mail address that a user has asked for and not confirmed yet."""

from accounts_app.models import AddressRequest, User
from foundation.database.transactions import database_now


def pending_email(user: User) -> str | None:
    """Return the address that the user has asked for and not confirmed, if there is one."""
    request = AddressRequest.objects.filter(user=user.pk).first()
    if request is None or request.expires_at <= database_now() or not user.accepts_mark(request.mark):
        return None
    return request.email
