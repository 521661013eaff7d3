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
from accounts_app.models import BrowserSession

_Data = dict[str, Any]


def hash_session_key(session_key: str) -> str:
    """Return the hash of a session's key, as a row holds it. The key has 165 random bits: it needs no salt."""
    return hash_text(session_key)


def public_id_of(session_key: str) -> UUID:
    """Return the id of a session that people may see and other tables may store; the key cannot be derived from it."""
    return UUID(bytes=sha256(b"public id of " + hash_session_key(session_key).encode()).digest()[:16])


class SessionStore(DatabaseStore):
    """The session store of Django, which reads and writes rows by the hash of the key.

    A new key (`cycle_key`, at each sign-in) makes a new row with a new public id. Credentials of the old id are no
    longer valid.
    """

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def _get_session_from_db(self) -> BrowserSession | None:
        row = self._live_rows().first()
        if row is None:
            self._session_key = None
        return row

    async def _aget_session_from_db(self) -> BrowserSession | None:
        row = await self._live_rows().afirst()
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
        return _prepare_row(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data: _Data) -> BrowserSession:
        return _prepare_row(await super().acreate_model_instance(data), data)

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            self._rows(key).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            await self._rows(key).adelete()


def _prepare_row(row: Any, data: _Data) -> BrowserSession:
    """Return the row that Django made, with the hash instead of the key, the public id and the signed-in user."""
    key = row.session_key
    row.session_key, row.public_id = hash_session_key(key), public_id_of(key)
    row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
    stored: BrowserSession = row
    return stored
