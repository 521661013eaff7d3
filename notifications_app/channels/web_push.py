"""Push messages to browsers that subscribed, shown by them also while no page of ours is open."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import ClassVar, Final

import orjson
from django.utils import timezone

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
from notifications_app.push.encryption import decode_base64, encrypt_message
from notifications_app.push.identification import vapid_header
from notifications_app.push.requests import (
    BrowserGone,
    PushAnswer,
    PushLater,
    PushNever,
    PushTaken,
    post_message,
)
from notifications_app.reasons import Reason

MAX_PAYLOAD: Final = 3000
SECONDS_FOR_ALL: Final = 9.0  # the attempt has ten
SECONDS_FOR_ONE: Final = 4.0
# A reminder of yesterday is no news. RFC 8030, section 5.2: the service drops it when the device is away for longer.
_LIFETIME_SECONDS: Final = 86400


class WebPushChannel(Channel):
    """One encrypted message to each of the user's browsers.

    Its topic and the tag of what the browser shows are made from the message, so that a repeat replaces it.
    """

    name: ClassVar[str] = "web_push"
    leaves_database: ClassVar[bool] = True
    needs_devices: ClassVar[bool] = True
    unavailable: ClassVar[Reason] = Reason.PUSH_UNAVAILABLE
    idempotent: ClassVar[bool] = True

    def send(self, message: ChannelMessage) -> SendOutcome:
        attempt = _Round(message.devices, message.is_last)
        payload = make_payload(message)
        until = monotonic() + SECONDS_FOR_ALL
        for device in message.devices.waiting:
            seconds = min(SECONDS_FOR_ONE, until - monotonic())
            if seconds > 1.0:
                attempt.note(device, push_to(device, payload, key=message.key, seconds=seconds))
                message.devices.so_far.append(attempt.report())
        return attempt.outcome()


def push_to(device: Device, payload: bytes, *, key: str, seconds: float) -> PushAnswer:
    """Push to one browser and return what its service answered. No error is raised for a key that is none."""
    try:
        body = encrypt_message(payload, p256dh=decode_base64(device.p256dh), auth=decode_base64(device.auth))
        identity = vapid_header(device.endpoint, now=timezone.now())
    except ValueError as error:
        return PushNever(str(error))
    headers = {
        "Authorization": identity,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(_LIFETIME_SECONDS),
        "Topic": _topic(key),
        "Urgency": "high",
    }
    return post_message(device.endpoint, body, headers, seconds=seconds)


def make_payload(message: ChannelMessage) -> bytes:
    """Return what the browser gets: `{notification, task_id, reminder_id}` as JSON of 3,000 bytes at most.

    Several notifications become one that says how many; titles and texts that are too long are cut.
    """
    number = len(message.items) + message.more
    first = message.items[0]
    if number > 1:
        titles = "\n".join(item.title for item in message.items[:5])
        first = Item(f"{number} reminders", titles, first.created_at)
    room = MAX_PAYLOAD
    while len(text := _dump(first, key=message.key, room=room)) > MAX_PAYLOAD:
        room = room * 3 // 4
    return text


def _dump(item: Item, *, key: str, room: int) -> bytes:
    notification = {
        "id": item.notification_id,
        "tag": f"n{item.notification_id}" if item.notification_id else _topic(key),
        "title": _cut(item.title, room // 4),
        "body": _cut(item.body, room),
        "created_at": item.created_at,
    }
    return orjson.dumps(
        {"notification": notification, "task_id": item.task_id, "reminder_id": item.reminder_id},
        option=orjson.OPT_UTC_Z,
    )


def _cut(text: str, room: int) -> str:
    # Bytes and not characters: those of some languages have three or four each.
    data = text.encode(errors="replace")
    return text if len(data) <= room else f"{data[:room].decode(errors='ignore')}…"


def _topic(key: str) -> str:
    """RFC 8030, section 5.4: up to 32 characters of base64url; a newer message with it replaces one that waits."""
    return urlsafe_b64encode(sha256(key.encode()).digest()[:24]).decode("ascii")


@dataclass
class _Round:
    """What became of one attempt at all devices, while it goes on."""

    devices: Devices
    is_last: bool
    reached: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    later: dict[int, int] = field(default_factory=dict)
    never: dict[int, int] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)

    def note(self, device: Device, answer: PushAnswer) -> None:
        match answer:
            case PushTaken():
                self.reached.append(device.id)
            case BrowserGone():
                self.gone.append(device.id)
            case PushLater(detail, seconds):
                self.later[device.id] = seconds
                self.details.append(detail)
            case PushNever(detail):
                self.never[device.id] = 0
                self.details.append(detail)

    def report(self) -> DeviceReport:
        return DeviceReport(tuple(self.reached), tuple(self.gone), self.later | self.never)

    def outcome(self) -> SendOutcome:
        report = self.report()
        reached = self.devices.reached + len(self.reached)
        detail = "; ".join(dict.fromkeys(self.details))
        if self._is_open() and not (reached and self.is_last):
            return TryLater(Reason.PUSH_UNAVAILABLE, detail, report)
        if reached:
            return Sent(devices=report)
        if self.never:
            return Refused(Reason.PUSH_REFUSED, detail, report)
        return Suppressed(Reason.NO_DEVICE, devices=report)

    def _is_open(self) -> bool:
        done: Sequence[int] = [*self.reached, *self.gone, *self.never]
        return self.devices.paused > 0 or len(done) < len(self.devices.waiting)
