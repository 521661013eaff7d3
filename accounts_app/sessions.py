"""Browser sessions: those of Django in the database, but a row holds only a hash of the key in the cookie.

Someone who reads the table, a backup or a replica cannot use the sessions (OWASP, Session Management Cheat Sheet).
`settings.SESSION_ENGINE` names this module; Django looks here for a class `SessionStore`.
"""

from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.utils import timezone

from accounts_app.credentials.hashes import hash_text
from accounts_app.credentials.lifetimes import session_end
from accounts_app.models import BrowserSession, User
from foundation.context import provenance

_Data = dict[str, Any]
AT_CLOSE = 0
"""The argument of `set_expiry` for a cookie that the browser drops when it is closed."""
_EXPIRY = "_session_expiry"  # where `set_expiry` stores it


def hash_session_key(session_key: str) -> str:
    """Return the hash of a session's key, as a row holds it. The key has 165 random bits: it needs no salt."""
    return hash_text(session_key)


def public_id_of(session_key: str) -> UUID:
    """Return the id of a session that people may see and other tables may store; the key cannot be derived from it."""
    return UUID(bytes=sha256(b"public id of " + hash_session_key(session_key).encode()).digest()[:16])


class SessionStore(DatabaseStore):
    """The session store of Django, which reads and writes rows by the hash of the key.

    A new key (`cycle_key`, at each sign-in) makes a new row with a new public id. Credentials of the old id are no
    longer valid. A row also holds since when and from where the session is used, and when it ends.
    """

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._row: BrowserSession | None = None

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    @property
    def row(self) -> BrowserSession | None:
        """The row as it was last read or written; None before, and for a session that does not exist."""
        row = self._row
        is_mine = row is not None and row.session_key == hash_session_key(self.session_key or "")
        return row if is_mine else None

    @property
    def is_kept(self) -> bool:
        """Whether the browser keeps the cookie when it is closed."""
        return not self.get_expire_at_browser_close()

    def _get_session_from_db(self) -> BrowserSession | None:
        return self._note_row(self._live_rows().first())

    async def _aget_session_from_db(self) -> BrowserSession | None:
        return self._note_row(await self._live_rows().afirst())

    def _note_row(self, row: BrowserSession | None) -> BrowserSession | None:
        self._row = row
        if row is None:
            self._session_key = None
        return row

    def _live_rows(self) -> QuerySet[BrowserSession]:
        return self._rows(self.session_key or "").filter(expire_date__gt=timezone.now())

    def _rows(self, session_key: str) -> QuerySet[BrowserSession]:
        return BrowserSession.objects.filter(session_key=hash_session_key(session_key))

    def exists(self, session_key: str) -> bool:
        return self._rows(session_key).exists()

    async def aexists(self, session_key: str) -> bool:
        return await self._rows(session_key).aexists()

    def create_model_instance(self, data: _Data) -> BrowserSession:
        is_staff = _staff_among(data).exists()
        return self._prepare_row(super().create_model_instance(data), data, is_staff=is_staff)

    async def acreate_model_instance(self, data: _Data) -> BrowserSession:
        is_staff = await _staff_among(data).aexists()
        return self._prepare_row(await super().acreate_model_instance(data), data, is_staff=is_staff)

    def _prepare_row(self, made: Any, data: _Data, *, is_staff: bool) -> BrowserSession:
        """Return the row that Django made, with the hash instead of the key, and what a row holds besides."""
        row: BrowserSession = made
        key, before, now, origin = row.session_key, self.row, timezone.now(), provenance().origin
        row.session_key, row.public_id = hash_session_key(key), public_id_of(key)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.began_at, row.used_at = now if before is None else before.began_at, now
        row.client, row.address = origin.client, origin.address
        row.expire_date = session_end(
            began_at=row.began_at, used_at=now, is_kept=_is_kept(data), is_staff=is_staff
        )
        self._row = row
        return row

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            self._rows(key).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            await self._rows(key).adelete()


def _is_kept(data: _Data) -> bool:
    return data.get(_EXPIRY) != AT_CLOSE


def _staff_among(data: _Data) -> QuerySet[User]:
    """Return the query for the signed-in user if that is of the staff."""
    signed_in = int(data[SESSION_KEY]) if SESSION_KEY in data else None
    return User.objects.filter(pk=signed_in, is_staff=True) if signed_in else User.objects.none()
