"""Spans of OpenTelemetry: https://opentelemetry.io/docs/specs/otel/trace/api/. Imported only where tracing is on."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from foundation.tracing import Attributes, RunningSpan, SpanRole, trace_with
from todo_project.settings.build import RELEASE

EXPORT_SECONDS = 3.0  # a receiver that is away must not hold up the end of a role
_W3C = TraceContextTextMapPropagator()


class OtelSpan:
    """A running span of OpenTelemetry."""

    def __init__(self, running: trace.Span) -> None:
        self._running = running

    @property
    def traceparent(self) -> str:
        """Return the context; its flag says what the sampler has decided."""
        context = self._running.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def describe(self, name: str, attributes: Attributes) -> None:
        """Set the name, and add attributes."""
        self._running.update_name(name)
        self._running.set_attributes(dict(attributes))


class OtelSpans:
    """Begins spans with a provider."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("todo", RELEASE)

    @contextmanager
    def begin(
        self, name: str, role: SpanRole, *, parent: str, links: Iterable[str], attributes: Attributes
    ) -> Iterator[RunningSpan]:
        """Run the block as a span."""
        with self._tracer.start_as_current_span(
            name,
            context=_context_of(parent),
            kind=trace.SpanKind[role],
            links=list(_links_to(links)),
            attributes=dict(attributes),
        ) as running:
            yield OtelSpan(running)


def start_tracing(role: str, *, percent: int) -> TracerProvider:
    """Send the spans of this process to OTEL_EXPORTER_OTLP_ENDPOINT, in a thread that holds nobody up.

    `percent` of the traces that begin here are kept; one that began elsewhere is kept if it was kept there.
    Processes that are forked later send theirs as well. Returns the provider.
    """
    provider = make_provider(role, percent=percent)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=EXPORT_SECONDS)))
    trace_with(OtelSpans(provider))
    return provider


def make_provider(role: str, *, percent: int) -> TracerProvider:
    """Return a provider without an exporter; see `start_tracing`."""
    resource = Resource.create({"service.name": f"todo-{role}", "service.version": RELEASE})
    return TracerProvider(sampler=ParentBased(TraceIdRatioBased(percent / 100)), resource=resource)


def _context_of(traceparent: str) -> Context:
    # Never the current context: a handler runs in the thread of whoever called the kernel.
    return _W3C.extract({"traceparent": traceparent}, context=Context())


def _links_to(texts: Iterable[str]) -> Iterator[trace.Link]:
    for text in dict.fromkeys(texts):
        context = trace.get_current_span(_context_of(text)).get_span_context()
        if context.is_valid:
            yield trace.Link(context)
