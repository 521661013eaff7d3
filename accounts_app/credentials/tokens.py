"""Signed tokens: their claims, signing and reading. No database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeVar, cast
from uuid import UUID

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.secret_keys import accepted_secrets
from accounts_app.errors import TokenRefused
from foundation.http.parameters import MAX_ID_DIGITS

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)
ALGORITHM = "HS256"
ISSUER = "todo"
MAX_MARK = 64
MAX_ROTATION = 2**31 - 2  # its successor fits the column
_MAX_SECONDS = 253402300799  # the last second of the year 9999


@dataclass(frozen=True)
class Tokens:
    """The two signed tokens that a sign-in or a rotation returns."""

    access: str
    refresh: str


class Claims(BaseModel):
    """The claims that both kinds of token have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iss: Literal["todo"]
    sub: str = Field(pattern=rf"^[0-9]{{1,{MAX_ID_DIGITS}}}$")
    family: UUID
    mark: str = Field(max_length=MAX_MARK)
    exp: int = Field(ge=0, le=_MAX_SECONDS)

    @property
    def credential(self) -> Credential:
        return Credential(user_id=int(self.sub), mark=self.mark, family_id=self.family)


class AccessClaims(Claims):
    """Claims of the token that a client sends with each request."""

    type: Literal["access"] = "access"


class RefreshClaims(Claims):
    """Claims of the token that can be exchanged once for the next pair of its family."""

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
    """Return the claims of a token of this kind; raise TokenRefused unless we signed it and it has not expired.

    Only HS256 is accepted, whatever the token's header names (RFC 8725, section 3.1). Its `kid` names the key: that of
    SECRET_KEY or of one of SECRET_KEY_FALLBACKS.
    """
    try:
        claims = cast(AnyClaims, _claims(token, kind, accepted_secrets()))
    except (jwt.InvalidTokenError, ValidationError, ValueError):
        raise TokenRefused from None
    if claims.exp <= datetime.now(UTC).timestamp():
        raise TokenRefused
    return claims


# A client sends the same token with each request: a checked signature stays right, only the time has to be compared.
@lru_cache(maxsize=2048)
def _claims(token: str, kind: type[Claims], secrets: tuple[str, ...]) -> Claims:
    named = jwt.get_unverified_header(token).get("kid")
    refusal = jwt.InvalidTokenError("no key of ours has this kid")
    for key in map(_key, secrets):
        # Tokens of an earlier release have no `kid`: try each key with them, until the last one has expired.
        if named in (None, key.id):
            try:
                return kind.model_validate(_verify(token, key))
            except jwt.InvalidTokenError as error:
                refusal = error
    raise refusal


def _verify(token: str, key: "_Key") -> dict[str, Any]:
    """Return the claims of a token that this key has signed; raise jwt.InvalidTokenError."""
    return jwt.decode(
        token, key.signing, algorithms=[ALGORITHM], issuer=ISSUER, options={"verify_aud": False}
    )


def _sign(claims: Claims) -> str:
    key = _key(settings.SECRET_KEY)
    payload = claims.model_dump(mode="json")
    return jwt.encode(payload, key.signing, algorithm=ALGORITHM, headers={"kid": key.id})


class _Key(NamedTuple):
    """A signing key and the `kid` by which tokens name it (RFC 7515, section 4.1.4)."""

    id: str
    signing: str


@lru_cache(maxsize=8)
def _key(secret: str) -> _Key:
    # A derived key: whoever learns it can sign tokens, but no sessions.
    signing = _derive("signing key", secret)
    return _Key(_derive("kid", secret)[:8], signing)


def _derive(purpose: str, secret: str) -> str:
    return salted_hmac("accounts_app.tokens", purpose, secret=secret, algorithm="sha256").hexdigest()
