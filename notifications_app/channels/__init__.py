"""Channels: the ways to notify a user, by the names that users choose in their preferences."""

from collections.abc import Mapping

from notifications_app.channels.base import (
    Channel,
    ChannelMessage,
    Device,
    DeviceReport,
    Devices,
    Item,
    Refused,
    SendOutcome,
    Sent,
    Suppressed,
    TryLater,
)
from notifications_app.channels.email import EmailChannel
from notifications_app.channels.in_app import InAppChannel
from notifications_app.channels.web_push import WebPushChannel

CHANNELS: Mapping[str, Channel] = {
    channel.name: channel for channel in (InAppChannel(), EmailChannel(), WebPushChannel())
}

__all__ = [
    "CHANNELS",
    "Channel",
    "ChannelMessage",
    "Device",
    "DeviceReport",
    "Devices",
    "Item",
    "Refused",
    "SendOutcome",
    "Sent",
    "Suppressed",
    "TryLater",
]
