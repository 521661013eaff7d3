"""How mail addresses are compared and kept. Pure."""

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.encoding import punycode

MAX_LENGTH = 254
# RFC 5321, section 4.1.2: a Dot-string, without what mail libraries decode (RFC 2047, encoded words).
_PLAIN_LOCAL: Final = re.compile(r"(?!.*=\?)[\w!#$%&'*+/=?^`{|}~.-]+", re.ASCII)


def canonical_address(text: str) -> str:
    """Return the address as it is kept and used: the local part as written, the domain in lower-case ASCII.

    Raises ValidationError for what is none. Only ASCII may stand before the @: letters that look or fold alike
    would let one address pass for another (CVE-2019-19844), and most servers refuse them. Nor may quotes and encoded
    words, which write one mailbox in any number of ways. Numbers for a domain lead into the mail server's network.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:  # before anything is normalised: a long domain of marks takes minutes
        raise ValidationError("Enter a valid email address.", code="invalid")
    local, _, domain = text.rpartition("@")
    if not _PLAIN_LOCAL.fullmatch(local):
        raise ValidationError("Enter a valid email address.", code="invalid")
    try:
        address = f"{local}@{punycode(domain)}".lower() if domain else ""
    except UnicodeError:
        address = ""
    # Wide brackets are plain ones by now.
    if not address.isascii() or len(address) > MAX_LENGTH or "@[" in address:
        raise ValidationError("Enter a valid email address.", code="invalid")
    validate_email(address)
    return f"{local}@{address.rpartition('@')[2]}"


def fold_address(address: str) -> str:
    """Return what two spellings of one mailbox have in common.

    The local part is compared without case as well: RFC 5321 (section 2.4) leaves it to the receiving server,
    and hardly one tells `Ann@` from `ann@`.
    """
    return address.lower()


def mailbox_key(address: str) -> str:
    """Return one key for what is probably one mailbox, to count by: no detail after `+`, no dots before the @.

    Many servers deliver `ann+1@` and `a.nn@` to `ann@`, so that one person would get what a limit allows to each of
    thousands of spellings. Where they are two people's, these share a limit and nothing else.
    """
    local, _, domain = fold_address(address).rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"
