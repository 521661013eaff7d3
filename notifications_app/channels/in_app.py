"""The channel inside the platform: the notification's row and its event are the delivery."""

from typing import ClassVar

from notifications_app.channels.base import Channel, ChannelMessage, SendOutcome, Sent


class InAppChannel(Channel):
    """Nothing is sent: the delivery is stored as sent in the transaction that shows the notification."""

    name: ClassVar[str] = "in_app"
    leaves_database: ClassVar[bool] = False
    idempotent: ClassVar[bool] = True

    def send(self, message: ChannelMessage) -> SendOutcome:
        return Sent()
