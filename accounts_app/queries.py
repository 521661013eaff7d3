"""The only ways to a user through what they show."""

from collections.abc import Collection
from datetime import time
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts_app.credentials import Credential
from accounts_app.errors import TokenRefused
from accounts_app.models import BrowserSession, RefreshFamily, User, both_ends
from accounts_app.sessions import SessionStore, public_id_of
from accounts_app.statements import USER_OF_FAMILY, select_preferences
from accounts_app.zones import zone_of
from foundation.database import sql
from foundation.database.row_reads import read_rows


class Preferences(NamedTuple):
    """How a user wants to be notified; a tuple, since thousands are notified at once."""

    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    channels: tuple[str, ...]
    is_email_verified: bool

    @property
    def zone(self) -> ZoneInfo:
        """Where the user is."""
        return zone_of(self.time_zone)

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """Return both ends of the quiet hours, local wall time, or None when either is unset."""
        return both_ends(self.quiet_from, self.quiet_until)


def preferences_of(user_ids: Collection[int]) -> dict[int, Preferences]:
    """Return how these users want to be notified, by id; those who are gone are left out."""
    if not user_ids:
        return {}
    found = sql.fetch(*select_preferences(list(user_ids)))
    return {
        user_id: Preferences(zone, quiet_from, quiet_until, _channels(channels), bool(is_verified))
        for user_id, zone, quiet_from, quiet_until, channels, is_verified in found
    }


@lru_cache(maxsize=64)
def _channels(text: str) -> tuple[str, ...]:
    return tuple(orjson.loads(text))


def user_of_credential(credential: Credential) -> User:
    """Return the active user whom a token's credential stands for, in one query; else raise TokenRefused.

    A family that was revoked, a password that was changed and a deactivated user are seen at once.
    """
    if credential.family_id is None:
        raise TokenRefused
    family_id = RefreshFamily._meta.pk.get_db_prep_value(credential.family_id, connection)
    users = read_rows(User, USER_OF_FAMILY, [family_id, credential.user_id])
    if not users or not _stands(credential, users[0]):
        raise TokenRefused
    return users[0]


def valid_credentials(credentials: Collection[Credential]) -> set[Credential]:
    """Return those that are still good, in two queries for any number of them.

    Good is what stands for a family or a browser session that has neither ended nor expired, of an active user whose
    password is still the same.
    """
    users = User.objects.only("password", "upgraded_from", "is_active").in_bulk(
        {each.user_id for each in credentials}
    )
    sources = _live_sources(credentials)
    return {
        each
        for each in credentials
        if each.user_id in users
        and _stands(each, users[each.user_id])
        and (each.family_id or each.session_id, each.user_id) in sources
    }


def _live_sources(credentials: Collection[Credential]) -> set[tuple[UUID, int]]:
    """Return the ids of the families and sessions that stand, each with its user's."""
    now = timezone.now()
    families = RefreshFamily.objects.filter(
        pk__in={each.family_id for each in credentials if each.family_id}, revoked_at=None, expires_at__gt=now
    )
    sessions = BrowserSession.objects.filter(
        public_id__in={each.session_id for each in credentials if each.session_id}, expire_date__gt=now
    )
    of_families = families.values_list("pk", "user_id")
    return set(of_families.union(sessions.values_list("public_id", "user_id"), all=True))


def is_credential_valid(credential: Credential) -> bool:
    """Say whether one credential is still good."""
    return credential in valid_credentials([credential])


def session_credential(user: User, session_key: str | None) -> Credential:
    """Return the credential of the browser session of this user that has this key."""
    session_id = public_id_of(session_key) if session_key else None
    return Credential(user_id=user.pk, mark=user.credentials_mark, session_id=session_id)


def credential_of_session(session_key: str) -> Credential | None:
    """Return the credential of the browser session with this key; None when nobody is signed in there.

    Only looks: Django's `get_user` would end a session that it does not believe.
    """
    session = SessionStore(session_key)
    user = user_of_session(session)
    return None if user is None else session_credential(user, session.session_key)


def user_of_session(session: SessionBase) -> User | None:
    """Return who is signed in; None for nobody, a deactivated user, or a password that has been changed since.

    What was signed with one of SECRET_KEY_FALLBACKS is believed too. Changes nothing.
    """
    user_id = session.get(SESSION_KEY)
    if user_id is None or session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    shown = session.get(HASH_SESSION_KEY, "")
    accepted = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return user if any(constant_time_compare(shown, each) for each in accepted) else None


def _stands(credential: Credential, user: User) -> bool:
    marks = user.credentials_marks if user.is_active else ()
    return any(constant_time_compare(credential.mark, mark) for mark in marks)
