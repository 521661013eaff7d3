"""Signing in with a password, rotating tokens, signing out."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts_app.credentials import (
    REFRESH_LIFETIME,
    Credential,
    RefreshClaims,
    Tokens,
    read_token,
    sign_tokens,
)
from accounts_app.errors import SignInRefused, TokenRefused
from accounts_app.models import RefreshFamily, User
from accounts_app.operations.limits import count_attempt, forget_attempt
from accounts_app.queries import user_of_credential
from events_app.transactions import write_transaction


def sign_in(username: str, password: str, *, address: str) -> Tokens:
    """Check name and password and begin a family of tokens.

    `address` is the client's. Raises SignInRefused, or TooManyAttempts after too many failures a minute.
    """
    return begin_family(verify_password(username, password, address=address))


def verify_password(username: str, password: str, *, address: str) -> User:
    """Return the active user with this name and password; raise SignInRefused or TooManyAttempts.

    Takes as long for an unknown name as for a wrong password. Only failures are counted.
    """
    name = User.normalize_username(username)
    attempt = count_attempt("sign-in", name.casefold(), address, limit=settings.FAILED_SIGNINS_PER_MINUTE)
    user = User.objects.filter(username=name).first()
    if user is None:
        make_password(password)
    if user is None or not user.check_password(password) or not user.is_active:
        raise SignInRefused
    forget_attempt(attempt)
    return user


def begin_family(user: User) -> Tokens:
    """Record a sign-in of `user` and return its first tokens."""
    now = timezone.now()
    with write_transaction():
        family = RefreshFamily.objects.create(user=user, expires_at=now + REFRESH_LIFETIME)
        User.objects.filter(pk=user.pk).update(last_login=now)
    credential = Credential(user_id=user.pk, mark=user.credentials_mark, family_id=family.pk)
    return sign_tokens(credential, rotation=family.rotation, now=now)


def rotate_refresh(token: str) -> Tokens:
    """Exchange a refresh token for the next pair; it is good once.

    A token that was exchanged before is taken for stolen: its whole family is revoked. Raises TokenRefused.
    """
    claims = read_token(token, RefreshClaims)
    user_of_credential(claims.credential)
    now = timezone.now()
    with write_transaction():
        family = RefreshFamily.objects.filter(pk=claims.family, revoked_at=None)
        fresh = family.filter(rotation=claims.rotation)
        rotated = fresh.update(rotation=F("rotation") + 1, expires_at=now + REFRESH_LIFETIME)
        if not rotated:
            revoke_families(family, reason="reused")
    if not rotated:
        raise TokenRefused
    return sign_tokens(claims.credential, rotation=claims.rotation + 1, now=now)


def sign_out(token: str) -> None:
    """Revoke the family of a refresh token; repeating is harmless. Raises TokenRefused for any other text."""
    claims = read_token(token, RefreshClaims)
    revoke_families(RefreshFamily.objects.filter(pk=claims.family), reason="signed out")


def revoke_families(families: QuerySet[RefreshFamily], *, reason: str) -> int:
    """End those of the sign-ins that stand, with all their tokens; return how many."""
    with write_transaction():
        return families.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_reason=reason)
