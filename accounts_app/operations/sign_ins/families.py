"""Families of tokens: signing in with a password, rotating tokens, signing out."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.tokens import REFRESH_LIFETIME, RefreshClaims, Tokens, read_token, sign_tokens
from accounts_app.errors import TokenRefused
from accounts_app.models import RefreshFamily, User
from accounts_app.operations.sign_ins.attempts import SignInAttempt, sign_in_attempt
from accounts_app.operations.sign_ins.quotas import end_oldest_families
from accounts_app.queries.credentials import user_of_credential
from foundation.database.transactions import database_now, write_transaction

REPEAT_WINDOW = timedelta(seconds=10)


def sign_in(username: str, password: str, *, attempt: SignInAttempt) -> Tokens:
    """Check name and password, begin a family and return its tokens.

    Raises SignInRefused, or TooManyAttempts after too many failures a minute.
    """
    return begin_family(attempt.verify(username, password))


def verify_password(username: str, password: str, *, address: str) -> User:
    """Return the active user with this name and password, in an attempt of its own; see `SignInAttempt`."""
    with sign_in_attempt(address) as attempt:
        return attempt.verify(username, password)


def begin_family(user: User) -> Tokens:
    """Insert a family for `user` and return its first tokens. Beyond the user's quota the oldest family ends."""
    now = timezone.now()
    with write_transaction():
        User.objects.filter(pk=user.pk).update(last_login=now)  # first: it locks the row
        family = RefreshFamily.objects.create(user=user, expires_at=now + REFRESH_LIFETIME)
        end_oldest_families(user.pk)
    credential = Credential(user_id=user.pk, mark=user.credentials_mark, family_id=family.pk)
    return sign_tokens(credential, rotation=family.rotation, now=now)


def rotate_refresh(token: str) -> Tokens:
    """Exchange a refresh token for the next pair of tokens and return it.

    Repeating within REPEAT_WINDOW returns the same pair again, as long as that pair was not exchanged itself: the first
    answer may have been lost. Otherwise a token that was exchanged before counts as stolen, and its whole family is
    revoked. Raises TokenRefused.
    """
    claims = read_token(token, RefreshClaims)
    user = user_of_credential(claims.credential)
    with write_transaction():
        family = RefreshFamily.objects.filter(pk=claims.family, revoked_at=None)
        given_at = _rotate(family, claims.rotation)
        if given_at is None:
            revoke_families(family, reason="reused")
    if given_at is None:
        raise TokenRefused
    # The mark under the present secret key: new tokens must outlive the key that signed the old ones.
    credential = replace(claims.credential, mark=user.credentials_mark)
    return sign_tokens(credential, rotation=claims.rotation + 1, now=given_at)


def _rotate(family: QuerySet[RefreshFamily], rotation: int) -> datetime | None:
    """Return when the token after this rotation was issued: now or within REPEAT_WINDOW; None if it was earlier."""
    now = database_now()
    fresh = family.filter(rotation=rotation)
    if fresh.update(rotation=F("rotation") + 1, rotated_at=now, expires_at=now + REFRESH_LIFETIME):
        return now
    # Of two calls at once, the other may have read the clock a moment later.
    just_now = (now - REPEAT_WINDOW, now + REPEAT_WINDOW)
    repeated = family.filter(rotation=rotation + 1, rotated_at__range=just_now)
    return repeated.values_list("rotated_at", flat=True).first()


def sign_out(token: str) -> None:
    """Revoke the family of a refresh token. Repeating is harmless. Raises TokenRefused for any other text."""
    claims = read_token(token, RefreshClaims)
    revoke_families(RefreshFamily.objects.filter(pk=claims.family), reason="signed out")


def revoke_families(families: QuerySet[RefreshFamily], *, reason: str) -> int:
    """Revoke those of the families that are not revoked yet; return how many."""
    with write_transaction():
        return families.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_reason=reason)
