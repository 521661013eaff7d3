"""The user of a browser session, and the end of all of a user's sessions."""

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from accounts_app.models import User
from accounts_app.queries.browser_sessions import user_of_session
from foundation.database.transactions import write_transaction


def recognise_user(session: SessionBase) -> User | None:
    """Return the signed-in user or None, as Django's `get_user` does; flush a session that is not valid.

    A session that was signed with one of SECRET_KEY_FALLBACKS is signed anew with SECRET_KEY. Django would also change
    the session's key: of several requests that a browser sends at once, all but one would then be signed out.
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
    return user


def end_browser_sessions(user: User) -> int:
    """Delete all of a user's sessions; their sockets and tickets become invalid. Return how many rows were deleted."""
    with write_transaction():
        ended, _ = user.browser_sessions.all().delete()
    return ended
