"""Bodies of the account endpoints."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts_app.mail.addresses import canonical_address
from accounts_app.models import CHANNEL_NAMES, User, WeekStart, validate_channels, validate_time_zone
from accounts_app.names.keys import MAX_NAME
from accounts_app.names.rules import validate_name
from accounts_app.queries.address_requests import pending_email
from foundation.http import shapes
from foundation.http.error_bounds import show_value
from foundation.http.fields import SwitchField, TextField, WordField
from foundation.http.serializers import ShortListField, StrictSerializer

MAX_CHANNELS_READ = 20
MAX_CODE = 40
USE_THE_CALL = ErrorDetail("POST the new address and your password to /api/auth/email/.", code="read_only")
NEEDS_PASSWORD = ErrorDetail("Another username needs your password.", code="required")
_MAIL_ADDRESS = {
    "type": "string",
    "format": "email",
    "maxLength": 254,
    "pattern": "^[A-Za-z0-9_+-]{1,30}(?:[.][A-Za-z0-9_+-]{1,30})?"
    "@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,20}[A-Za-z0-9])?[.]){1,3}[A-Za-z]{2,20}$",
    "description": "The pattern is narrower than what is read: longer parts, and other characters of RFC 5321.",
}
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["22:30"]})
class ClockField(serializers.Field[time, str, str, Any]):
    """A wall time as `HH:MM`."""

    default_error_messages = {"invalid": "{value} is no time of the day: write HH:MM from 00:00 to 23:59."}

    def to_internal_value(self, data: object) -> time:
        if not isinstance(data, str) or not _CLOCK.fullmatch(data):
            self.fail("invalid", value=show_value(data))
        return time.fromisoformat(data)

    def to_representation(self, value: time) -> str:
        return value.strftime("%H:%M")


@extend_schema_field(shapes.ref("TimeZoneName"))
class ZoneNameField(TextField):
    """The name of a time zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[validate_time_zone], trim_whitespace=False, **options)


@extend_schema_field(
    {"type": "array", "items": {"type": "string", "enum": list(CHANNEL_NAMES)}, "uniqueItems": True}
)
class ChannelsField(ShortListField):
    """Names of channels, each once."""


