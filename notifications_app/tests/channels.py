"""A channel for tests: it records the messages and returns the outcome that the test sets."""

from collections.abc import Callable
from typing import ClassVar

from notifications_app.channels import Channel, ChannelMessage, SendOutcome, Sent


class RecordingChannel(Channel):
    """A channel in memory, in the place of the real ones."""

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
