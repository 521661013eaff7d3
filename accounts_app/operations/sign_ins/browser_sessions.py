"""Browser sessions: how one begins, whose it is, when its use is noted, and how they end."""

import logging
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, login
from django.contrib.sessions.backends.base import SessionBase
from django.db import OperationalError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts_app.credentials.lifetimes import NOTE_USE_AFTER, renews_after, session_end
from accounts_app.models import BrowserSession, User
from accounts_app.operations.security.records import record_security, whence
from accounts_app.operations.sign_ins.attempts import SignInAttempt
from accounts_app.operations.sign_ins.quotas import end_oldest_sessions, lock_user
from accounts_app.queries.browser_sessions import user_of_session
from accounts_app.sessions import AT_CLOSE, SessionStore, public_id_of
from events_app.contracts import SignedIn
from foundation.context import Actor, provenance, set_actor
from foundation.database.transactions import write_transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Proofs:
    """What somebody signs in with; "" is no code."""

    username: str
    password: str
    code: str = ""


def begin_session(request: HttpRequest, user: User, *, is_kept: bool) -> None:
    """Sign a user in in the browser of a request, under a new key; the caller has proved who it is.

    Unless `is_kept` the browser drops the cookie when it is closed. Beyond the user's quota the oldest session ends.
    """
    make_room(user)
    if SESSION_KEY in request.session:
        request.session.flush()  # `login` keeps the key where the same user is signed in
    login(request, user, backend="accounts_app.backends.LimitedBackend")
    request.session.set_expiry(None if is_kept else AT_CLOSE)
    request.session.save()  # before anybody is told its id


def sign_in_browser(request: HttpRequest, proofs: Proofs, *, is_kept: bool, attempt: SignInAttempt) -> User:
    """Check name, password and code, begin a session, record `account.signed_in` and return the user.

    Raises SignInRefused, SecondFactorRequired, SecondFactorRefused, or TooManyAttempts after too many failures.
    """
    user, used = attempt.verify_both(proofs.username, proofs.password, proofs.code)
    set_actor(Actor(type="user", id=str(user.pk)))
    begin_session(request, user, is_kept=is_kept)
    key = request.session.session_key or ""
    record_security(
        user.pk,
        SignedIn(kind="session", sign_in_id=str(public_id_of(key)), second_factor=used, **whence()),
    )
    return user


def admit_by_form(proofs: Proofs, *, attempt: SignInAttempt) -> User:
    """Check what somebody typed into a page of Django's, make room for the session, record `account.signed_in`.

    The page itself begins the session: its id is not known yet. Raises as `sign_in_browser` does.
    """
    user, used = attempt.verify_both(proofs.username, proofs.password, proofs.code)
    set_actor(Actor(type="user", id=str(user.pk)))
    make_room(user)
    record_security(user.pk, SignedIn(kind="session", second_factor=used, **whence()))
    return user


def make_room(user: User) -> None:
    """End the oldest sessions of a user, so that one more is within the quota."""
    with write_transaction():
        lock_user(user.pk)
        end_oldest_sessions(user.pk)


def recognise_user(session: SessionBase) -> User | None:
    """Return the signed-in user or None, as Django's `get_user` does; flush a session that is not valid.

    Also notes that the session is used. A session that was signed with one of SECRET_KEY_FALLBACKS is signed anew with
    SECRET_KEY. Django would also change the session's key: of several requests that a browser sends at once, all but
    one would then be signed out.
    """
    if SESSION_KEY not in session:
        return None
    user = user_of_session(session)
    if user is None:
        session.flush()
        return None
    present = user.get_session_auth_hash()
    if not constant_time_compare(session[HASH_SESSION_KEY], present):
        session[HASH_SESSION_KEY] = present
    if isinstance(session, SessionStore):
        _note_use(session, is_staff=user.is_staff)
    return user


def _note_use(session: SessionStore, *, is_staff: bool) -> None:
    """Store the last use, at most once a minute; a session that is to be renewed is saved whole, with a new cookie."""
    row, now = session.row, timezone.now()
    if row is None or now - row.used_at < NOTE_USE_AFTER:
        return
    end = session_end(began_at=row.began_at, used_at=now, is_kept=session.is_kept, is_staff=is_staff)
    if not is_staff and end - row.expire_date >= renews_after(is_kept=session.is_kept):
        session.modified = True
        return
    origin = provenance().origin
    try:
        with write_transaction():
            BrowserSession.objects.filter(pk=row.pk).update(
                used_at=now,
                expire_date=end if is_staff else row.expire_date,
                client=origin.client,
                address=origin.address,
            )
    except (
        OperationalError
    ):  # the call itself may only read: it goes on while the database has no time to write
        logger.warning("the use of a session could not be noted", exc_info=True)


def end_browser_sessions(user: User, *, kept: UUID | None = None) -> int:
    """Delete a user's sessions but the one with the public id `kept`; return how many.

    Their sockets and tickets become invalid.
    """
    with write_transaction():
        others = user.browser_sessions.exclude(public_id=kept) if kept else user.browser_sessions.all()
        ended, _ = others.delete()
    return ended
