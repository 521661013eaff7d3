"""The link in every mail that turns mail off without signing in: RFC 2369 and RFC 8058."""

from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer

from accounts_app.mail.addresses import fold_address
from accounts_app.models import User
from accounts_app.operations.preferences import change_preferences
from events_app.log.write import writing
from foundation.context import Actor, set_actor
from foundation.http.parameters import is_id
from notifications_app.channels import CHANNELS
from notifications_app.errors import UnsubscribeLinkInvalid

UNSUBSCRIBE_PATH: Final = "/email/unsubscribe/"
_SEPARATOR: Final = "."


def unsubscribe_url(user: User) -> str:
    """Return the user's link, the same in each mail to their address, or "" without a public URL."""
    if not settings.BASE_URL:
        return ""
    signature = _signer().signature(_signed_text(user))
    return f"{settings.BASE_URL}{UNSUBSCRIBE_PATH}?token={user.pk}{_SEPARATOR}{signature}"


def unsubscribe(token: str) -> None:
    """Turn mail off for the user of a link and record `preferences.updated`.

    The link is valid as long as the user has the address to which it was mailed. It can do nothing else, and repeating
    changes nothing, so it needs neither a limit nor a sign-in. Raises UnsubscribeLinkInvalid.
    """
    user = _find_user(token)
    set_actor(Actor(type="user", id=str(user.pk)))
    with writing(user.pk):
        channels = User.objects.values_list("channels", flat=True).get(pk=user.pk)
        kept = [name for name in channels if name not in CHANNELS or not CHANNELS[name].needs_address]
        change_preferences(user.pk, {"channels": kept})


def _find_user(token: str) -> User:
    number, _, signature = token.partition(_SEPARATOR)
    # The text is not verified yet: only a number of allowed length may reach the database.
    user = User.objects.filter(pk=int(number)).first() if is_id(number) else None
    if user is None or not user.email:
        raise UnsubscribeLinkInvalid
    try:
        _signer().unsign(f"{_signed_text(user)}{_SEPARATOR}{signature}")
    except BadSignature:
        raise UnsubscribeLinkInvalid from None
    return user


def _signed_text(user: User) -> str:
    return f"{user.pk} {fold_address(user.email)}"


def _signer() -> Signer:
    return Signer(sep=_SEPARATOR, salt="notifications_app.unsubscribe")
