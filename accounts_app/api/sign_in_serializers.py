"""Bodies about browser sessions, the list of sign-ins, and passwords."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from accounts_app.api.serializers import (
    AccountSerializer,
    MailAddressField,
    NewPasswordField,
    RegistrationSerializer,
    SignInSerializer,
)
from foundation.http.fields import SwitchField, TextField
from foundation.http.serializers import StrictSerializer

_PASSWORD_RULES = {
    name: rule for name, rule in RegistrationSerializer.rules.items() if name.startswith("password_")
}


class SessionSignInSerializer(SignInSerializer):
    """Name and password; with `keep` the browser stays signed in when it is closed."""

    keep = SwitchField(default=False)


class SessionSerializer(serializers.Serializer[Any]):
    """Who is signed in in this browser, and what its page needs."""

    user = AccountSerializer(allow_null=True)
    csrf_token = serializers.CharField(
        help_text="For the header X-CSRFToken of every call that changes something."
    )
    build = serializers.CharField(help_text="Which release answers; another one has other pages.")
    push_key = serializers.CharField(allow_null=True, help_text="Null: this platform sends no Web Push.")


class SignInRowSerializer(serializers.Serializer[Any]):
    """Where the caller is signed in. `client` and `address` are those of the last use that was noted."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["tokens", "session"])
    client = serializers.CharField(help_text="The beginning of the User-Agent.")
    address = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(help_text="Of tokens, when they were exchanged last.")
    expires_at = serializers.DateTimeField(help_text="Unless it is used again before.")
    current = serializers.BooleanField(help_text="The one of this call.")


class SignInsSerializer(serializers.Serializer[Any]):
    """All open sign-ins on one page."""

    results = SignInRowSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class NewPasswordSerializer(StrictSerializer[None]):
    """The present password, and the one from now on."""

    rules: ClassVar[Mapping[str, str]] = {
        **_PASSWORD_RULES,
        "wrong_password": "It is not the caller's password.",
    }

    current_password = TextField(max_length=1000, trim_whitespace=False, write_only=True)
    new_password = NewPasswordField(max_length=1000, trim_whitespace=False, write_only=True)


class ResetRequestSerializer(StrictSerializer[None]):
    """The confirmed address of an account."""

    email = MailAddressField()


class ResetSerializer(StrictSerializer[None]):
    """What the link in a mail holds, and the password from now on."""

    rules: ClassVar[Mapping[str, str]] = {
        **_PASSWORD_RULES,
        "link_not_valid": "The link is unknown, used, replaced by a newer one or too old.",
    }

    token = TextField(max_length=200)
    new_password = NewPasswordField(max_length=1000, trim_whitespace=False, write_only=True)
