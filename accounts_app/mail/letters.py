"""What mails about accounts say. Pure: no word in them is chosen by whoever caused them."""

from dataclasses import dataclass

CONFIRM_PATH = "/email/confirm/"
CONFIRM_CALL = "/api/auth/email/confirm/"


@dataclass(frozen=True)
class LetterText:
    """Subject and body of a plain mail."""

    subject: str
    body: str


def link_text(token: str, *, base_url: str) -> LetterText:
    """Return the mail that proves who reads it: a link, or without a public URL the bare code."""
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
    """Return the mail to the address that an account has and may soon have no more."""
    return LetterText(
        "Your e-mail address is about to change",
        f"{_account(base_url)} was asked to use another e-mail address, with your password. Once that address is\n"
        "confirmed, mail goes there and no longer here.\n\n"
        "If it was not you who asked, change your password: that also ends the request.\n",
    )


def removed_text(*, base_url: str) -> LetterText:
    """Return the mail to the address that an account no longer has."""
    return LetterText(
        "Your e-mail address was removed",
        f"{_account(base_url)} no longer uses this e-mail address: it was removed, with your password or by an\n"
        "operator. No more mail goes here.\n\nIf it was not you who removed it, change your password, or ask the "
        "operator.\n",
    )


def _account(base_url: str) -> str:
    return f"Your account at {base_url}" if base_url else "Your account"
