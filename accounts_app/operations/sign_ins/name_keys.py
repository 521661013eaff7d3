"""Keys for names of users that an earlier release inserted without one."""

from django.db import IntegrityError

from accounts_app.models import User
from accounts_app.names.keys import name_key
from foundation.database.transactions import write_transaction


def adopt_key(user: User) -> None:
    """Store the key of a user's name, unless another user has it. Repeating is harmless.

    While this release was rolled out, an earlier one without keys may have inserted the row.
    """
    key = name_key(user.username)
    if User.objects.filter(username_key=key).exists():
        return
    try:
        with write_transaction():
            User.objects.filter(pk=user.pk, username_key=None).update(username_key=key)
    except IntegrityError:  # taken since
        return
