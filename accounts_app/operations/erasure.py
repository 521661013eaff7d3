"""Deleting an account: closed in one transaction, erased by a job that goes on wherever it stopped.

`settings.ERASURE_STEPS` lists the steps of the other apps, in order. Each takes the id of a user and removes a part of
what it is about, in transactions of its own; it returns how many rows went, and 0 once none is left.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import ForeignObjectRel, ManyToManyRel, QuerySet
from django.utils.module_loading import import_string

from accounts_app.errors import LastSuperuser
from accounts_app.models import AccountMail, User
from accounts_app.operations.exporting import lease_of
from accounts_app.operations.mail.links import end_links
from accounts_app.operations.passwords.changing import confirm_password
from accounts_app.operations.security.records import log_security
from events_app.log.write import writing
from events_app.models import Lease
from events_app.operating.erasure import close_history
from events_app.runtime.crash import crash_point
from events_app.runtime.time_slices import is_time_up
from foundation.counters import count
from foundation.database.transactions import database_now, is_database_trouble, write_transaction

_ROWS_PER_STEP: Final = 1000
ROW_KEPT: Final = timedelta(seconds=30)
"""A call that was under way may wait 20 s for SQLite's lock; until then it finds the user, and is refused."""
ErasureStep = Callable[[int], int]

logger = logging.getLogger(__name__)


def delete_account(user: User, password: str, *, address: str) -> None:
    """Delete the account of a user who shows the password; see `close_account`.

    `address` is the network address of the client. Raises PasswordWrong, LastSuperuser, TooManyAttempts, HashingBusy.
    """
    confirm_password(user, password, address=address)
    close_account(user.pk)


def close_account(user_id: int) -> None:
    """Sign a user out everywhere and hide the account, for good; `erase_accounts` removes what it had.

    Name, addresses and preferences go at once, so that nothing is mailed any more and the name is free. Raises
    LastSuperuser, or HistoryClosed when the account was deleted before.
    """
    with writing(user_id) as log:
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        _refuse_last_superuser(user)
        close_history(log)
        AccountMail.objects.filter(user=user).delete()
        end_links(user_id)
        User.objects.filter(pk=user_id).update(**_remains(user_id), deletion_requested_at=log.now)
        transaction.on_commit(partial(log_security, "account.deleted", user_id=user_id))
    count("accounts.closed")


def _refuse_last_superuser(user: User) -> None:
    active = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    # Locked in one order: of two who delete themselves at once, the second sees that the first is gone.
    others = [
        pk for pk in active.select_for_update(no_key=True).values_list("pk", flat=True) if pk != user.pk
    ]
    if user.is_superuser and user.is_active and not others:
        raise LastSuperuser


def _remains(user_id: int) -> dict[str, Any]:
    """Return the columns of a closed account. Nobody can register the name: it has a blank."""
    return {
        "username": f"deleted {user_id}",
        "username_key": None,
        "password": make_password(None),
        "upgraded_from": "",
        "email": "",
        "email_verified_at": None,
        "is_active": False,
        "is_staff": False,
        "is_superuser": False,
        "channels": [],
        "quiet_from": None,
        "quiet_until": None,
    }


def erase_accounts() -> int:
    """Remove what closed accounts had, step by step, in turn; return how many rows went.

    Each goes on where it stopped; two sweeps at once are harmless. One that fails is logged, counted and tried again by
    the next sweep, and holds up no other.
    """
    total = 0
    while not is_time_up() and (done := sum(_run_isolated(user_id) for user_id in _closed_accounts())):
        total += done
    return total


def _closed_accounts() -> list[int]:
    closed = User.objects.filter(deletion_requested_at__isnull=False).order_by("deletion_requested_at", "pk")
    return list(closed.values_list("pk", flat=True))


def _run_isolated(user_id: int) -> int:
    try:
        return 0 if is_time_up() else _erase_part(user_id)
    except Exception as error:  # one part of a sweep, whatever it raises
        if is_database_trouble(error):
            raise
        count("sweep.failed.erasure")
        logger.exception("erasing account %s failed; the others go on", user_id)
        return 0


def _erase_part(user_id: int) -> int:
    """Run the first step that has something to remove; return how many rows went."""
    for path in settings.ERASURE_STEPS:
        step: ErasureStep = import_string(path)
        if gone := step(user_id):
            crash_point("sweep.after_commit")
            return gone
    return _erase_account(user_id)


def _erase_account(user_id: int) -> int:
    with write_transaction():
        Lease.objects.filter(name=lease_of(user_id)).delete()
        for rows in (_admin_log(user_id), *_rows_of(user_id)):
            if gone := _delete_some(rows):
                return gone
        old_enough = database_now() - ROW_KEPT
        gone, _ = User.objects.filter(pk=user_id, deletion_requested_at__lte=old_enough).delete()
        crash_point("sweep.before_commit")
    return gone


def _rows_of(user_id: int) -> Iterator[QuerySet[Any]]:
    """Yield the rows of each model that refer to a user: sign-ins, tokens, answers, whatever else there may be."""
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and not isinstance(relation, ManyToManyRel):
            model: Any = relation.related_model
            yield model._base_manager.filter(**{relation.field.name: user_id})


def _admin_log(user_id: int) -> QuerySet[LogEntry]:
    """Return the notes of operators about a user, and about rows that are named after the user."""
    about = LogEntry.objects.filter(content_type__app_label="accounts_app")
    return about.filter(content_type__model="user", object_id=str(user_id)) | about.filter(
        object_repr__startswith=f"{user_id}/"
    )


def _delete_some(rows: QuerySet[Any]) -> int:
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:_ROWS_PER_STEP])
    return rows.model._default_manager.filter(pk__in=ids).delete()[0] if ids else 0
