"""Sign-ins that their owner ends, here or elsewhere, and those that an operator ends."""

from uuid import UUID

from accounts_app.credentials.credential import Credential
from accounts_app.errors import SignInNotFound
from accounts_app.models import BrowserSession, RefreshFamily, User
from accounts_app.operations.passwords.changing import end_sign_ins
from accounts_app.operations.security.records import note_in, whence
from accounts_app.operations.sign_ins.families import revoke_families
from events_app.contracts import SignInsEnded
from events_app.log.write import writing

_ENDED = "ended"


def end_sign_in(user: User, sign_in_id: UUID) -> None:
    """End one of a user's open sign-ins, the caller's own too, and record `account.sign_ins_ended`.

    Its tokens are refused at once, its sockets close within five seconds. Raises SignInNotFound for any other id, and
    when it is repeated.
    """
    with writing(user.pk) as log:
        families = RefreshFamily.objects.filter(pk=sign_in_id, user=user)
        ended = revoke_families(families, reason=_ENDED)
        if not ended:
            ended, _ = BrowserSession.objects.filter(public_id=sign_in_id, user=user).delete()
        if not ended:
            raise SignInNotFound
        note_in(log, SignInsEnded(reason="ended", sign_in_id=str(sign_in_id), **whence()))


def end_other_sign_ins(user: User, caller: Credential) -> None:
    """End all of a user's sign-ins but the caller's, and record `account.sign_ins_ended`. Repeating is harmless."""
    with writing(user.pk) as log:
        end_sign_ins(user, reason=_ENDED, kept=caller)
        note_in(log, SignInsEnded(reason="others_ended", **whence()))


def end_all_sign_ins(user: User) -> None:
    """End all of a user's sign-ins as an operator, and record `account.sign_ins_ended`. Repeating is harmless."""
    with writing(user.pk) as log:
        end_sign_ins(user, reason="by an operator")
        note_in(log, SignInsEnded(reason="by_an_operator", **whence()))
