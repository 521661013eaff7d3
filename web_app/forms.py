"""The forms with which somebody signs in or makes an account, without JavaScript."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts_app.forms import SignInForm
from accounts_app.names.keys import MAX_NAME
from accounts_app.names.rules import validate_name
from accounts_app.preferences.zones import is_zone
from foundation.http.errors import DomainError

MOST_OF_PASSWORD = 1024


class PageSignInForm(SignInForm):
    """What signs in, and whether others use this device: it is to keep nothing, and to forget who was here."""

    shared = forms.BooleanField(required=False)


class SignUpForm(forms.Form):
    """Name and password; the zone is what the browser says, and can be changed later."""

    username = forms.CharField(
        max_length=MAX_NAME,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
    )
    password = forms.CharField(
        max_length=MOST_OF_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    shared = forms.BooleanField(required=False)
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-zone": ""}))

    def clean_username(self) -> str:
        """Return the name, or raise the reason why nobody may be called so."""
        name: str = self.cleaned_data["username"]
        validate_name(name)
        return name

    def registration(self) -> dict[str, Any]:
        """Return the arguments of `register_user`."""
        zone = self.cleaned_data["time_zone"]
        return {
            "username": self.cleaned_data["username"],
            "password": self.cleaned_data["password"],
            "time_zone": zone if is_zone(zone) else "UTC",
        }

    def show(self, refused: DomainError) -> None:
        """Put the reasons of a refusal beside the fields that they are about."""
        for problem in refused.errors:
            field = problem.field if problem.field in self.fields else None
            self.add_error(field, ValidationError(problem.detail, code=problem.code))
        if not refused.errors:
            self.add_error(None, ValidationError(refused.detail, code=refused.code))
