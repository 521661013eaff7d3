"""Texts of mails about accounts. Pure. The person who causes a mail can put no text of their own into it."""

from dataclasses import dataclass

CONFIRM_PATH = "/email/confirm/"
CONFIRM_CALL = "/api/auth/email/confirm/"


@dataclass(frozen=True)
class LetterText:
    """Subject and body of a plain mail."""

    subject: str
    body: str


def link_text(token: str, *, base_url: str) -> LetterText:
    """Return the mail with the link that confirms an address; without a public URL it has the token alone."""
    place = f" at {base_url}" if base_url else ""
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


def _account(base_url: str) -> str:
    return f"Your account at {base_url}" if base_url else "Your account"
