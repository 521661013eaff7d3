"""How Django's own sign-in pages (admin, browsable API) check a password and the code of a second factor.

Every browser session stores the dotted path of `LimitedBackend`: if it moved, everybody would be signed out.
"""

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts_app.errors import SignInRefused
from accounts_app.models import User
from accounts_app.operations.sign_ins.attempts import sign_in_attempt
from accounts_app.operations.sign_ins.browser_sessions import Proofs, admit_by_form
from foundation.http.client_addresses import client_address


class LimitedBackend(ModelBackend):
    """ModelBackend with the limit of failed attempts of the API; both count together."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        code: str = "",
        **_: object,
    ) -> User | None:
        """Return the user, or None for a wrong name or password; raise as `admit_by_form` for anything else."""
        if username is None or password is None:
            return None
        address = client_address(request) if request else "local"
        try:
            with sign_in_attempt(address) as attempt:
                return admit_by_form(Proofs(username, password, code), attempt=attempt)
        except SignInRefused:
            return None
