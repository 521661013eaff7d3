"""What proves who someone is, as values. Signing and parsing of tokens; no database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from accounts_app.errors import TokenRefused
from events_app.http import MAX_ID_DIGITS

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)
ALGORITHM = "HS256"
ISSUER = "todo"
MAX_MARK = 64
MAX_ROTATION = 2**31 - 2  # its successor fits the column
MAX_SECONDS = 253402300799  # the last second of the year 9999


@dataclass(frozen=True)
class Credential:
    """A proof of identity that may be withdrawn later; see `queries.valid_credentials`.

    `mark` is the user's `credentials_mark` when it was given. It stands for a family of tokens, or for the browser
    session with this public id; one that stands for neither is never valid.
    """

    user_id: int
    mark: str
    family_id: UUID | None = None
    session_id: UUID | None = None


@dataclass(frozen=True)
class Tokens:
    """What a sign-in or a rotation gives: two signed tokens."""

    access: str
    refresh: str


class Claims(BaseModel):
    """What both kinds of token say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iss: Literal["todo"]
    sub: str = Field(pattern=rf"^[0-9]{{1,{MAX_ID_DIGITS}}}$")
    family: UUID
    mark: str = Field(max_length=MAX_MARK)
    exp: int = Field(ge=0, le=MAX_SECONDS)

    @property
    def credential(self) -> Credential:
        return Credential(user_id=int(self.sub), mark=self.mark, family_id=self.family)


class AccessClaims(Claims):
    """A token that is shown with each request."""

    type: Literal["access"] = "access"


class RefreshClaims(Claims):
    """A token that is good for one rotation of its family."""

    type: Literal["refresh"] = "refresh"
    rotation: int = Field(ge=0, le=MAX_ROTATION)


AnyClaims = TypeVar("AnyClaims", bound=Claims)


def sign_tokens(credential: Credential, *, rotation: int, now: datetime) -> Tokens:
    """Return the access token and the `rotation`th refresh token of the credential's family."""
    common = {
        "iss": ISSUER,
        "sub": str(credential.user_id),
        "family": credential.family_id,
        "mark": credential.mark,
    }
    access = AccessClaims(**common, exp=int((now + ACCESS_LIFETIME).timestamp()))
    refresh = RefreshClaims(**common, exp=int((now + REFRESH_LIFETIME).timestamp()), rotation=rotation)
    return Tokens(access=_sign(access), refresh=_sign(refresh))


def read_token(token: str, kind: type[AnyClaims]) -> AnyClaims:
    """Return the claims of a token that we signed, of this kind, not expired; else raise TokenRefused.

    Only HS256 with our key is accepted, whatever the token's header says (RFC 8725, section 3.1).
    """
    try:
        claims = cast(AnyClaims, _claims(token, kind, settings.SECRET_KEY))
    except (TokenBackendError, ValidationError, ValueError):
        raise TokenRefused from None
    if claims.exp <= datetime.now(UTC).timestamp():
        raise TokenRefused
    return claims


# A client shows the same token with each request: what was signed and well formed stays so, until it expires.
@lru_cache(maxsize=2048)
def _claims(token: str, kind: type[Claims], secret: str) -> Claims:
    claims = _backend(secret).decode(token)  # type: ignore[arg-type] # it takes the text
    return kind.model_validate(claims)


def _sign(claims: Claims) -> str:
    return str(_backend(settings.SECRET_KEY).encode(claims.model_dump(mode="json")))


@lru_cache(maxsize=2)
def _backend(secret: str) -> TokenBackend:
    # A key of its own: what signs tokens must not be able to sign sessions.
    key = salted_hmac("accounts_app.tokens", "signing key", secret=secret, algorithm="sha256").hexdigest()
    return TokenBackend(ALGORITHM, signing_key=key, issuer=ISSUER)
