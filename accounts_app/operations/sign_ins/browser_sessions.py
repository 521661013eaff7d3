"""Who is signed in in a browser, and the end of that."""

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from accounts_app.models import User
from accounts_app.queries.browser_sessions import user_of_session
from foundation.database.transactions import write_transaction


def recognise_user(session: SessionBase) -> User | None:
    """Return who is signed in, as Django's `get_user` does; a session that is not believed ends.

    One that is believed by one of SECRET_KEY_FALLBACKS goes on under the present key, in place. Django would change
    the session's key as well: of the requests that a browser sends at once, all but one would then be signed out.
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
    """End all of a user's sessions, with the sockets and tickets that they gave; return how many."""
    with write_transaction():
        ended, _ = user.browser_sessions.all().delete()
    return ended
