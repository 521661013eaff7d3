"""Limits on headers that are slow or unsafe to parse: some libraries take seconds for a header of 16 KiB, or raise.

Each of our servers checks them before Django makes a request, as it does with `body_bounds`. email.message searches a
Content-Type again for each semicolon, and http.cookies a cookie for each backslash (CVE-2024-7592). A charset can name
any codec of Python: punycode takes quadratic time, and others raise.
"""

import re
from collections.abc import Callable
from typing import Final

from foundation.http.problems import Problem

MAX_TYPE_CHARACTERS: Final = 256
MAX_COOKIE_ESCAPES: Final = 200
BAD_COOKIE: Final = Problem(400, "malformed", "The header Cookie holds more backslashes than cookies have.")
BAD_TYPE: Final = Problem(
    415,
    "unsupported_media_type",
    f"Content-Type may have {MAX_TYPE_CHARACTERS} characters, no encoded parameters, and no charset but utf-8.",
)
_CHARSET: Final = re.compile(r"charset\s*=\s*([^;]*)", re.IGNORECASE)
_UTF_8: Final = frozenset({"utf-8", "utf8"})


def refuse_headers(header: Callable[[str], str]) -> Problem | None:
    """Return the problem with a request's headers, or None if they are safe to parse.

    `header` returns a header by its lower-case name, or "". The status is 400 for a cookie of backslashes, which no
    cookie may have (RFC 6265, section 4.1.1), and 415 for the type of a body. Without a body, a type describes
    nothing and is not checked: the caller must remove it then, see `has_body`.
    """
    if header("cookie").count("\\") > MAX_COOKIE_ESCAPES:
        return BAD_COOKIE
    return BAD_TYPE if has_body(header) and not _is_plain(header("content-type")) else None


def has_body(header: Callable[[str], str]) -> bool:
    """Return whether a request declares a body."""
    return bool(header("content-length").strip("0") or header("transfer-encoding"))


def _is_plain(content_type: str) -> bool:
    """Return whether all parsers read a type alike. Quoted parts are checked as if they were not quoted."""
    if len(content_type) > MAX_TYPE_CHARACTERS or "*" in content_type or "\\" in content_type:
        return False
    return all(named.strip(' \t"').lower() in _UTF_8 for named in _CHARSET.findall(content_type))
