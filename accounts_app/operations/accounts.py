"""Registration, changes of the password, and the end of all sign-ins of a user."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts_app.errors import PasswordRefused, UsernameTaken
from accounts_app.models import User
from accounts_app.names.keys import normalize_name
from accounts_app.operations.mail.links import end_request, plan_link
from accounts_app.operations.sign_ins.browser_sessions import end_browser_sessions
from accounts_app.operations.sign_ins.families import revoke_families
from foundation.database.transactions import write_transaction
from foundation.http.errors import FieldProblem


def register_user(username: str, password: str, *, email: str = "", time_zone: str = "UTC") -> User:
    """Insert a user. The name is valid (`validate_name`), `email` canonical and unverified: a link is mailed there.

    Raises UsernameTaken, also for a name that looks the same, PasswordRefused with all reasons, or HashingBusy.
    """
    if User.objects.find_by_name(username) is not None:
        raise UsernameTaken
    user = User(
        username=normalize_name(username),
        email=email,
        time_zone=time_zone,
    )
    _check_password(password, user)
    user.set_password(password)
    try:
        with write_transaction():
            user.save(force_insert=True)
            if email:
                plan_link(user, email)
    except IntegrityError:
        if User.objects.find_by_name(username) is not None:
            raise UsernameTaken from None
        raise
    return user


def change_password(user: User, password: str) -> User:
    """Set a password and end every sign-in that began under the old one; return the user.

    Raises PasswordRefused with all reasons, or HashingBusy.
    """
    _check_password(password, user)
    user.set_password(password)
    with write_transaction():
        user.save(update_fields=["password"])
        end_sign_ins(user, reason="password changed")
        end_request(user.pk)
    return user


def end_sign_ins(user: User, *, reason: str) -> None:
    """Revoke all families of tokens and delete all browser sessions of a user.

    Tickets and sockets that came from them become invalid; sockets close within five seconds. Repeating is harmless.
    """
    with write_transaction():
        revoke_families(user.refresh_families.all(), reason=reason)
        end_browser_sessions(user)


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as refused:
        reasons = [
            FieldProblem("password", each.code or PasswordRefused.code, each.messages[0])
            for each in refused.error_list
        ]
        raise PasswordRefused(errors=reasons) from None
