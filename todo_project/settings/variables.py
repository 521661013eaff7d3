"""Parsers of environment variables, and the declaration of one variable.

Each parser raises ValueError, whose message follows the name of the variable in a sentence.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import field
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

_T = TypeVar("_T")
MAX_SECRET_BYTES = 65536
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SP 800-186, section 3.2.1.3


def parse_text(value: str) -> str:
    """Return the text as it is."""
    return value


def parse_names(value: str) -> tuple[str, ...]:
    """Return the comma-separated parts, without spaces around them and without empty ones."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


_AUDIT_KEY = re.compile(r"([1-9][0-9]{0,3}):([^\s,]+)")


def parse_audit_keys(value: str) -> tuple[str, ...]:
    """Return the comma-separated parts, each of which is a version, a colon and a key; no version occurs twice."""
    parts = parse_names(value)
    found = [_AUDIT_KEY.fullmatch(part) for part in parts]
    versions = [each.group(1) for each in found if each is not None]
    if not parts or len(set(versions)) != len(parts):
        raise ValueError("must be keys with a version each, as 2:key,1:key, and no version twice")
    return parts


def parse_role(value: str) -> str:
    """Return the name of a database role, which is in lower case as PostgreSQL takes unquoted names."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", value):
        raise ValueError("must be a role's name of lower-case letters, digits and _")
    return value


def parse_app_id(value: str) -> str:
    """Return the beginning of an app id of Dapr, which is a name in Kubernetes too (RFC 1123)."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", value):
        raise ValueError("must be at most 40 lower-case letters, digits and hyphens, none at either end")
    return value


def parse_push_key(value: str) -> str:
    """Return a private key of P-256 as base64url of its 32 bytes, without padding."""
    text = value.strip().rstrip("=")
    try:
        number = int.from_bytes(urlsafe_b64decode(text + "="), "big")
    except ValueError:
        number = 0
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", text) or not 0 < number < P256_ORDER:
        raise ValueError("must be a private key of P-256: 32 bytes as base64url")
    return text


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from `low` to `high`."""

    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def choice(*choices: str) -> Callable[[str], str]:
    """Return a parser that takes one of these words."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return parse


def url(*schemes: str) -> Callable[[str], str]:
    """Return a parser of URLs with one of these schemes."""

    def parse(value: str) -> str:
        try:
            parts = urlsplit(value)
            is_good = (
                parts.scheme in schemes
                and (parts.port is None or parts.port > 0)
                # `urlsplit` removes some of these characters, the users of the URL do not.
                and not re.search(r"[\s\x00-\x1f\x7f]", value)
            )
        except ValueError:
            is_good = False
        if not is_good:
            # The value may contain a password: it is not repeated.
            raise ValueError(
                f"must be a URL that begins with {' or '.join(f'{each}://' for each in schemes)}"
            )
        return value

    return parse


def is_this_machine(host: str) -> bool:
    """Whether the host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_secret(path: str) -> str:
    """Return the text of a file that holds one secret, without the line break at its end."""
    try:
        text = Path(path).read_bytes()[:MAX_SECRET_BYTES].decode().rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ValueError(f"names {path}, which cannot be read: {reason}") from None
    if not text:
        raise ValueError(f"names {path}, which is empty")
    return text


def url_with_password(value: str, password: str) -> str:
    """Return the URL of a server with this password, whatever characters it has. It must not have one yet."""
    parts = urlsplit(value)
    if not parts.hostname:
        raise ValueError("has no server to go with")
    if parts.password is not None:
        raise ValueError("and the password inside the URL are both set; set one")
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:{quote(password, safe='')}@{place}").geturl()


def variable(  # noqa: PLR0913 - a row of a table
    name: str,
    parse: Callable[[str], _T],
    default: _T,
    about: str,
    *,
    needed: bool = False,
    secret: bool = False,
) -> _T:
    """Declare one variable: its name, parser, default and description.

    `needed` variables must be set in production. A `secret` can also come from the file that `<name>_FILE` names.
    """
    metadata = {"name": name, "parse": parse, "about": about, "needed": needed, "secret": secret}
    return field(default=default, metadata=metadata)
