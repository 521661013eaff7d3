"""Browsers that take push messages: subscribing one, trying it, and taking it away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Final

from django.utils import timezone

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.hashes import hash_text
from accounts_app.credentials.push_keys import public_push_key
from accounts_app.models import User
from accounts_app.operations.sign_ins.limits import Limit, count_attempt
from events_app.errors import storable
from foundation.database.transactions import database_now, write_transaction
from notifications_app.channels import CHANNELS, ChannelMessage, Item, SendOutcome, Sent
from notifications_app.channels.attempt import send_in_time
from notifications_app.channels.base import Device, Devices
from notifications_app.errors import DeviceNotFound, PushOff, PushTestsBusy, TooManyDevices
from notifications_app.models import PushSubscription
from notifications_app.operations.devices import note_devices, open_subscriptions
from notifications_app.reasons import Reason

MOST_DEVICES: Final = 10
TESTS_PER_MINUTE: Final = 6
TESTS_AT_ONCE: Final = 2
_BUSY_SECONDS: Final = 5
SUBSCRIPTIONS_PER_MINUTE: Final = 20
_TEST: Final = ("This is a test", "Reminders will look like this on this device.")
_testing: Final[set[int]] = set()  # the users with a test under way in this process
_testing_lock: Final = Lock()


@dataclass(frozen=True, kw_only=True)
class BrowserKeys:
    """What a browser gives for a subscription, validated, and what its owner calls it."""

    endpoint: str
    p256dh: str
    auth: str
    name: str = ""


def subscribe_browser(user: User, credential: Credential, keys: BrowserKeys) -> tuple[PushSubscription, bool]:
    """Store a browser of the user; return it, and whether it is a new one.

    The same endpoint again changes keys and name; what failed there still counts, and its pause stays. It moves to the
    user who is signed in there now, and ends with the sign-in of this call. Raises PushOff, TooManyDevices, and
    TooManyAttempts after many in a minute.
    """
    if public_push_key() is None:
        raise PushOff
    count_attempt(Limit(("push subscription", str(user.pk)), SUBSCRIPTIONS_PER_MINUTE))
    digest = hash_text(keys.endpoint)
    with write_transaction():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        others = [row for row in open_subscriptions(user.pk) if row.endpoint_digest != digest]
        if len(others) >= MOST_DEVICES:
            raise TooManyDevices
        return PushSubscription.objects.update_or_create(
            endpoint_digest=digest, defaults=_values(user, credential, keys)
        )


def _values(user: User, credential: Credential, keys: BrowserKeys) -> dict[str, object]:
    return {
        "user": user,
        "endpoint": keys.endpoint,
        "p256dh": keys.p256dh,
        "auth": keys.auth,
        "name": storable(keys.name, characters=100),
        "session": credential.session_id,
        "family": credential.family_id,
        "mark": credential.mark,
    }


def unsubscribe_browser(subscription_id: int, *, user_id: int) -> None:
    """Remove a browser of the user: nothing is pushed to it any more. Raises DeviceNotFound, when repeated too."""
    with write_transaction():
        gone, _ = PushSubscription.objects.filter(pk=subscription_id, user=user_id).delete()
    if not gone:
        raise DeviceNotFound


def try_browser(subscription_id: int, *, user: User) -> SendOutcome:
    """Push a test to one browser of the user, now, and return the outcome; it is no notification and kept nowhere.

    One that is paused after failures is tried. One that its push service does not know any more is removed. Raises
    DeviceNotFound, TooManyAttempts after six in a minute, PushTestsBusy while the user has a test under way in this
    process or others have two, and RuntimeError inside a transaction.
    """
    row = next((each for each in open_subscriptions(user.pk) if each.pk == subscription_id), None)
    if row is None:
        raise DeviceNotFound
    with _turn_of(user.pk):
        count_attempt(Limit(("push test", str(user.pk)), TESTS_PER_MINUTE))
        outcome = _push_test(row, time_zone=user.time_zone)
    if outcome.devices is not None:
        with write_transaction():
            note_devices(outcome.devices, now=database_now())
    return outcome


@contextmanager
def _turn_of(user_id: int) -> Iterator[None]:
    """Bound the tests under way: each keeps a thread that answers requests, for seconds if a stranger likes."""
    with _testing_lock:
        if user_id in _testing or len(_testing) >= TESTS_AT_ONCE:
            raise PushTestsBusy(retry_after_seconds=_BUSY_SECONDS)
        _testing.add(user_id)
    try:
        yield
    finally:
        with _testing_lock:
            _testing.remove(user_id)


def _push_test(row: PushSubscription, *, time_zone: str) -> SendOutcome:
    device = Device(row.pk, row.endpoint, row.p256dh, row.auth)
    message = ChannelMessage(
        key=f"test-{row.pk}",
        email="",
        time_zone=time_zone,
        items=[Item(*_TEST, timezone.now())],
        devices=Devices([device]),
        is_last=True,
    )
    return send_in_time(CHANNELS["web_push"], message)


def reason_of(outcome: SendOutcome) -> str:
    """Return the word for what became of a test, empty when the push service took it."""
    return "" if isinstance(outcome, Sent) else Reason(outcome.reason)
