"""The user who is signed in in a browser. Nothing here changes a session."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.lifetimes import session_end
from accounts_app.models import User
from accounts_app.sessions import SessionStore, public_id_of


def session_credential(user: User, session_key: str | None) -> Credential:
    """Return the credential of this user's browser session with this key; without a key it is never valid."""
    session_id = public_id_of(session_key) if session_key else None
    return Credential(user_id=user.pk, mark=user.credentials_mark, session_id=session_id)


def credential_of_session(session_key: str) -> Credential | None:
    """Return the credential of the browser session with this key; None when nobody is signed in there.

    Changes nothing: Django's `get_user` would end a session that is not valid.
    """
    session = SessionStore(session_key)
    user = user_of_session(session)
    return None if user is None else session_credential(user, session.session_key)


def user_of_session(session: SessionBase) -> User | None:
    """Return the signed-in user; None for nobody, a deactivated user, or a password that has changed since.

    None, too, once the session is over by the bounds of staff: it may have begun before its user was of the staff. A
    session that was signed with one of SECRET_KEY_FALLBACKS is accepted, too. Changes nothing.
    """
    user_id = session.get(SESSION_KEY)
    if user_id is None or session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or _is_over(session, is_staff=user.is_staff):
        return None
    stored = session.get(HASH_SESSION_KEY, "")
    accepted = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return user if any(constant_time_compare(stored, each) for each in accepted) else None


def _is_over(session: SessionBase, *, is_staff: bool) -> bool:
    row = session.row if isinstance(session, SessionStore) else None
    if row is None or not is_staff:
        return False
    end = session_end(began_at=row.began_at, used_at=row.used_at, is_kept=True, is_staff=True)
    return end <= timezone.now()
