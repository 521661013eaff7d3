"""What sockets count for Prometheus."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from foundation.metrics import SECONDS_BUCKETS, metrics_registry

SOCKETS_OPEN: Final = Gauge(
    "todo_sockets_open", "Open sockets.", multiprocess_mode="livesum", registry=metrics_registry
)
SOCKET_FRAMES: Final = Counter(
    "todo_socket_frames_total", "Frames that were sent, by their type.", ["kind"], registry=metrics_registry
)
SOCKET_RESYNCS: Final = Counter(
    "todo_socket_resyncs_total",
    "Clients that were asked to load everything anew, by the reason.",
    ["reason"],
    registry=metrics_registry,
)
PUSH_DELAY_SECONDS: Final = Histogram(
    "todo_push_delay_seconds",
    "From the commit of the consumer that pushes to the process that holds the sockets.",
    buckets=SECONDS_BUCKETS,
    registry=metrics_registry,
)
