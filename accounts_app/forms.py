"""Forms in which people sign in, and in which operators name people."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AdminUserCreationForm, AuthenticationForm, UserChangeForm
from django.core.exceptions import ValidationError

from accounts_app.errors import SecondFactorRefused, SecondFactorRequired, UsernameTaken
from accounts_app.models import User
from accounts_app.names.keys import name_key
from accounts_app.names.rules import validate_name
from accounts_app.operations.passwords.changing import store_password
from accounts_app.queries.second_factors import has_second_factor

NEEDS_SECOND_FACTOR = (
    "Staff needs a second factor here. Sign in at /api/auth/session/login/, turn it on at /api/auth/second-factor/,"
    " and come back."
)


class SignInForm(AuthenticationForm):
    """Name, password and, for an account with a second factor, the code of it."""

    code = forms.CharField(
        required=False,
        max_length=40,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text"}),
    )

    def clean(self) -> dict[str, Any]:
        """Return the cleaned data once they are right; raise ValidationError otherwise."""
        given = self.cleaned_data
        if given.get("username") is not None and given.get("password"):
            names = {"username": given["username"], "password": given["password"]}
            try:
                self.user_cache = authenticate(self.request, **names, code=given.get("code", ""))
            except (SecondFactorRequired, SecondFactorRefused) as refused:
                raise ValidationError(refused.detail, code=refused.code) from None
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return given


class StaffSignInForm(SignInForm, AdminAuthenticationForm):
    """For the admin: only staff, and where the settings demand it only with a second factor."""

    def confirm_login_allowed(self, user: User) -> None:
        """Raise ValidationError for whom the admin does not let in."""
        super().confirm_login_allowed(user)
        if settings.STAFF_SECOND_FACTOR and not has_second_factor(user.pk):
            raise ValidationError(NEEDS_SECOND_FACTOR, code=SecondFactorRequired.code)


class OwnPasswordForm(AdminPasswordChangeForm):
    """Change one's own password; the view keeps the caller's session and gives it a new key."""

    def save(self, commit: bool = True) -> User:
        """Store the password, end all sign-ins and return the user."""
        return store_password(self.user, self.cleaned_data["new_password1"], how="changed")


class _NameForm:
    """A form that accepts only a `username` that is allowed and free.

    A name that does not change is not checked: it may be older than the rule.
    """

    instance: User
    cleaned_data: dict[str, Any]
    changed_data: list[str]

    def clean_username(self) -> str:
        """Return the name; raise ValidationError when it is not allowed or taken."""
        name: str = self.cleaned_data["username"]
        if "username" in self.changed_data:
            validate_name(name)
            other = User.objects.find_by_name(name)
            if other is not None and other.pk != self.instance.pk:
                raise ValidationError(UsernameTaken.detail, code=UsernameTaken.code)
            self.instance.username_key = name_key(name)
        return name


class CreationForm(_NameForm, AdminUserCreationForm):  # type: ignore[type-arg] # not generic when it runs
    """Add a person."""


class ChangeForm(_NameForm, UserChangeForm):  # type: ignore[type-arg]
    """Change an account."""
