"""The user of a credential, and whether a credential is valid."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.db.models import Value
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts_app.credentials.credential import Credential
from accounts_app.errors import TokenRefused
from accounts_app.models import BrowserSession, RefreshFamily, User
from accounts_app.queries.statements import USER_OF_FAMILY
from foundation.database.row_reads import read_rows

Marks = tuple[str, str]
"""`mark_before` and `mark_after` of a family; two empty texts for a session."""


def user_of_credential(credential: Credential) -> User:
    """Return the active user of a token's credential, in one query; raise TokenRefused if it is not valid.

    It is not valid once its family is revoked, the password has changed or the user is deactivated. The family through
    which the password was changed stays valid; see `RefreshFamily.mark_before`.
    """
    if credential.family_id is None:
        raise TokenRefused
    family_id = RefreshFamily._meta.pk.get_db_prep_value(credential.family_id, connection)
    users = read_rows(User, USER_OF_FAMILY, [family_id, credential.user_id])
    if not users or not (users[0].accepts_mark(credential.mark) or _has_outlived(credential, users[0])):
        raise TokenRefused
    return users[0]


def _has_outlived(credential: Credential, user: User) -> bool:
    """Say whether the credential is of the family through which its user has changed the password since."""
    families = RefreshFamily.objects.filter(pk__in=[credential.family_id])
    marks = families.values_list("mark_before", "mark_after").first()
    return marks is not None and _is_carried(credential, user, marks)


def _is_carried(credential: Credential, user: User, marks: Marks) -> bool:
    """Say whether a family accepts the mark that it had before its user changed the password through it."""
    before, after = marks
    return bool(before) and constant_time_compare(before, credential.mark) and user.accepts_mark(after)


def valid_credentials(credentials: Collection[Credential]) -> set[Credential]:
    """Return those of the credentials that are valid, in two queries for any number of them.

    A credential is valid while its family or browser session has neither ended nor expired, its user is active, and
    the password is still the same, or was changed through this very family.
    """
    users = User.objects.only("password", "upgraded_from", "is_active").in_bulk(
        {each.user_id for each in credentials}
    )
    sources = _find_live_sources(credentials)
    valid = set()
    for each in credentials:
        user, marks = users.get(each.user_id), sources.get((each.family_id or each.session_id, each.user_id))
        if user is None or marks is None:
            continue
        if user.accepts_mark(each.mark) or _is_carried(each, user, marks):
            valid.add(each)
    return valid


def _find_live_sources(credentials: Collection[Credential]) -> dict[tuple[UUID | None, int], Marks]:
    """Return the open families and sessions of these credentials, by id and user, with the marks of the families."""
    now = timezone.now()
    families = RefreshFamily.objects.filter(
        pk__in={each.family_id for each in credentials if each.family_id}, revoked_at=None, expires_at__gt=now
    )
    sessions = BrowserSession.objects.filter(
        public_id__in={each.session_id for each in credentials if each.session_id}, expire_date__gt=now
    )
    of_families = families.values_list("pk", "user_id", "mark_before", "mark_after")
    of_sessions = sessions.values_list("public_id", "user_id", Value(""), Value(""))
    rows = of_families.union(of_sessions, all=True)
    return {(source, user_id): (before, after) for source, user_id, before, after in rows}


def is_credential_valid(credential: Credential) -> bool:
    """Say whether one credential is valid."""
    return credential in valid_credentials([credential])
