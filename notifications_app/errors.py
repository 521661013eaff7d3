"""Errors of notifications.

DomainError
├── NotificationNotFound      404
├── UnsubscribeLinkInvalid    400
├── DeliveryBusy              409
├── DeviceNotFound            404
├── TooManyDevices            409
├── PushOff                   409
└── PushTestsBusy             503
"""

from typing import ClassVar

from foundation.http.errors import DomainError


class NotificationNotFound(DomainError):
    """The user has no such notification, or it is not shown."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "not_found"
    detail = "There is no such notification."


class UnsubscribeLinkInvalid(DomainError):
    """The link is not ours, or its user has another address now."""

    code: ClassVar[str] = "link_not_valid"
    detail = "This link belongs to no address that we send mail to."


class DeliveryBusy(DomainError):
    """The delivery is held, planned or being sent."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "delivery_busy"
    detail = "This delivery is on its way already."


class DeviceNotFound(DomainError):
    """The user has no such browser with push messages, or its sign-in has ended."""

    status: ClassVar[int] = 404
    code: ClassVar[str] = "not_found"
    detail = "There is no such device."


class TooManyDevices(DomainError):
    """The user has as many browsers with push messages as there may be."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "too_many_devices"
    detail = "Ten devices get push messages: take one away that is not needed any more."


class PushOff(DomainError):
    """The platform has no key for push services."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "push_off"
    detail = "This platform sends no push messages."


class PushTestsBusy(DomainError):
    """A test of the user is under way, or as many of others as a process carries out at once."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "push_tests_busy"
    detail = "Another test of push messages is under way; try again in some seconds."
