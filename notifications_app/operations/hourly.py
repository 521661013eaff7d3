"""So many mails an hour to one user and to one address; what comes beyond them is collected into digests.

Each message is counted as a `Mailing` before it is sent, once however often it is tried. Beyond the limit the
deliveries of a user share a digest, which goes shortly after, and at most one goes in an hour. All of it happens
inside the claim's transaction, under a lock of the user: senders side by side count together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts_app.credentials.digests import text_digest
from accounts_app.mail.addresses import fold_address
from accounts_app.models import User
from foundation.counters import count
from notifications_app.channels import CHANNELS
from notifications_app.models import Delivery, Mailing, Notification
from notifications_app.reasons import Reason

_HOUR: Final = timedelta(hours=1)
GATHER_TIME: Final = timedelta(seconds=10)
"""A digest waits so long for the rest of a burst, of which the first have just been sent."""
MOST_IN_DIGEST: Final = 5000
ROWS_PER_CLAIM: Final = 1000
DIGEST_PREFIX: Final = "hourly-"


def admit_message(first: Delivery, *, now: datetime) -> bool:
    """Count the message that `first` leads and say whether it may go now. If not, it has been put off.

    A digest may go when an hour has passed since the one before; any other message while the hour has room for it.
    Called again for the same message, as after a crash, it counts once.
    """
    if not settings.MAILS_PER_HOUR or first.channel not in CHANNELS or not CHANNELS[first.channel].is_bounded:
        return True
    user = _lock_user(first)
    if user is None or not user.is_email_verified:
        return True  # it is not going to be sent, and says why
    hour = _Hour(user, now)
    return hour.admit_digest(first) if first.digest.startswith(DIGEST_PREFIX) else hour.admit(first)


def _lock_user(delivery: Delivery) -> User | None:
    owner = Notification.objects.filter(pk=delivery.notification_id).values("user")
    return User.objects.select_for_update(no_key=True).filter(pk__in=owner).first()


def lock_unlocked_deliveries(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Return those that nobody else works on, locked: who waits for rows while holding others can wait for ever."""
    return deliveries.select_for_update(skip_locked=True, no_key=True)


@dataclass(frozen=True)
class _Hour:
    """What a user, and whoever else had their address, was mailed in the hour before `now`."""

    user: User
    now: datetime

    @property
    def address(self) -> str:
        return text_digest(fold_address(self.user.email))

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
        """Put the message, and what else of the user is due and was never tried, into a digest."""
        digest = self._open_digest() or self._new_digest(first)
        own = Notification.objects.filter(user=self.user).values("pk")
        untried = Q(notification__in=own, channel=first.channel, digest="", status="planned", attempts=0)
        message = Q(digest=first.digest) if first.digest else Q(pk=first.pk)
        rows = Delivery.objects.filter(message | untried)
        # What was tried alone begins anew in a digest.
        collected = self._postpone(rows, next_attempt_at=digest.at, digest=digest.key, attempts=0)
        count(f"deliveries.{first.channel}.collected", collected)

    def _postpone(self, rows: QuerySet[Delivery], **values: object) -> int:
        due = rows.filter(next_attempt_at__lte=self.now).order_by("pk")
        ids = list(lock_unlocked_deliveries(due).values_list("pk", flat=True)[:ROWS_PER_CLAIM])
        # Whatever leases they had have ended, or they would not be due.
        unleased = {"status": Delivery.Status.PLANNED, "lease_holder": "", "lease_until": None}
        return Delivery.objects.filter(pk__in=ids).update(reason=Reason.HOURLY_LIMIT, **unleased, **values)

    def _open_digest(self) -> Mailing | None:
        """Return the digest that is still to go and has room, if there is one. One that was tried stays as it is."""
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
