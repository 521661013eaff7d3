"""The column with the key of a name."""

from typing import Any

from django.db import models

from accounts_app.names.keys import name_key


class NameKeyField(models.CharField):  # type: ignore[type-arg] # not generic when it runs
    """The key of `username`, computed whenever all columns of a row are saved.

    Null on a row that is older than keys and whose key another row has: that user is found by the exact name. Saving
    such a row leaves the null; code that changes the name sets the key itself.
    """

    def pre_save(self, model_instance: Any, add: bool) -> str | None:
        """Return the key to store."""
        if not add and getattr(model_instance, self.attname) is None:
            return None
        key = name_key(model_instance.get_username())
        setattr(model_instance, self.attname, key)
        return key

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Describe the field as a CharField: migrations do not depend on this class."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
