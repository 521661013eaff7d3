"""A channel for tests: it remembers what it was given and answers what it is told to."""

from collections.abc import Callable
from typing import ClassVar

from notifications_app.channels import Channel, ChannelMessage, SendOutcome, Sent


class RecordingChannel(Channel):
    """A peer of the real ones, in memory."""

    name: ClassVar[str] = "email"
    leaves_database: ClassVar[bool] = True
    needs_address: ClassVar[bool] = True
    is_bounded: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False

    def __init__(self) -> None:
        self.sent: list[ChannelMessage] = []
        self.answer: Callable[[ChannelMessage], SendOutcome] = lambda message: Sent(provider_id=message.key)

    def send(self, message: ChannelMessage) -> SendOutcome:
        self.sent.append(message)
        return self.answer(message)

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.sent]
