"""The mail address that a user has asked for and not confirmed yet."""

from django.utils.crypto import constant_time_compare

from accounts_app.models import AddressRequest, User
from foundation.database.transactions import database_now


def pending_email(user: User) -> str | None:
    """Return the address that the user has asked for and not confirmed, if there is one."""
    request = AddressRequest.objects.filter(user=user.pk).first()
    if request is None or request.expires_at <= database_now() or not is_request_valid(request, user):
        return None
    return request.email


def is_request_valid(request: AddressRequest, user: User) -> bool:
    """Say whether the user is still who asked: active, with the same password."""
    marks = user.credentials_marks if user.is_active else ()
    return any(constant_time_compare(request.mark, mark) for mark in marks)
