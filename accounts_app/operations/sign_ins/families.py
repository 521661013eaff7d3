"""Families of tokens: signing in with a password, rotating tokens, signing out."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.tokens import REFRESH_LIFETIME, RefreshClaims, Tokens, read_token, sign_tokens
from accounts_app.errors import TokenRefused
from accounts_app.models import RefreshFamily, User
from accounts_app.operations.security.records import log_security, note_in, whence
from accounts_app.operations.sign_ins.attempts import SignInAttempt, sign_in_attempt
from accounts_app.operations.sign_ins.quotas import end_oldest_families
from accounts_app.queries.credentials import user_of_credential
from events_app.contracts import RefreshReused, SignedIn
from events_app.log.write import writing
from foundation.context import Actor, set_actor
from foundation.database.transactions import database_now, write_transaction

REPEAT_WINDOW = timedelta(seconds=10)


def sign_in(username: str, password: str, code: str = "", *, attempt: SignInAttempt) -> Tokens:
    """Check name, password and code, begin a family, record `account.signed_in` and return the family's tokens.

    Raises SignInRefused, SecondFactorRequired, SecondFactorRefused, or TooManyAttempts after too many failures.
    """
    user, used = attempt.verify_both(username, password, code)
    set_actor(Actor(type="user", id=str(user.pk)))
    with writing(user.pk) as log:
        family = _insert_family(user)
        note_in(log, SignedIn(kind="tokens", sign_in_id=str(family.pk), second_factor=used, **whence()))
    return _first_tokens(family, user)


def verify_password(username: str, password: str, *, address: str) -> User:
    """Return the active user with this name and password, in an attempt of its own; no second factor is asked for."""
    with sign_in_attempt(address) as attempt:
        return attempt.verify(username, password)


def begin_family(user: User) -> Tokens:
    """Insert a family for `user` and return its first tokens. Beyond the user's quota the oldest family ends."""
    return _first_tokens(_insert_family(user), user)


def _insert_family(user: User) -> RefreshFamily:
    now = timezone.now()
    with write_transaction():
        User.objects.filter(pk=user.pk).update(last_login=now)  # first: it locks the row
        family = RefreshFamily.objects.create(
            user=user, created_at=now, expires_at=now + REFRESH_LIFETIME, **whence()
        )
        end_oldest_families(user.pk)
    return family


def _first_tokens(family: RefreshFamily, user: User) -> Tokens:
    credential = Credential(user_id=user.pk, mark=user.credentials_mark, family_id=family.pk)
    return sign_tokens(credential, rotation=family.rotation, now=family.created_at)


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
        _end_reused(family, user)
        raise TokenRefused
    # The mark under the present secret key: new tokens must outlive the key that signed the old ones.
    credential = replace(claims.credential, mark=user.credentials_mark)
    return sign_tokens(credential, rotation=claims.rotation + 1, now=given_at)


def _rotate(family: QuerySet[RefreshFamily], rotation: int) -> datetime | None:
    """Return when the token after this rotation was issued: now or within REPEAT_WINDOW; None if it was earlier."""
    now = database_now()
    fresh = family.filter(rotation=rotation)
    rotated = {"rotation": F("rotation") + 1, "rotated_at": now, "expires_at": now + REFRESH_LIFETIME}
    if fresh.update(**rotated, **whence()):
        return now
    # Of two calls at once, the other may have read the clock a moment later.
    just_now = (now - REPEAT_WINDOW, now + REPEAT_WINDOW)
    repeated = family.filter(rotation=rotation + 1, rotated_at__range=just_now)
    return repeated.values_list("rotated_at", flat=True).first()


def _end_reused(family: QuerySet[RefreshFamily], user: User) -> None:
    """Revoke a family of which a token came a second time, and record that, unless it was revoked before."""
    with writing(user.pk) as log:
        ids = list(family.values_list("pk", flat=True))
        if revoke_families(family, reason="reused"):
            note_in(log, RefreshReused(sign_in_id=str(ids[0]), **whence()))


def sign_out(token: str) -> None:
    """Revoke the family of a refresh token. Repeating is harmless. Raises TokenRefused for any other text."""
    claims = read_token(token, RefreshClaims)
    if revoke_families(RefreshFamily.objects.filter(pk=claims.family), reason="signed out"):
        log_security("account.signed_out", user_id=int(claims.sub), sign_in_id=claims.family)


def revoke_families(families: QuerySet[RefreshFamily], *, reason: str) -> int:
    """Revoke those of the families that are not revoked yet; return how many."""
    with write_transaction():
        return families.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_reason=reason)
