"""The interface of channels, their messages and outcomes.

The outcome decides what is done next, so "try again" and "never" are different types:

Sent        the message was sent
TryLater    the channel does not work now: send the same message again later
Refused     the message can never be sent like this: an operator may resend it after mending the reason
Suppressed  the message must not be sent: its user does not want it, or has not confirmed the address

A `reason` is one of the fixed words that users see; `detail` is an error or answer of a server, for operators only.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final

from notifications_app.reasons import Reason


@dataclass(frozen=True)
class Item:
    """One notification inside a message."""

    title: str
    body: str
    created_at: datetime
    notification_id: int | None = None
    task_id: int | None = None
    reminder_id: int | None = None


@dataclass(frozen=True)
class Device:
    """A browser to which messages can be pushed: its subscription. The keys are base64url."""

    id: int
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class DeviceReport:
    """What became of an attempt at each device, by id. `failed` has the seconds that a service asked to wait."""

    reached: Sequence[int] = ()
    gone: Sequence[int] = ()
    failed: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Devices:
    """Those that still need a message, how many of the user's have it, and how many are not tried for a while.

    The first of these is tried again from `resumes_at`. `so_far` has the report of the attempt after each answer, the
    newest last: what is known when its time is over.
    """

    waiting: Sequence[Device] = ()
    reached: int = 0
    paused: int = 0
    resumes_at: datetime | None = None
    so_far: list[DeviceReport] = field(default_factory=list, compare=False)


NO_DEVICES: Final = Devices()


@dataclass(frozen=True, kw_only=True)
class ChannelMessage:
    """A message to one user: one notification, or several as a digest.

    `items` are the first notifications of a digest, `more` is the number of the others. `key` is the same for each
    attempt at the same message; `is_last` says that there will be no further one.
    """

    key: str
    email: str
    time_zone: str
    items: Sequence[Item]
    more: int = 0
    unsubscribe_url: str = ""
    devices: Devices = NO_DEVICES
    is_last: bool = False


@dataclass(frozen=True)
class Sent:
    provider_id: str = ""
    devices: DeviceReport | None = None


@dataclass(frozen=True)
class TryLater:
    reason: Reason
    detail: str = ""
    devices: DeviceReport | None = None


@dataclass(frozen=True)
class Refused:
    reason: Reason
    detail: str = ""
    devices: DeviceReport | None = None


@dataclass(frozen=True)
class Suppressed:
    reason: Reason
    detail: str = ""
    devices: DeviceReport | None = None


SendOutcome = Sent | TryLater | Refused | Suppressed


class Channel(ABC):
    """One way to notify users."""

    name: ClassVar[str]
    leaves_database: ClassVar[bool]
    """Whether sending leaves the platform. Then only the sender sends, never inside a transaction."""
    needs_address: ClassVar[bool] = False
    """Whether messages go to the user's mail address, which then must be verified."""
    needs_devices: ClassVar[bool] = False
    """Whether messages go to the user's subscribed browsers; each outcome then has a report of them."""
    is_bounded: ClassVar[bool] = False
    """Whether TODO_MAILS_PER_HOUR limits its messages to one user."""
    unavailable: ClassVar[Reason] = Reason.SERVER_UNAVAILABLE
    """The reason of an attempt that did not end in time."""
    idempotent: ClassVar[bool]
    """Whether a second message with the same key has no effect. Otherwise a message with an unknown outcome (a crash
    while sending) may arrive twice, since it is sent again."""

    @abstractmethod
    def send(self, message: ChannelMessage) -> SendOutcome:
        """Send the message within the time of an attempt (attempt.py) and return the outcome.

        Called in a thread of its own. Errors are outcomes; an exception counts as TryLater.
        """
