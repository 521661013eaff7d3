"""How mail addresses are stored and compared. Pure."""

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.encoding import punycode

MAX_LENGTH = 254
# RFC 5321, section 4.1.2: a Dot-string, without what mail libraries decode (RFC 2047, encoded words).
_PLAIN_LOCAL: Final = re.compile(r"(?!.*=\?)[\w!#$%&'*+/=?^`{|}~.-]+", re.ASCII)


def canonical_address(text: str) -> str:
    """Return the address as it is stored and used: the local part as written, the domain in lower-case ASCII.

    Raises ValidationError for text that is no address. The local part must be ASCII: letters that look or fold alike
    would make one address pass for another (CVE-2019-19844), and most servers refuse them. It must not have quotes or
    encoded words, which can spell one mailbox in many ways. An IP address as domain is refused: it could be one of the
    mail server's own network.
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
    # `punycode` has made plain brackets of full-width ones.
    if not address.isascii() or len(address) > MAX_LENGTH or "@[" in address:
        raise ValidationError("Enter a valid email address.", code="invalid")
    validate_email(address)
    return f"{local}@{address.rpartition('@')[2]}"


def fold_address(address: str) -> str:
    """Return the address in lower case, to compare spellings of one mailbox.

    RFC 5321 (section 2.4) leaves the case of the local part to the receiving server; hardly any server distinguishes
    `Ann@` from `ann@`.
    """
    return address.lower()


def mailbox_key(address: str) -> str:
    """Return a key to count mails by, the same for what is probably one mailbox: no `+detail`, no dots before the @.

    Many servers deliver `ann+1@` and `a.nn@` to `ann@`; without the key, each of thousands of spellings would have a
    limit of its own. Two people whose addresses have the same key share a limit and nothing else.
    """
    local, _, domain = fold_address(address).rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"
