"""Bodies of the account endpoints."""

import re
from datetime import time
from typing import Any

from django.contrib.auth.validators import UnicodeUsernameValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts_app.models import CHANNELS, User, WeekStart, validate_channels, validate_time_zone
from events_app.http import ShortListField, StrictSerializer

MAX_CHANNELS_READ = 20
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


class AccountSerializer(StrictSerializer[User]):
    """The caller's account."""

    id = serializers.CharField(source="pk", read_only=True)
    username = serializers.CharField(read_only=True)
    email = serializers.EmailField(allow_blank=True)
    time_zone = serializers.CharField(validators=[validate_time_zone])
    week_start = serializers.ChoiceField(choices=WeekStart.values)
    quiet_from = ClockField(allow_null=True)
    quiet_until = ClockField(allow_null=True)
    channels = ShortListField(
        child=serializers.ChoiceField(choices=CHANNELS),
        max_length=MAX_CHANNELS_READ,
        validators=[validate_channels],
    )


class RegistrationSerializer(StrictSerializer[User]):
    username = serializers.CharField(max_length=150, validators=[UnicodeUsernameValidator()])
    password = serializers.CharField(max_length=1000, trim_whitespace=False, write_only=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    time_zone = serializers.CharField(required=False, validators=[validate_time_zone])


class SignInSerializer(StrictSerializer[None]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, write_only=True)


class RefreshSerializer(StrictSerializer[None]):
    refresh = serializers.CharField(max_length=4096)


class NothingSerializer(StrictSerializer[None]):
    """A body that must be empty."""


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
