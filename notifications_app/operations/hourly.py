"""The hourly limit of mails to one user and to one address; mails beyond it are collected into digests.

Each message is counted as a `Mailing` before it is sent, once for all its attempts. Beyond the limit the deliveries of
a user get a common digest, which is sent shortly after; at most one digest is sent in an hour. All this happens in the
claim's transaction, under a lock of the user, so that concurrent senders count each other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts_app.credentials.hashes import hash_text
from accounts_app.mail.addresses import fold_address
from accounts_app.models import User
from foundation.counters import count
from notifications_app.channels import CHANNELS
from notifications_app.models import Delivery, Mailing, Notification
from notifications_app.reasons import Reason

_HOUR: Final = timedelta(hours=1)
GATHER_TIME: Final = timedelta(seconds=10)
"""A digest waits so long for the rest of a burst after the first mails of the burst were sent."""
MOST_IN_DIGEST: Final = 5000
ROWS_PER_CLAIM: Final = 1000
DIGEST_PREFIX: Final = "hourly-"


def admit_message(first: Delivery, *, now: datetime) -> bool:
    """Count the message of `first` and return whether it may be sent now; if not, it has been postponed.

    A digest may be sent an hour after the one before; another message if the limit of the hour is not reached. Called
    again for the same message, for example after a crash, it counts once.
    """
    if not settings.MAILS_PER_HOUR or first.channel not in CHANNELS or not CHANNELS[first.channel].is_bounded:
        return True
    user = _lock_user(first)
    if user is None or not user.is_email_verified:
        return True  # it will not be sent, and gets another reason
    hour = _Hour(user, now)
    return hour.admit_digest(first) if first.digest.startswith(DIGEST_PREFIX) else hour.admit(first)


def _lock_user(delivery: Delivery) -> User | None:
    owner = Notification.objects.filter(pk=delivery.notification_id).values("user")
    return User.objects.select_for_update(no_key=True).filter(pk__in=owner).first()


def lock_unlocked_deliveries(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Lock and return the deliveries that no other transaction has locked: waiting for them could be a deadlock."""
    return deliveries.select_for_update(skip_locked=True, no_key=True)


@dataclass(frozen=True)
class _Hour:
    """The mails to a user, and to others with the same address, in the hour before `now`."""

    user: User
    now: datetime

    @property
    def address(self) -> str:
        return hash_text(fold_address(self.user.email))

    def admit(self, first: Delivery) -> bool:
        key = first.digest or first.key
        recent = Mailing.objects.filter(is_digest=False, at__gt=self.now - _HOUR).exclude(key=key)
        counted = max(recent.filter(user=self.user).count(), recent.filter(address=self.address).count())
        if counted < settings.MAILS_PER_HOUR:
            self._store_mailing(key, at=self.now, is_digest=False)
            return True
        self._collect(first)
        return False

    def admit_digest(self, first: Delivery) -> bool:
        passed = self._digests().filter(at__gt=self.now - _HOUR, at__lte=self.now)
        before = passed.exclude(key=first.digest).order_by("-at").first()
        at = self.now if before is None else before.at + _HOUR
        self._store_mailing(first.digest, at=at, is_digest=True)
        if before is not None:
            self._postpone(Delivery.objects.filter(digest=first.digest), next_attempt_at=at)
        return before is None

    def _collect(self, first: Delivery) -> None:
        """Put the message, and the user's other due deliveries that were never tried, into a digest."""
        digest = self._open_digest() or self._new_digest(first)
        own = Notification.objects.filter(user=self.user).values("pk")
        untried = Q(notification__in=own, channel=first.channel, digest="", status="planned", attempts=0)
        message = Q(digest=first.digest) if first.digest else Q(pk=first.pk)
        rows = Delivery.objects.filter(message | untried)
        # A delivery that was tried before begins with no attempts in the digest.
        collected = self._postpone(rows, next_attempt_at=digest.at, digest=digest.key, attempts=0)
        count(f"deliveries.{first.channel}.collected", collected)

    def _postpone(self, rows: QuerySet[Delivery], **values: object) -> int:
        due = rows.filter(next_attempt_at__lte=self.now).order_by("pk")
        ids = list(lock_unlocked_deliveries(due).values_list("pk", flat=True)[:ROWS_PER_CLAIM])
        # Their leases have ended, otherwise they would not be due.
        unleased = {"status": Delivery.Status.PLANNED, "lease_holder": "", "lease_until": None}
        return Delivery.objects.filter(pk__in=ids).update(reason=Reason.HOURLY_LIMIT, **unleased, **values)

    def _open_digest(self) -> Mailing | None:
        """Return the digest that is not due yet and has room, or None. One that was tried before takes no more."""
        newest = (
            Mailing.objects.filter(user=self.user, is_digest=True, at__gt=self.now).order_by("-at").first()
        )
        if newest is None:
            return None
        inside = Delivery.objects.filter(digest=newest.key, next_attempt_at__isnull=False)
        is_open = inside.count() < MOST_IN_DIGEST and not inside.filter(attempts__gt=0).exists()
        return newest if is_open else None

    def _new_digest(self, first: Delivery) -> Mailing:
        newest = self._digests().order_by("-at").first()
        at = self.now + GATHER_TIME
        return self._store_mailing(
            f"{DIGEST_PREFIX}{first.key}", at=max(at, newest.at + _HOUR) if newest else at, is_digest=True
        )

    def _digests(self) -> QuerySet[Mailing]:
        return Mailing.objects.filter(Q(user=self.user) | Q(address=self.address), is_digest=True)

    def _store_mailing(self, key: str, *, at: datetime, is_digest: bool) -> Mailing:
        Mailing.objects.filter(user=self.user, at__lt=self.now - 2 * _HOUR).delete()
        values = {"user": self.user, "address": self.address, "at": at, "is_digest": is_digest}
        return Mailing.objects.update_or_create(key=key, defaults=values)[0]
