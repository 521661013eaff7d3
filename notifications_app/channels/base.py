"""The port behind which each way of telling people lies.

An outcome says what is to be done next, so "try again" and "never" are different types:

Sent        it is done
TryLater    the way was closed for now: the same message again, later
Refused     it can never arrive like this: an operator may resend it once the reason is gone
Suppressed  it must not go: its user does not want it, or has not shown that the address is theirs

A `reason` is one of fixed words, which users see; `detail` is what was said on the way, for operators alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from notifications_app.reasons import Reason


@dataclass(frozen=True)
class Item:
    """One notification inside a message."""

    title: str
    body: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ChannelMessage:
    """What one user is told at once: one notification, or several as a digest.

    A long digest names the first of them in `items`; `more` others came. `key` is the same for each attempt at the
    same message.
    """

    key: str
    email: str
    time_zone: str
    items: Sequence[Item]
    more: int = 0
    unsubscribe_url: str = ""


@dataclass(frozen=True)
class Sent:
    provider_id: str = ""


@dataclass(frozen=True)
class TryLater:
    reason: Reason
    detail: str = ""


@dataclass(frozen=True)
class Refused:
    reason: Reason
    detail: str = ""


@dataclass(frozen=True)
class Suppressed:
    reason: Reason
    detail: str = ""


SendOutcome = Sent | TryLater | Refused | Suppressed


class Channel(ABC):
    """One way of telling people."""

    name: ClassVar[str]
    leaves_database: ClassVar[bool]
    """Whether sending reaches outside: then only the sweep sends, never a transaction."""
    needs_address: ClassVar[bool] = False
    """Whether it goes to the mail address of its user, which must be a verified one then."""
    is_bounded: ClassVar[bool] = False
    """Whether an hour has room for so many of its messages to one user, TODO_MAILS_PER_HOUR."""
    idempotent: ClassVar[bool]
    """Whether a second message with the same key changes nothing. Otherwise one whose outcome is unknown
    (a crash while sending) may arrive twice; it is never dropped for that."""

    @abstractmethod
    def send(self, message: ChannelMessage) -> SendOutcome:
        """Tell the user, within the time of an attempt (attempt.py), from a thread of its own.

        What goes wrong on the way is an outcome; an exception is taken for "try again".
        """
