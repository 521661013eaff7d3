"""What one request causes is one connected graph of spans, in every role and also after a retry."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from django.urls import resolve
from django.utils import timezone
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts_app.tests.factories import make_user
from events_app.consumers import registry
from events_app.consumers.kernel import advance
from events_app.consumers.registration import register_consumers
from events_app.contracts import RecordedEvent
from events_app.models import Cursor, Event
from events_app.relay import Relay
from events_app.runtime.engine import deliver
from events_app.transports.embedded import EmbeddedTransport
from foundation.tracing import NO_SPANS, trace_with
from todo_project.tracing.otel import OtelSpans, make_provider

CLIENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SAMPLED = 1  # https://www.w3.org/TR/trace-context/#sampled-flag


def tracing(*, percent: int) -> InMemorySpanExporter:
    """Keep spans in memory from now on."""
    exporter, provider = InMemorySpanExporter(), make_provider("test", percent=percent)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_with(OtelSpans(provider))
    return exporter


@pytest.fixture(autouse=True)
def _end() -> Iterator[None]:
    yield
    trace_with(NO_SPANS)


class Platform:
    """Web, relay and consumers of one process, for one person."""

    def __init__(self) -> None:
        register_consumers()
        self.client, self.transport = APIClient(), EmbeddedTransport()
        self.client.force_authenticate(make_user())
        self.relay = Relay(self.transport)

    def settle(self) -> None:
        while self.relay.poll():
            deliver(self.transport)

    def recurring_task(self) -> int:
        body = {"title": "Water the plants", "due_at": "2040-01-02T09:00:00Z", "recurrence": "weekly"}
        task_id = self.client.post("/api/tasks/", body).json()["id"]
        self.settle()
        return int(task_id)

    def complete(self, task_id: int, **headers: str) -> None:
        answer = self.client.put(f"/api/tasks/{task_id}/completion/", headers=headers)
        assert answer.status_code == 200, answer.json()
        self.settle()


@pytest.fixture
def platform(transactional_db: None) -> Platform:
    return Platform()


def connected(spans: Sequence[ReadableSpan], first: ReadableSpan) -> list[str]:
    """The names of the spans that lead back to the first one, by parents and links, over any number of steps."""
    reached, names = {first.context.span_id}, [first.name]
    left = [each for each in spans if each is not first]
    while found := [each for each in left if origins(each) & reached]:
        reached |= {each.context.span_id for each in found}
        names += [each.name for each in found]
        left = [each for each in left if each not in found]
    return names


def origins(span: ReadableSpan) -> set[int]:
    parent = {span.parent.span_id} if span.parent is not None else set()
    return parent | {link.context.span_id for link in span.links}


def named(spans: Sequence[ReadableSpan], name: str) -> ReadableSpan:
    return next(each for each in spans if each.name == name)


COMPLETION = f"PUT {resolve('/api/tasks/1/completion/').route}"
CAUSED = {"send", "process recurrence", "process audit", "process notifications", "process realtime"}


def test_what_a_request_causes_is_one_graph(platform: Platform) -> None:
    task_id, kept = platform.recurring_task(), tracing(percent=100)
    platform.complete(task_id)
    spans = kept.get_finished_spans()
    request = named(spans, COMPLETION)
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    assert set(connected(spans, request)) >= CAUSED
    assert len(connected(spans, request)) == len(spans), "no span stands alone"
    sent = named(spans, "send")
    assert sent.kind is SpanKind.PRODUCER
    assert sent.attributes is not None
    assert sent.attributes["messaging.destination.name"] == "task-events,task-updates"
    created = Event.objects.filter(type="task.created").latest("id")
    made_by = named(spans, "process recurrence").context
    assert created.traceparent[3:52] == f"{made_by.trace_id:032x}-{made_by.span_id:016x}"


def test_answers_with_errors_and_what_sockets_show_name_a_trace_that_is_kept(platform: Platform) -> None:
    for percent in (0, 100):
        kept = tracing(percent=percent)
        refused = platform.client.post("/api/tasks/", {}).json()
        task_id = platform.recurring_task()
        platform.complete(task_id)
        spans = kept.get_finished_spans()
        shown = platform.client.get("/api/changes/", {"after": 0}).json()["results"]
        done = next(each for each in shown if (each["operation"], each["task_id"]) == ("complete", task_id))
        if percent == 0:
            assert "trace_id" not in refused | done
            continue
        asked = named(spans, f"POST {resolve('/api/tasks/').route}")
        assert refused["trace_id"] == f"{asked.context.trace_id:032x}"
        assert done["trace_id"] == f"{named(spans, COMPLETION).context.trace_id:032x}"


def test_a_retry_belongs_to_the_same_graph(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id, kept = platform.recurring_task(), tracing(percent=100)
    bound, failures = registry.consumer("recurrence"), [ValueError("once")]

    def fail_once(events: Sequence[RecordedEvent]) -> None:
        if failures:
            raise failures.pop()
        bound.apply(events)

    monkeypatch.setitem(registry.consumers(), "recurrence", replace(bound, apply=fail_once))
    platform.complete(task_id)
    Cursor.objects.filter(consumer="recurrence").update(retry_at=timezone.now())
    stream = Event.objects.latest("id").stream
    advance("recurrence", {stream.key: stream.head})
    platform.settle()
    spans = kept.get_finished_spans()
    tries = [each for each in spans if each.name == "process recurrence"]
    assert [each.status.is_ok for each in tries] == [False, True]
    assert {each.parent.span_id for each in tries if each.parent} == {
        named(spans, COMPLETION).context.span_id
    }
    assert len(connected(spans, named(spans, COMPLETION))) == len(spans)


def test_the_flag_says_what_the_sampler_decides(platform: Platform) -> None:
    for percent, is_kept in ((0, False), (100, True)):
        kept = tracing(percent=percent)
        platform.complete(platform.recurring_task())
        flags = {int(each.traceparent[-2:], 16) for each in Event.objects.order_by("-id")[:2]}
        assert {bool(flag & SAMPLED) for flag in flags} == {is_kept}
        assert bool(kept.get_finished_spans()) is is_kept


def test_a_client_s_trace_is_carried_on_only_where_clients_are_trusted(
    platform: Platform, settings: Settings
) -> None:
    for is_trusted in (False, True):
        settings.TRACE_CLIENTS = is_trusted
        task_id, kept = platform.recurring_task(), tracing(percent=100)
        platform.complete(task_id, traceparent=CLIENT)
        trace_id = f"{named(kept.get_finished_spans(), COMPLETION).context.trace_id:032x}"
        assert (trace_id == CLIENT[3:35]) is is_trusted
