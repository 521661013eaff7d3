"""Whether a password is strong enough."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts_app.errors import PasswordRefused
from accounts_app.models import User
from foundation.http.errors import FieldProblem


def check_strength(password: str, user: User, *, field: str = "password") -> None:
    """Raise PasswordRefused, with all reasons at `field`, for a password that is too weak for this user."""
    try:
        validate_password(password, user)
    except ValidationError as refused:
        reasons = [
            FieldProblem(field, each.code or PasswordRefused.code, each.messages[0])
            for each in refused.error_list
        ]
        raise PasswordRefused(errors=reasons) from None
