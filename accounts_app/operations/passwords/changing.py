"""A new password, and the end of the sign-ins that began under the old one."""

from typing import Literal

from accounts_app.credentials.credential import Credential
from accounts_app.errors import PasswordWrong, SignInRefused
from accounts_app.models import AccountMail, RefreshFamily, User
from accounts_app.operations.mail.links import end_links, plan_mail
from accounts_app.operations.passwords.strength import check_strength
from accounts_app.operations.personal_tokens import end_tokens
from accounts_app.operations.security.records import note_in, whence
from accounts_app.operations.sign_ins.browser_sessions import end_browser_sessions
from accounts_app.operations.sign_ins.families import revoke_families, verify_password
from events_app.contracts import PasswordChanged
from events_app.log.write import writing
from foundation.database.transactions import write_transaction

Way = Literal["changed", "reset", "by_an_operator", "removed"]


def change_own_password(
    user: User, *, current_password: str, new_password: str, credential: Credential, address: str
) -> User:
    """Change the caller's password and end all sign-ins but that of `credential`; return the user.

    The tokens of its family go on; a browser session must be given the new session hash by its view. `address` is the
    network address of the client: a wrong password counts as a failed sign-in. Raises PasswordWrong, PasswordRefused
    with all reasons, TooManyAttempts or HashingBusy.
    """
    confirm_password(user, current_password, address=address, field="current_password")
    check_strength(new_password, user, field="new_password")
    return store_password(user, new_password, how="changed", kept=credential)


def confirm_password(user: User, password: str, *, address: str, field: str = "password") -> None:
    """Raise PasswordWrong, at `field`, unless this is the user's password; see `verify_password` for the rest."""
    try:
        verify_password(user.username, password, address=address)
    except SignInRefused:
        raise PasswordWrong(field) from None


def store_password(user: User, password: str, *, how: Way, kept: Credential | None = None) -> User:
    """Hash a password and store it as `save_password` does; return the user. Raises HashingBusy."""
    user.set_password(password)  # slow: before the lock
    return save_password(user, how=how, kept=kept)


def save_password(user: User, *, how: Way, kept: Credential | None = None) -> User:
    """Store the user's new password hash, end all sign-ins but the `kept` one, record `account.password_changed`.

    Personal tokens have ended, and links in mails that were sent before are invalid; the confirmed address gets a
    notice. Returns the user.
    """
    with writing(user.pk) as log:
        user.save(update_fields=["password"])
        end_sign_ins(user, reason="password changed", kept=kept)
        end_tokens(user.pk, at=log.now)
        end_links(user.pk)
        note_in(log, PasswordChanged(how=how, **whence()))
        if user.is_email_verified:
            plan_mail(AccountMail.Kind.PASSWORD_CHANGED, user, user.email)
    return user


def end_sign_ins(user: User, *, reason: str, kept: Credential | None = None) -> None:
    """Revoke all families of tokens and delete all browser sessions of a user, but those of the credential `kept`.

    Tickets and sockets that came from them become invalid; sockets close within five seconds. The kept family accepts
    its older tokens under the user's present password as well. Repeating is harmless.
    """
    family_id, session_id = (kept.family_id, kept.session_id) if kept else (None, None)
    families = user.refresh_families.all()
    with write_transaction():
        revoke_families(families.exclude(pk=family_id) if family_id else families, reason=reason)
        end_browser_sessions(user, kept=session_id)
        if kept is not None and family_id is not None and kept.mark != user.credentials_mark:
            RefreshFamily.objects.filter(pk=family_id).update(
                mark_before=kept.mark, mark_after=user.credentials_mark
            )
