"""The user of a credential, and whether a credential is valid."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts_app.credentials.credential import Credential
from accounts_app.errors import TokenRefused
from accounts_app.models import BrowserSession, RefreshFamily, User
from accounts_app.queries.statements import USER_OF_FAMILY
from foundation.database.row_reads import read_rows


def user_of_credential(credential: Credential) -> User:
    """Return the active user of a token's credential, in one query; raise TokenRefused if it is not valid.

    It is not valid once its family is revoked, the password has changed or the user is deactivated.
    """
    if credential.family_id is None:
        raise TokenRefused
    family_id = RefreshFamily._meta.pk.get_db_prep_value(credential.family_id, connection)
    users = read_rows(User, USER_OF_FAMILY, [family_id, credential.user_id])
    if not users or not users[0].accepts_mark(credential.mark):
        raise TokenRefused
    return users[0]


def valid_credentials(credentials: Collection[Credential]) -> set[Credential]:
    """Return those of the credentials that are valid, in two queries for any number of them.

    A credential is valid while its family or browser session has neither ended nor expired, its user is active, and
    the password is still the same.
    """
    users = User.objects.only("password", "upgraded_from", "is_active").in_bulk(
        {each.user_id for each in credentials}
    )
    sources = _find_live_sources(credentials)
    return {
        each
        for each in credentials
        if each.user_id in users
        and users[each.user_id].accepts_mark(each.mark)
        and (each.family_id or each.session_id, each.user_id) in sources
    }


def _find_live_sources(credentials: Collection[Credential]) -> set[tuple[UUID, int]]:
    """Return the ids of the open families and sessions of these credentials, each with the id of its user."""
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
    """Say whether one credential is valid."""
    return credential in valid_credentials([credential])
