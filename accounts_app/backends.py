"""How Django's own sign-in pages (admin, browsable API) check a password.

Every browser session stores the dotted path of `LimitedBackend`: if it moved, everybody would be signed out.
"""

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts_app.errors import SignInRefused
from accounts_app.models import User
from accounts_app.operations.sign_ins.families import verify_password
from accounts_app.operations.sign_ins.quotas import end_oldest_sessions, lock_user
from foundation.database.transactions import write_transaction
from foundation.http.client_addresses import client_address


class LimitedBackend(ModelBackend):
    """ModelBackend with the limit of failed attempts of the API; both count together."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: object,
    ) -> User | None:
        """Return the user, or None for a wrong name or password; raise TooManyAttempts or HashingBusy."""
        if username is None or password is None:
            return None
        try:
            user = verify_password(
                username, password, address=client_address(request) if request else "local"
            )
        except SignInRefused:
            return None
        with write_transaction():
            lock_user(user.pk)
            end_oldest_sessions(user.pk)
        return user
