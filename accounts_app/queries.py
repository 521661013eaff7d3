"""The only ways to a user through what they show."""

from collections.abc import Collection
from datetime import time
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from django.db import connection
from django.utils.crypto import constant_time_compare

from accounts_app.credentials import Credential
from accounts_app.errors import TokenRefused
from accounts_app.models import RefreshFamily, User, both_ends
from accounts_app.zones import zone_of
from events_app import sql
from events_app.rows import read_rows

_OF_FAMILY = (
    f"JOIN {RefreshFamily._meta.db_table} AS family ON family.user_id = t.id"
    " WHERE family.id = %s AND family.revoked_at IS NULL AND t.id = %s"
)
_PREFERENCES: Final = (
    "SELECT id, time_zone, quiet_from, quiet_until, channels FROM accounts_app_user WHERE id IN {}"
)


class Preferences(NamedTuple):
    """How a user wants to be told; a tuple, since thousands are told at once."""

    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    channels: tuple[str, ...]

    @property
    def zone(self) -> ZoneInfo:
        """Where the user is."""
        return zone_of(self.time_zone)

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """Return both ends of the quiet hours, local wall time, or None when either is unset."""
        return both_ends(self.quiet_from, self.quiet_until)


def preferences_of(user_ids: Collection[int]) -> dict[int, Preferences]:
    """Return how these users want to be told, by id; those who are gone are left out."""
    if not user_ids:
        return {}
    found = sql.fetch(_PREFERENCES.format(sql.in_list(list(user_ids))), list(user_ids))
    return {
        user_id: Preferences(zone, quiet_from, quiet_until, _channels(channels))
        for user_id, zone, quiet_from, quiet_until, channels in found
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
    users = read_rows(User, _OF_FAMILY, [family_id, credential.user_id])
    if not users or not _stands(credential, users[0]):
        raise TokenRefused
    return users[0]


def valid_credentials(credentials: Collection[Credential]) -> set[Credential]:
    """Return those that are still good, in two queries for any number of them."""
    users = User.objects.only("password", "is_active").in_bulk({each.user_id for each in credentials})
    wanted = {each.family_id for each in credentials if each.family_id is not None}
    families = set(RefreshFamily.objects.filter(pk__in=wanted, revoked_at=None).values_list("pk", "user_id"))
    return {
        each
        for each in credentials
        if each.user_id in users
        and _stands(each, users[each.user_id])
        and (each.family_id is None or (each.family_id, each.user_id) in families)
    }


def is_credential_valid(credential: Credential) -> bool:
    """Say whether one credential is still good."""
    return credential in valid_credentials([credential])


def session_credential(user: User) -> Credential:
    """Return the credential of a browser session of this user."""
    return Credential(user_id=user.pk, mark=user.credentials_mark)


def _stands(credential: Credential, user: User) -> bool:
    return user.is_active and constant_time_compare(credential.mark, user.credentials_mark)
