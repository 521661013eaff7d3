"""Personal access tokens: making, using and revoking them."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.hashes import hash_text
from accounts_app.credentials.personal_tokens import SHOWN_CHARACTERS, is_well_formed, make_text
from accounts_app.credentials.scopes import TOKEN_SCOPES
from accounts_app.errors import TokenAbsent, TokenRefused, TooManyTokens
from accounts_app.models import PersonalToken, User
from accounts_app.operations.security.records import log_security
from accounts_app.queries.personal_tokens import live_tokens, shown_tokens
from events_app.contracts import TokenCreated, TokenRevoked
from events_app.log.write import Log, writing
from foundation.database.transactions import write_transaction

MOST_LIVE: Final = 50
_USE_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made, and its text, which nobody can read again."""

    token: PersonalToken
    text: str


def create_personal_token(
    user: User, name: str, scopes: list[str], *, expires_in_days: int | None
) -> NewToken:
    """Insert a token, record `token.created`, and return it with its text; None days: it does not expire.

    Each call makes another token, also of the same name. Raises TooManyTokens.
    """
    text, now = make_text(), timezone.now()
    with writing(user) as log:
        if len(live_tokens(user, now=now)) >= MOST_LIVE:
            raise TooManyTokens
        token = PersonalToken.objects.create(
            user=user,
            name=name,
            prefix=text[:SHOWN_CHARACTERS],
            digest=hash_text(text),
            scopes=[scope for scope in TOKEN_SCOPES if scope in scopes],
            mark=user.credentials_mark,
            created_at=now,
            expires_at=None if expires_in_days is None else now + timedelta(days=expires_in_days),
        )
        _record(
            log, TokenCreated(token_id=token.pk, name=name, scopes=token.scopes, expires_at=token.expires_at)
        )
    return NewToken(token, text)


def revoke_personal_token(token_id: int, *, user_id: int) -> None:
    """Revoke a user's token and record `token.revoked`; it is refused from now on.

    Raises TokenAbsent, also for one that was revoked before.
    """
    with writing(user_id) as log:
        token = shown_tokens(user_id).filter(pk=token_id).first()
        if token is None:
            raise TokenAbsent
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        _record(log, TokenRevoked(token_id=token.pk, name=token.name))


def revoke_all_tokens(user_id: int) -> int:
    """Revoke all of a user's tokens, each with its event; return how many."""
    with writing(user_id) as log:
        tokens = list(shown_tokens(user_id))
        PersonalToken.objects.filter(pk__in=[token.pk for token in tokens]).update(revoked_at=timezone.now())
        _record(log, *[TokenRevoked(token_id=token.pk, name=token.name) for token in tokens])
    return len(tokens)


def end_tokens(user_id: int, *, at: datetime) -> None:
    """Let a user's tokens expire: those that expire later, or not at all, do at `at`. Repeating is harmless.

    Of a changed password, which ends them by itself: so they are removed as all others are, some time after.
    """
    later = Q(expires_at=None) | Q(expires_at__gt=at)
    shown_tokens(user_id).filter(later).update(expires_at=at)


def use_personal_token(text: str) -> tuple[User, Credential]:
    """Return the active user of a live token, and the credential; note when it was used. Raises TokenRefused."""
    if not is_well_formed(text):
        raise TokenRefused
    tokens = PersonalToken.objects.select_related("user")
    token, now = tokens.filter(digest=hash_text(text)).first(), timezone.now()
    if token is None or token.state_at(now) != "live":
        raise TokenRefused
    _note_use(token, now)
    return token.user, Credential(
        user_id=token.user_id, mark=token.mark, token_id=token.pk, scopes=frozenset(token.scopes)
    )


def _record(log: Log, *events: TokenCreated | TokenRevoked) -> None:
    """Record events in a history, and log them as all security events are, once they are committed."""
    log.record_many(events)
    for event in events:
        details = event.model_dump(mode="json", exclude={"name"})  # the name of a logger
        transaction.on_commit(partial(log_security, event.TYPE, user_id=log.user_id, **details))


def _note_use(token: PersonalToken, now: datetime) -> None:
    """Store that a token was used, at most once a minute, and its mark under the present secret key.

    Callers are authenticated before the transaction of their call begins, so it holds no lock on the row. A database
    that cannot be written to keeps nobody from reading.
    """
    before = now - _USE_NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > before:
        return
    unnoted = PersonalToken.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lte=before), pk=token.pk, revoked_at=None
    )
    with suppress(OperationalError), write_transaction():
        unnoted.update(last_used_at=now, mark=token.user.credentials_mark)
