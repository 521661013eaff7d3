"""Authentication of callers: by `Authorization: Bearer`, with an access token or a personal one, or by session."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as RestSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.personal_tokens import has_prefix
from accounts_app.credentials.tokens import AccessClaims, read_token
from accounts_app.errors import TokenRefused
from accounts_app.models import User
from accounts_app.operations.personal_tokens import use_personal_token
from accounts_app.queries.browser_sessions import session_credential
from accounts_app.queries.credentials import user_of_credential
from foundation.context import Actor, set_actor


class BearerAuthentication(BaseAuthentication):
    """By an access token of a family that is not revoked, or a personal token. `request.auth` is its Credential."""

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            user, credential = _identify(token.strip())
        except TokenRefused as error:
            raise AuthenticationFailed(error.detail, code=error.code) from None
        set_actor(Actor(type="user", id=str(user.pk)))
        return user, credential

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _identify(token: str) -> tuple[User, Credential]:
    if has_prefix(token):
        return use_personal_token(token)
    credential = read_token(token, AccessClaims).credential
    return user_of_credential(credential), credential


class SessionAuthentication(RestSessionAuthentication):
    """By the browser's session, with CSRF protection. `request.auth` is its Credential, too."""

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        user = found[0]
        set_actor(Actor(type="user", id=str(user.pk)))
        return user, session_credential(user, request.session.session_key)
