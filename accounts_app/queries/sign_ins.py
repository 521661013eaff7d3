"""Where somebody is signed in: families of tokens and browser sessions, in one form."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from django.utils import timezone

from accounts_app.credentials.credential import Credential
from accounts_app.models import BrowserSession, RefreshFamily

MOST_SHOWN: Final = 500


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """One open sign-in. `client` and `address` are those of the last use that was noted, at `last_used_at`."""

    id: UUID
    kind: Literal["tokens", "session"]
    client: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


def open_sign_ins(caller: Credential) -> list[SignIn]:
    """Return the open sign-ins of the caller, the one used last first; of each kind at most MOST_SHOWN."""
    found = [*_families(caller), *_sessions(caller)]
    return sorted(found, key=lambda each: (each.last_used_at, str(each.id)), reverse=True)


def _families(caller: Credential) -> list[SignIn]:
    rows = RefreshFamily.objects.filter(
        user_id=caller.user_id, revoked_at=None, expires_at__gt=timezone.now()
    ).order_by("-expires_at")
    return [
        SignIn(
            id=row.pk,
            kind="tokens",
            client=row.client,
            address=row.address,
            created_at=row.created_at,
            last_used_at=row.rotated_at or row.created_at,
            expires_at=row.expires_at,
            current=row.pk == caller.family_id,
        )
        for row in rows[:MOST_SHOWN]
    ]


def _sessions(caller: Credential) -> list[SignIn]:
    rows = BrowserSession.objects.filter(user_id=caller.user_id, expire_date__gt=timezone.now())
    return [
        SignIn(
            id=row.public_id,
            kind="session",
            client=row.client,
            address=row.address,
            created_at=row.began_at,
            last_used_at=row.used_at,
            expires_at=row.expire_date,
            current=row.public_id == caller.session_id,
        )
        for row in rows.defer("session_data").order_by("-used_at")[:MOST_SHOWN]
    ]
