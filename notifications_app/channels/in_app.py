"""Inside the platform: the notification's own row and the event that shows it are the delivery."""

from typing import ClassVar

from notifications_app.channels.base import Channel, ChannelMessage, SendOutcome, Sent


class InAppChannel(Channel):
    """Done as soon as the notification is shown, in the same transaction."""

    name: ClassVar[str] = "in_app"
    leaves_database: ClassVar[bool] = False
    idempotent: ClassVar[bool] = True

    def send(self, message: ChannelMessage) -> SendOutcome:
        return Sent()
