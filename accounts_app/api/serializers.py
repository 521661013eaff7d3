"""Bodies of the account endpoints."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts_app.mail.addresses import canonical_address
from accounts_app.models import CHANNEL_NAMES, User, WeekStart, validate_channels, validate_time_zone
from accounts_app.names.keys import MAX_NAME
from accounts_app.names.rules import validate_name
from accounts_app.queries.address_requests import pending_email
from foundation.http.serializers import ShortListField, StrictSerializer

MAX_CHANNELS_READ = 20
USE_THE_CALL = ErrorDetail("POST the new address and your password to /api/auth/email/.", code="read_only")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "22:30"})
class ClockField(serializers.Field[time, str, str, Any]):
    """A wall time as `HH:MM`."""

    default_error_messages = {"invalid": "Write a time as HH:MM, for example 22:30."}

    def to_internal_value(self, data: object) -> time:
        if not isinstance(data, str) or not _CLOCK.fullmatch(data):
            self.fail("invalid")
        return time.fromisoformat(data)

    def to_representation(self, value: time) -> str:
        return value.strftime("%H:%M")


class MailAddressField(serializers.EmailField):
    """A mail address; its value is the canonical one."""

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        try:
            return canonical_address(text) if text else ""
        except DjangoValidationError:
            self.fail("invalid")


class AccountSerializer(StrictSerializer[User]):
    """The caller's account."""

    id = serializers.CharField(source="pk", read_only=True)
    username = serializers.CharField(read_only=True)
    email = serializers.EmailField(read_only=True)
    email_verified = serializers.BooleanField(source="is_email_verified", read_only=True)
    pending_email = serializers.SerializerMethodField()
    time_zone = serializers.CharField(validators=[validate_time_zone])
    week_start = serializers.ChoiceField(choices=WeekStart.values)
    quiet_from = ClockField(allow_null=True)
    quiet_until = ClockField(allow_null=True)
    channels = ShortListField(
        child=serializers.ChoiceField(choices=CHANNEL_NAMES),
        max_length=MAX_CHANNELS_READ,
        validators=[validate_channels],
    )

    def get_pending_email(self, user: User) -> str | None:
        """The address that was asked for and is not confirmed yet."""
        return pending_email(user)

    def _find_errors(self, data: Mapping[str, Any], given: Mapping[str, Any]) -> dict[Any, list[ErrorDetail]]:
        refused = super()._find_errors(data, given)
        return {**refused, "email": [USE_THE_CALL]} if "email" in refused else refused


class WantedAddressSerializer(StrictSerializer[None]):
    """The address to use from its confirmation on; "" for none. The password is the caller's."""

    email = MailAddressField(allow_blank=True)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, write_only=True)


class ConfirmationSerializer(StrictSerializer[None]):
    token = serializers.CharField(max_length=200)


class RegistrationSerializer(StrictSerializer[User]):
    username = serializers.CharField(max_length=MAX_NAME)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, write_only=True)
    email = MailAddressField(required=False, allow_blank=True)
    time_zone = serializers.CharField(required=False, validators=[validate_time_zone])

    def validate_username(self, name: str) -> str:
        """Return a name that people may take."""
        validate_name(name)
        return name


class SignInSerializer(StrictSerializer[None]):
    username = serializers.CharField(max_length=MAX_NAME)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, write_only=True)


class RefreshSerializer(StrictSerializer[None]):
    refresh = serializers.CharField(max_length=4096)


class TokensSerializer(serializers.Serializer[Any]):
    """Answer of a sign-in: the access token is good for 15 minutes, the refresh token once, within 7 days."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class RegisteredSerializer(TokensSerializer):
    """Answer of a registration."""

    user = AccountSerializer()


class TicketSerializer(serializers.Serializer[Any]):
    """What opens one socket, once, within `expires_in` seconds."""

    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()
