"""Forms in which operators name people."""

from typing import Any

from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError

from accounts_app.errors import UsernameTaken
from accounts_app.models import User
from accounts_app.names.keys import name_key
from accounts_app.names.rules import validate_name


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
