"""Channels: the ways to notify a user, by the names that users choose in their preferences."""

from collections.abc import Mapping

from notifications_app.channels.base import (
    Channel,
    ChannelMessage,
    Item,
    Refused,
    SendOutcome,
    Sent,
    Suppressed,
    TryLater,
)
from notifications_app.channels.email import EmailChannel
from notifications_app.channels.in_app import InAppChannel

CHANNELS: Mapping[str, Channel] = {channel.name: channel for channel in (InAppChannel(), EmailChannel())}

__all__ = [
    "CHANNELS",
    "Channel",
    "ChannelMessage",
    "Item",
    "Refused",
    "SendOutcome",
    "Sent",
    "Suppressed",
    "TryLater",
]
