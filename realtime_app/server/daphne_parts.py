"""What the server takes of daphne and Twisted, which are loaded without TLS: a proxy ends it before this server."""

from foundation.lean_imports import without_packages

with without_packages("OpenSSL"):
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.http_protocol import WebRequest
    from daphne.server import Server
    from daphne.ws_protocol import WebSocketProtocol
    from twisted.internet import reactor
    from twisted.protocols.basic import LineReceiver
    from twisted.web.http import HTTPChannel

__all__ = [
    "HTTPChannel",
    "LineReceiver",
    "Server",
    "WebRequest",
    "WebSocketProtocol",
    "build_endpoint_description_strings",
    "reactor",
]
