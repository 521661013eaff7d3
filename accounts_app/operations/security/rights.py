"""What an account may do, and the record of an operator's changes of it."""

from accounts_app.models import User
from accounts_app.operations.security.records import record_security, whence
from events_app.contracts import Rights, RightsChanged


def rights_of(user_id: int) -> Rights | None:
    """Return the rights of an account as the database has them; None when it does not exist."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return None
    labels = user.user_permissions.values_list("content_type__app_label", "codename")
    return Rights(
        is_active=user.is_active,
        is_staff=user.is_staff,
        is_superuser=user.is_superuser,
        groups=sorted(user.groups.values_list("name", flat=True)),
        permissions=sorted(f"{app}.{codename}" for app, codename in labels),
    )


def record_rights(user_id: int, *, before: Rights | None) -> bool:
    """Record `account.rights_changed` if the rights are others than `before`; return whether they are."""
    now = rights_of(user_id)
    if before is None or now is None or now == before:
        return False
    record_security(user_id, RightsChanged(rights=now, previous_rights=before, **whence()))
    return True
