"""Columns that follow others."""

from typing import Any

from django.db import models

from accounts_app.names.keys import name_key


class NameKeyField(models.CharField):  # type: ignore[type-arg] # not generic when it runs
    """The key of `username`, worked out whenever a row is saved whole.

    Null on a row of before, whose key another has: it is found by its exact name. Saving it changes nothing of that;
    who renames it sets the key.
    """

    def pre_save(self, model_instance: Any, add: bool) -> str | None:
        """Return the key to store."""
        if not add and getattr(model_instance, self.attname) is None:
            return None
        key = name_key(model_instance.get_username())
        setattr(model_instance, self.attname, key)
        return key

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Say that it is text: migrations know nothing of names."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
