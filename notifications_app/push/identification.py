"""How a push service knows who sends: a token signed with our key (VAPID, RFC 8292)."""

from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Final
from urllib.parse import urlsplit

import jwt
from django.conf import settings

from accounts_app.credentials.push_keys import private_push_key, public_push_key

# RFC 8292, section 2: a day at most. Clocks of push services may be ahead of ours.
_GOOD_FOR: Final = timedelta(hours=12)


def vapid_header(endpoint: str, *, now: datetime) -> str:
    """Return the Authorization header for a message to this endpoint. Raises ValueError without a key."""
    key = private_push_key()
    if key is None:
        raise ValueError("no key: TODO_VAPID_PRIVATE_KEY")
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now + _GOOD_FOR, "sub": _contact()}
    return f"vapid t={jwt.encode(claims, key, algorithm='ES256')}, k={public_push_key()}"


def _contact() -> str:
    """Return where the operators of a push service reach ours: our page, or the sender of mail."""
    if settings.BASE_URL.startswith("https://"):
        return str(settings.BASE_URL)
    return f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
