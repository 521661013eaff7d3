"""Checks of WebSocket handshakes: the libraries below us fail on some malformed ones."""

import re
from typing import Any, Final

# RFC 9110, section 5.6.2; RFC 6455, section 4.1 requires it of each subprotocol.
_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TEXT: Final = re.compile(rb"[\x20-\x7e\t]*")
_ONCE: Final = (b"host", b"origin", b"sec-websocket-key", b"sec-websocket-version")
_TEXTS: Final = (*_ONCE, b"connection", b"upgrade", b"sec-websocket-protocol", b"sec-websocket-extensions")


def find_fault(method: bytes, headers: Any, *, has_body: bool) -> str:
    """Return what is malformed in a handshake (RFC 6455, section 4.2.1), or "" if the libraries can handle it."""
    if method != b"GET" or has_body:
        return "A WebSocket handshake is a GET without a body."
    for name in _TEXTS:
        values = headers.getRawHeaders(name, [])
        if not all(_TEXT.fullmatch(value) for value in values):
            return f"The header {name.decode()} may hold ASCII alone."
        if name in _ONCE and len(values) > 1:
            return f"The header {name.decode()} may be sent once."
    return _fault_in_subprotocols(headers.getRawHeaders(b"sec-websocket-protocol", []))


def _fault_in_subprotocols(values: list[bytes]) -> str:
    offered = [each.strip() for each in b",".join(values).split(b",")]
    if offered != [b""] and not all(_TOKEN.fullmatch(each) for each in offered):
        return "Each subprotocol must be a token."
    if len(set(offered)) < len(offered):
        return "Each subprotocol may be offered once."
    if any(b"%" in each for each in offered):
        return "No subprotocol of ours holds a percent sign."
    return ""
