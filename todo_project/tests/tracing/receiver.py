"""Takes spans as a collector does, by OTLP over HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from devstack.ports import LOOPBACK


class SentSpan(NamedTuple):
    """A span, and the service that sent it."""

    service: str
    span: Span

    @property
    def has_failed(self) -> bool:
        return self.span.status.code == Status.STATUS_CODE_ERROR

    @property
    def origins(self) -> set[bytes]:
        """The ids of its parent and of what it links to."""
        return {self.span.parent_span_id, *(link.span_id for link in self.span.links)} - {b""}


class Receiver(HTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.requests: list[tuple[str, ExportTraceServiceRequest]] = []

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a process, of ours or a sidecar, that shall send its spans here soon after they end."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{LOOPBACK}:{self.server_port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }

    @property
    def spans(self) -> list[SentSpan]:
        return [
            SentSpan(service.value.string_value, span)
            for _, request in list(self.requests)
            for resource in request.resource_spans
            for service in resource.resource.attributes
            if service.key == "service.name"
            for scope in resource.scope_spans
            for span in scope.spans
        ]


def led_back(spans: Collection[SentSpan], first: SentSpan) -> list[SentSpan]:
    """The first span and those that lead back to it, by parents and links, over any number of steps."""
    reached, found = {first.span.span_id}, [first]
    left = [each for each in spans if each.span.span_id != first.span.span_id]
    while more := [each for each in left if each.origins & reached]:
        reached |= {each.span.span_id for each in more}
        found += more
        left = [each for each in left if each.span.span_id not in reached]
    return found


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") is None:
            self.server.requests.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver for the block."""
    server = Receiver()
    Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
