"""Redacts credentials in texts: values with a sensitive name, what looks like a token, and secrets of the settings.

Each pattern consumes what it has read, or looks ahead over at most one word: a hostile line costs time in proportion
to its length. The end of a value is guessed, and a wrong guess redacts too much rather than too little.
https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html#data-to-exclude
"""

import re
from collections.abc import Iterable

MASK = "[redacted]"

# Names of credentials, with possible endings: password2, tokens, secret_key, sessionid, __Host-sessionid.
_LONG_NAME = (
    r"(?:authorization|pass[_-]?(?:wor[dt]|wd|phrase|code)|secret(?!ar)|token|ticket|cookie"
    r"|api[_-]?key|private[_-]?key|credential|session[_-]?(?:id|key))[\w-]{0,20}+"
)
# Short names stand alone or after a known prefix: `pass=`, `db_pass=`, `PGPASS=`, but not `compass=`.
_ALONE = r"(?:(?<![a-z])|(?<=[0-9][a-f]))"  # `%3Fpass` begins with a percent-encoded `?`
_SHORT_NAME = (
    rf"(?:(?:{_ALONE}|(?<=db)|(?<=pg)|(?<=user)|(?<=mail)|(?<=smtp)|(?<=redis)|(?<=require))pass"
    rf"|pwd|{_ALONE}pw|masterauth)\d{{0,2}}(?![a-z])"
)
_NAME = rf"(?:{_LONG_NAME}|{_SHORT_NAME})"
# A quote as it is written in JSON inside JSON, or in HTML; in a URL a value ends like a word.
_CODED_QUOTE = r"\\{1,7}[\"']|&quot;|&\#x27;|&\#39;"
# In a URL inside a URL inside a URL each character is percent-encoded several times.
_AFTER_NAME = rf"""(?:["']|%(?:25){{0,4}}2[27]|{_CODED_QUOTE})"""
# A quote after a backslash does not end a value: it may belong to a string inside a string.
_QUOTED = r"""b?"(?:[^"]|(?<=\\)")*+"? | b?'(?:[^']|(?<=\\)')*+'?"""
_LISTED = r"""[\[(](?:"(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?|[^\])"'])*+[\])]?"""
# A comma or bracket belongs to the password when more of the password follows.
_WORD = r"""(?:[^\s"'&,;)}\]<\\]|["',;)}\]\\](?=[\w!@\#$%^*+=~?.(\[{-]))++"""
_LINE = r"[^\r\n]++"
_SCHEME = r"(?:(?:bearer|basic|digest|token)\s++)?"


def _value(quote: str, plain: str) -> str:
    """Return the pattern of a value: in encoded quotes (the group `quote`), in quotes, in a list, or plain."""
    coded = rf"(?P<{quote}>{_CODED_QUOTE})(?:(?!(?<!\\)(?P={quote})).)*+(?:(?P={quote}))?"
    return rf"(?:{coded} | {_QUOTED} | {_LISTED} | {plain})"


_FLAGS = re.IGNORECASE | re.VERBOSE | re.DOTALL
# These headers up to the end of their line; also written as `(b'cookie', b'…')`.
_HEADER = re.compile(
    rf"""(?P<head>(?<![a-z])(?:http_)?(?:proxy[-_])?(?:authorization|(?:set[-_])?cookie)
    (?:{_AFTER_NAME}\]?\s*+[:=,]+>?|\s*+[:=]+>?)\s*+){_value("header_quote", _LINE)}""",
    _FLAGS,
)
_NAMED = re.compile(
    rf"""(?P<head>{_NAME}{_AFTER_NAME}?[\])]?\s*+(?:[:=]+>?|%(?:25){{0,4}}3[ad])\s*+)
    {_value("named_quote", _SCHEME + _WORD)}""",
    _FLAGS,
)
# A name and its value as a Python tuple or list.
_PAIR = re.compile(
    rf"""(?P<head>[(\[]b?(?P<quote>["'])[\w.-]{{0,40}}?{_NAME}(?P=quote),\s*+)(?:{_QUOTED})""", _FLAGS
)
_OPTION = re.compile(rf"(?<!\S)(?P<head>--(?P<name>[\w-]++)\s++)(?:{_QUOTED}|[^\s-]\S*+)", _FLAGS)
# "basic understanding" is no credential: a credential has digits, capitals inside, or is long.
_SCHEMED = re.compile(
    r"\b(?P<head>(?i:bearer|basic)\s++)"
    r"(?=[A-Za-z._~+/=-]*+[0-9]|[A-Za-z][a-z._~+/=-]*+[A-Z]|[A-Za-z._~+/=-]{20})[A-Za-z0-9._~+/=-]{8,}+"
)
# Tells itself by its prefix, wherever it stands.
_PERSONAL_TOKEN = re.compile(r"(?P<head>todo_pat_)[\w-]++")
_DOTTED = re.compile(r"(?<![\w.-])[\w-]++(?:\.[\w-]*+){2,}+")
_JWT = re.compile(r"eyJ[\w-]{5}")
_ADDRESSES = re.compile(r"(?<=://)\S++")
_PORT = re.compile(r"\d{1,5}(?:[/?#\"',;)\]}]|$)")
_IS_SENSITIVE = re.compile(_NAME, _FLAGS)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without credentials: named values, headers, tokens, passwords in URLs, and `secrets`."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _ADDRESSES.sub(_without_passwords, text)
    for pattern in (_HEADER, _NAMED, _PAIR, _SCHEMED, _PERSONAL_TOKEN):
        text = pattern.sub(rf"\g<head>{MASK}", text)
    return _DOTTED.sub(_without_jwt, _OPTION.sub(_without_option, text))


def is_sensitive(name: str) -> bool:
    """Whether a field of this name holds a credential."""
    return _IS_SENSITIVE.search(name) is not None


def _without_passwords(match: re.Match[str]) -> str:
    """Mask the passwords of all URLs in one word; a password may contain `@` and `/`."""
    return "://".join(_without_password(rest) for rest in match[0].split("://"))


def _without_password(address: str) -> str:
    user, _, rest = address.partition(":")
    _, at, place = rest.rpartition("@")
    if not at or (user and _PORT.match(rest)) or set(user) & set("/@?#[\"'"):
        return address
    return f"{user}:{MASK}@{place}"


def _without_option(match: re.Match[str]) -> str:
    return f"{match['head']}{MASK}" if is_sensitive(match["name"]) else match[0]


def _without_jwt(match: re.Match[str]) -> str:
    begin = _JWT.search(match[0])
    return match[0][: begin.start()] + MASK if begin else match[0]
