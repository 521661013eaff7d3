"""Keys of the names of users who were there before keys were."""

from django.db import IntegrityError

from accounts_app.models import User
from accounts_app.names.keys import name_key
from foundation.database.transactions import write_transaction


def adopt_key(user: User) -> None:
    """Give a user the key of their name, unless another has it; repeating is harmless.

    A release that knew no keys may have inserted the row while this one was being rolled out.
    """
    key = name_key(user.username)
    if User.objects.filter(username_key=key).exists():
        return
    try:
        with write_transaction():
            User.objects.filter(pk=user.pk, username_key=None).update(username_key=key)
    except IntegrityError:  # taken since
        return
