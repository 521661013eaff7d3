"""A client of the Dapr SDK, for publishing and for jobs, that never waits long for a sidecar."""

import urllib.error
import urllib.request
from http import HTTPStatus

import grpc
from dapr.clients import DaprGrpcClient
from dapr.clients.exceptions import DaprGrpcError
from dapr.conf import settings as sdk_settings

from events_app.transports.base import TransportUnavailable
from events_app.transports.options import SIDECAR_HOST, DaprOptions

_PROBE_SECONDS = 1.0
CALL_SECONDS = 5
MAX_GRPC_BYTES = 8 * 1024 * 1024
_AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


def connect(options: DaprOptions) -> DaprGrpcClient:
    """Return a client whose calls take at most CALL_SECONDS. Close it after the first error that `is_away`.

    gRPC itself would wait up to two minutes before it connects again to a sidecar that was away.
    Raises TransportUnavailable within a second or two when the sidecar does not answer.
    """
    if not is_healthy(options):
        raise sidecar_unavailable(options)
    _configure_sdk(options)
    try:
        return DaprGrpcClient(f"{SIDECAR_HOST}:{options.grpc_port}", max_grpc_message_length=MAX_GRPC_BYTES)
    except TimeoutError:
        raise sidecar_unavailable(options) from None


def is_healthy(options: DaprOptions) -> bool:
    """Return whether the sidecar reports that it can publish, independent of the app's own health."""
    url = f"http://{SIDECAR_HOST}:{options.http_port}/v1.0/healthz/outbound"
    request = urllib.request.Request(url, headers={"dapr-api-token": options.api_token})
    try:
        with urllib.request.urlopen(request, timeout=_PROBE_SECONDS) as response:  # noqa: S310 - loopback
            return bool(response.status < HTTPStatus.MULTIPLE_CHOICES)
    except (OSError, urllib.error.URLError):
        return False


def is_away(error: DaprGrpcError) -> bool:
    """Return whether an error means that the sidecar did not answer, not that it refused."""
    return error.code() in _AWAY


def sidecar_unavailable(options: DaprOptions) -> TransportUnavailable:
    """Return the error for a sidecar that does not answer, with one sentence for the operator."""
    return TransportUnavailable(
        f"the Dapr sidecar does not answer at {SIDECAR_HOST}:{options.http_port} (DAPR_HTTP_PORT, DAPR_GRPC_PORT); "
        "start it, for example with `python -m devstack run`."
    )


def _configure_sdk(options: DaprOptions) -> None:
    """Set the SDK's own global settings to our options; it has no arguments for them."""
    sdk_settings.DAPR_HTTP_PORT = options.http_port
    sdk_settings.DAPR_API_TOKEN = options.api_token or None
    sdk_settings.DAPR_API_TIMEOUT_SECONDS = CALL_SECONDS
    sdk_settings.DAPR_HEALTH_TIMEOUT = 1
