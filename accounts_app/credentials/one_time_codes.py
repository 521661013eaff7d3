"""Codes of second factors: those of an authenticator (RFC 6238), and recovery codes. Pure."""

import re
import secrets
import unicodedata
from datetime import datetime
from typing import Final

import pyotp

SECONDS: Final = 30
DIGITS: Final = 6
_DRIFT: Final = 1  # steps: a phone's clock may be half a minute off
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # 32, none of which looks like another
_GROUPS, _GROUP_LENGTH = 4, 4
_SEPARATORS: Final = re.compile(r"[\s-]+")


def new_secret() -> str:
    """Return a secret of 160 random bits in base32, as RFC 4226 (section 4) recommends."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, *, username: str, issuer: str) -> str:
    """Return the `otpauth://` URI from which authenticators take the secret, as a link or a QR code."""
    return pyotp.TOTP(secret, interval=SECONDS, digits=DIGITS).provisioning_uri(
        name=username, issuer_name=issuer
    )


def step_of_code(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """Return the time step whose code this is, or None.

    Only steps above `after`, the last one that was used, and at most one beside the present one count.
    """
    generator = pyotp.TOTP(secret, interval=SECONDS, digits=DIGITS)
    present = generator.timecode(at)
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        if step > after and secrets.compare_digest(generator.generate_otp(step), code):
            return step
    return None


def code_at(secret: str, at: datetime) -> str:
    """Return the code that an authenticator shows."""
    return pyotp.TOTP(secret, interval=SECONDS, digits=DIGITS).at(at)


def plain_code(typed: str) -> str:
    """Return a code as it is compared: without blanks and hyphens, in lower case, digits of any script as 0 to 9."""
    return "".join(map(_western, _SEPARATORS.sub("", typed).lower()))


def _western(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def is_authenticator_code(plain: str) -> bool:
    """Say whether a plain code is one of an authenticator, rather than a recovery code."""
    return len(plain) == DIGITS and plain.isascii() and plain.isdigit()


def new_recovery_codes() -> list[str]:
    """Return ten codes of 80 random bits each, in groups, to be kept on paper."""
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]