@extend_schema_field({"oneOf": [_MAIL_ADDRESS, {"type": "string", "maxLength": 0}]})
class MailAddressField(serializers.EmailField):
    """A mail address; its value is the canonical one."""

    default_error_messages = {"invalid": "{value} is no mail address: write one such as ann@example.com."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = []  # Django's says less, and only what canonical_address says too

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        try:
            return canonical_address(text) if text else ""
        except DjangoValidationError:
            self.fail("invalid", value=show_value(text))


@extend_schema_field(
    {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_NAME,
        "pattern": "^[A-Za-z0-9_.@+-]+$",
        "description": "Letters and digits of one script, of any: the pattern is that of Latin alone.",
    }
)
class UsernameField(TextField):
    """A name that somebody would have."""


@extend_schema_field(shapes.ref("NewPassword"))
class NewPasswordField(TextField):
    """A password that somebody would have; its strength is judged with the name and the address."""


class AccountSerializer(StrictSerializer[User]):
    """The caller's account."""

    rules: ClassVar[Mapping[str, str]] = {
        "required": "Another name needs the password.",
        "wrong_password": "It is not the caller's password.",
        "taken": "Somebody has this name, or one that looks the same.",
    }

    id = serializers.CharField(source="pk", read_only=True)
    username = UsernameField(max_length=MAX_NAME)
    email = MailAddressField(read_only=True)
    email_verified = serializers.BooleanField(source="is_email_verified", read_only=True)
    pending_email = serializers.SerializerMethodField()
    time_zone = ZoneNameField()
    week_start = WordField(choices=WeekStart.values)
    quiet_from = ClockField(allow_null=True)
    quiet_until = ClockField(allow_null=True)
    channels = ChannelsField(
        child=WordField(choices=CHANNEL_NAMES),
        max_length=MAX_CHANNELS_READ,
        validators=[validate_channels],
    )

    password = TextField(
        max_length=1000,
        trim_whitespace=False,
        write_only=True,
        required=False,
        help_text="The present password, for another username.",
    )

    def validate_username(self, name: str) -> str:
        """Return a name that people may take; the present one may be older than the rule."""
        if self.instance is None or name != self.instance.username:
            validate_name(name)
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Demand the password where the name is another one; drop a name that is the present one."""
        user = self.instance
        if user is not None and attrs.get("username") == user.username:
            del attrs["username"]
        if "username" in attrs and "password" not in attrs:
            raise serializers.ValidationError({"password": [NEEDS_PASSWORD]})
        return attrs

    def get_pending_email(self, user: User) -> str | None:
        """The address that was asked for and is not confirmed yet."""
        return pending_email(user)

    def _find_errors(self, data: Mapping[str, Any], given: Mapping[str, Any]) -> dict[Any, list[ErrorDetail]]:
        refused = super()._find_errors(data, given)
        return {**refused, "email": [USE_THE_CALL]} if "email" in refused else refused


class WantedAddressSerializer(StrictSerializer[None]):
    """The address to use from its confirmation on; "" for none. The password is the caller's."""

    rules: ClassVar[Mapping[str, str]] = {"wrong_password": "It is not the caller's password."}

    email = MailAddressField(allow_blank=True)
    password = TextField(max_length=1000, trim_whitespace=False, write_only=True)


class DeletionSerializer(StrictSerializer[None]):
    """The caller's password."""

    rules: ClassVar[Mapping[str, str]] = {"wrong_password": "It is not the caller's password."}

    password = TextField(max_length=1000, trim_whitespace=False, write_only=True)


class DeletedSerializer(serializers.Serializer[Any]):
    """The account is closed, and its data are being removed."""

    detail = serializers.CharField()


class ConfirmationSerializer(StrictSerializer[None]):
    """What the link in a mail holds."""

    rules: ClassVar[Mapping[str, str]] = {
        "link_not_valid": "The link is unknown, used, replaced by a newer one or too old."
    }

    token = TextField(max_length=200)


class RegistrationSerializer(StrictSerializer[User]):
    """Who somebody wants to be here."""

    rules: ClassVar[Mapping[str, str]] = {
        "taken": "Somebody has this name, or one that looks the same.",
        "password_too_common": "Too many people have this password.",
        "password_too_similar": "The password is too much like the name or the address.",
        "password_entirely_numeric": "The password has digits alone.",
    }

    username = UsernameField(max_length=MAX_NAME)
    password = NewPasswordField(max_length=1000, trim_whitespace=False, write_only=True)
    email = MailAddressField(required=False, allow_blank=True)
    time_zone = ZoneNameField(required=False, initial="UTC")
    session = SwitchField(
        required=False,
        help_text="Sign this browser in, which needs the CSRF token, instead of answering tokens.",
    )

    def validate_username(self, name: str) -> str:
        """Return a name that people may take."""
        validate_name(name)
        return name


class SignInSerializer(StrictSerializer[None]):
    """Name and password; an account with a second factor also needs the `code` of it."""

    username = TextField(max_length=MAX_NAME)
    password = TextField(max_length=1000, trim_whitespace=False, write_only=True)
    code = TextField(
        max_length=MAX_CODE,
        required=False,
        allow_blank=True,
        help_text="What the authenticator shows, or a recovery code. A blank one is none.",
    )


class RefreshSerializer(StrictSerializer[None]):
    """A refresh token."""

    refresh = TextField(max_length=4096)


class TokensSerializer(serializers.Serializer[Any]):
    """Answer of a sign-in: the access token is good for 15 minutes, the refresh token once, within 7 days."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class RegisteredSerializer(serializers.Serializer[Any]):
    """Answer of a registration: with `session` without tokens."""

    user = AccountSerializer()
    access = serializers.CharField(required=False)
    refresh = serializers.CharField(required=False)


class TicketSerializer(serializers.Serializer[Any]):
    """What opens one socket, once, within `expires_in` seconds."""

    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()
