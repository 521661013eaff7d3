"""Texts of mails about accounts. Pure. The person who causes a mail can put no text of their own into it."""

from dataclasses import dataclass

CONFIRM_PATH = "/email/confirm/"
CONFIRM_CALL = "/api/auth/email/confirm/"
RESET_PATH = "/password/reset/"
RESET_CALL = "/api/auth/password/reset/confirm/"


@dataclass(frozen=True)
class LetterText:
    """Subject and body of a plain mail."""

    subject: str
    body: str


def link_text(token: str, *, base_url: str) -> LetterText:
    """Return the mail with the link that confirms an address; without a public URL it has the token alone."""
    place = _place(base_url)
    how = (
        f"To confirm it, open this page within an hour and press its button:\n\n{base_url}{CONFIRM_PATH}?token={token}"
        if base_url
        else f"To confirm it, send this code to {CONFIRM_CALL} within an hour:\n\n{token}"
    )
    return LetterText(
        "Confirm your e-mail address",
        f"This address was entered for an account{place}.\n\n{how}\n\n"
        "If it was not you who entered it, do nothing: unless it is confirmed, the account sends nothing here.\n",
    )


def reset_text(token: str, *, base_url: str) -> LetterText:
    """Return the mail with the link that sets a forgotten password."""
    return LetterText(
        "Set a new password",
        f"A new password was asked for, for the account{_place(base_url)} with this address.\n\n"
        f"{_how_to_set(token, base_url, 'an hour')}\n\n"
        "If it was not you who asked, do nothing: your password stays as it is.\n",
    )


def set_password_text(token: str, *, base_url: str) -> LetterText:
    """Return the mail with the link that sets the password of an account which an operator made or restored."""
    return LetterText(
        "Set the password of your account",
        f"An operator asks you to set the password of your account{_place(base_url)}.\n\n"
        f"{_how_to_set(token, base_url, 'three days')}\n\n"
        "If you know of no account, do nothing.\n",
    )


def password_changed_text(*, base_url: str) -> LetterText:
    """Return the notice that the password of an account is another one."""
    return LetterText(
        "Your password was changed",
        f"The password of {_account(base_url, begins=False)} was changed, and everybody who was signed in with the\n"
        "old one is signed out.\n\n"
        "If it was not you who changed it, ask for a new password at once, and tell the operator.\n",
    )


def second_factor_changed_text(*, base_url: str) -> LetterText:
    """Return the notice that the second factor of an account was turned on or off."""
    return LetterText(
        "Your second factor was changed",
        f"The second factor of {_account(base_url, begins=False)} was turned on or off. Personal tokens go on without\n"
        "it: revoke those that you do not know.\n\n"
        "If it was not you, change your password, look at your sign-ins, and tell the operator.\n",
    )


def _how_to_set(token: str, base_url: str, within: str) -> str:
    if base_url:
        return f"To set it, open this page within {within}:\n\n{base_url}{RESET_PATH}?token={token}"
    return f"To set it, send this code to {RESET_CALL}, with your `new_password`, within {within}:\n\n{token}"


def _place(base_url: str) -> str:
    return f" at {base_url}" if base_url else ""


def change_requested_text(*, base_url: str) -> LetterText:
    """Return the mail to the present address of an account for which another address was requested."""
    return LetterText(
        "Your e-mail address is about to change",
        f"{_account(base_url)} was asked to use another e-mail address, with your password. Once that address is\n"
        "confirmed, mail goes there and no longer here.\n\n"
        "If it was not you who asked, change your password: that also ends the request.\n",
    )


def removed_text(*, base_url: str) -> LetterText:
    """Return the mail to an address that was removed from an account."""
    return LetterText(
        "Your e-mail address was removed",
        f"{_account(base_url)} no longer uses this e-mail address: it was removed, with your password or by an\n"
        "operator. No more mail goes here.\n\nIf it was not you who removed it, change your password, or ask the "
        "operator.\n",
    )


def _account(base_url: str, *, begins: bool = True) -> str:
    return f"{'Your' if begins else 'your'} account{_place(base_url)}"
