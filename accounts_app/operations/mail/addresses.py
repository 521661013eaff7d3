"""The mail address of an account: requested, confirmed by a link that is mailed there, and only then used.

OWASP: https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html (change of an address).
"""

from django.db import IntegrityError

from accounts_app.credentials.hashes import hash_text
from accounts_app.errors import AddressInUse, LinkInvalid
from accounts_app.mail.addresses import canonical_address, fold_address
from accounts_app.models import AccountMail, AddressRequest, User
from accounts_app.operations.mail.links import check_link_limits, end_links, end_request, plan_link, plan_mail
from accounts_app.operations.passwords.changing import confirm_password
from accounts_app.operations.security.records import note_in, whence
from events_app.contracts import EmailChanged
from events_app.log.write import Log, writing
from foundation.context import Actor, set_actor
from foundation.database.transactions import database_now, write_transaction

_Kind = AccountMail.Kind


def request_email(user: User, email: str, password: str, *, address: str) -> None:
    """Request another mail address for an account, or remove its address with "".

    `email` is valid; `address` is the network address of the client. A link goes to the new address, a notice to the
    verified address of the account; both are sent later. A request replaces the one before. A removal needs no
    confirmation and happens at once. A request for the verified address that the account has ends the open request.
    Nothing shows whether another account has the address. Raises PasswordWrong, TooManyAttempts or HashingBusy.
    """
    confirm_password(user, password, address=address)
    with writing(user.pk) as log:
        owner = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not email:
            _remove_address(owner, log)
            return
        wanted = canonical_address(email)
        if owner.is_email_verified and fold_address(owner.email) == fold_address(wanted):
            end_request(owner.pk)
            return
        check_link_limits(owner, wanted, now=database_now())
        if owner.is_email_verified:
            plan_mail(_Kind.CHANGE_REQUESTED, owner, owner.email)
        plan_link(owner, wanted)
        note_in(log, EmailChanged(how="requested", **whence()))


def confirm_email(token: str) -> User:
    """Give the user of a request its address, as a verified one; return the user.

    A token works once: of two calls at once one succeeds. Raises LinkInvalid, or AddressInUse when another account
    has verified the address.
    """
    request = AddressRequest.objects.filter(digest=hash_text(token)).first()
    if request is None:
        raise LinkInvalid
    try:
        with writing(request.user_id) as log:
            return _use_request(request, log)
    except IntegrityError:  # another account has verified it
        raise AddressInUse from None


def replace_address(user: User, *, before: str) -> None:
    """Mark an address that an operator wrote as unverified, and end the user's request; the caller saves the user.

    The address `before`, if it was verified, gets a notice: its owner must learn that the account was changed.
    """
    with write_transaction():
        if user.is_email_verified and user.pk:
            plan_mail(_Kind.REMOVED, user, before)
        _withdraw_verification(user)


def _withdraw_verification(user: User) -> None:
    user.email_verified_at = None
    end_links(user.pk)


def _remove_address(owner: User, log: Log) -> None:
    if owner.is_email_verified:
        plan_mail(_Kind.REMOVED, owner, owner.email)
    _withdraw_verification(owner)
    owner.email = ""
    owner.save(update_fields=["email", "email_verified_at"])
    note_in(log, EmailChanged(how="removed", **whence()))


def _use_request(request: AddressRequest, log: Log) -> User:
    # The user first: a change of the password locks it, too.
    user = User.objects.select_for_update(no_key=True).filter(pk=request.user_id).first()
    now = database_now()
    used, _ = AddressRequest.objects.filter(pk=request.pk, digest=request.digest, expires_at__gt=now).delete()
    if user is None or not used or not user.accepts_mark(request.mark):
        raise LinkInvalid
    user.email, user.email_verified_at = request.email, now
    user.save(update_fields=["email", "email_verified_at"])
    set_actor(Actor(type="user", id=str(user.pk)))
    note_in(log, EmailChanged(how="confirmed", **whence()))
    return user
