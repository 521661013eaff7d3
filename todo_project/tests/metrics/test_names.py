"""The table of metrics and the code that produces them are the same list, and the main job moves what it should."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from accounts_app.tests.factories import make_user
from devstack.paths import REPOSITORY
from events_app.consumers import registry
from events_app.consumers.kernel.cursors import cursor_states
from events_app.consumers.kernel.failures import store_failure
from events_app.consumers.registration import register_consumers
from events_app.relay import Relay
from events_app.runtime.engine import deliver
from events_app.transports.embedded import EmbeddedTransport
from foundation.metrics import MetricsPage
from notifications_app.channels import Sent
from notifications_app.operations.metrics import count_outcome
from tasks_app.tests.helpers import history, make_task
from todo_project.metrics.names import DECLARING, GAUGES, METRICS
from todo_project.tests.test_names import modules

# Bounded by the code: no label is of a person, a task or an address.
LABELS = {
    "channel", "commit", "consumer", "counter", "kind", "method", "outcome", "queue", "reason", "role", "route",
    "state", "status", "sweep", "topic", "transport", "type", "version", "waker",
}  # fmt: skip
MAIN_JOB = {
    "todo_apply_seconds",
    "todo_event_delay_seconds",
    "todo_events_applied_total",
    "todo_events_published_total",
    "todo_events_recorded_total",
    "todo_http_request_seconds",
    "todo_http_requests_total",
    "todo_publish_seconds",
    "todo_relay_rounds_total",
    "todo_sweep_seconds",
}

TASKS = "^api/tasks/?$"


def path_of(module: str) -> Path:
    return Path(*module.split(".")).with_suffix(".py")


def declared_in(module: str) -> dict[str, str]:
    """The variables of the metrics that a module declares, with the names that Prometheus knows."""
    found = {}
    for node in ast.parse((REPOSITORY / path_of(module)).read_text()).body:
        match node:
            case (
                ast.AnnAssign(
                    target=ast.Name(id=variable), value=ast.Call(args=[ast.Constant(value=str(name)), *_])
                )
                | ast.Assign(
                    targets=[ast.Name(id=variable)], value=ast.Call(args=[ast.Constant(value=str(name)), *_])
                )
            ) if name.startswith("todo_"):
                found[variable] = name
    return found


def uses(variable: str) -> Iterator[Path]:
    """The modules of the product that count with a metric: that call a method of it."""
    pattern = re.compile(rf"\b{variable}\.(labels|inc|set|observe|time)\(")
    yield from (path for path in modules() if pattern.search((REPOSITORY / path).read_text()))


def test_every_metric_is_declared_in_a_module_of_the_table_and_counted_somewhere() -> None:
    declaring = {path for path in modules() if "registry=metrics_registry" in (REPOSITORY / path).read_text()}
    assert declaring == {path_of(module) for module in DECLARING}
    declared = {variable: name for module in DECLARING for variable, name in declared_in(module).items()}
    assert set(declared.values()) == METRICS.keys() - GAUGES.keys()
    assert [name for variable, name in declared.items() if not list(uses(variable))] == []


def test_names_and_labels_are_what_prometheus_recommends() -> None:
    assert {label for metric in METRICS.values() for label in metric.labels} <= LABELS
    for name, metric in METRICS.items():
        assert re.fullmatch(r"todo_[a-z_]+", name)
        assert (metric.kind == "counter") == name.endswith("_total"), name
        assert metric.about.endswith("."), name


@pytest.mark.django_db(transaction=True)
def test_the_main_job_moves_what_requests_relay_consumers_and_sweeps_count() -> None:
    register_consumers()
    client, transport = APIClient(), EmbeddedTransport()
    client.force_authenticate(make_user())
    before = totals()
    assert client.post("/api/tasks/", {"title": "Water the plants"}).status_code == 201
    assert client.post("/api/tasks/", {}).status_code == 400
    assert client.get("/no/such/page").status_code == 404
    assert Relay(transport).poll() >= 1
    deliver(transport)
    registry.run_sweep("reminders", waker="celery")
    make_task(make_user(), due="2026-01-02T09:00", reminders=["30m", "1h"])
    registry.run_sweep("reminders", waker="celery")
    moved = totals() - before
    assert {name for name, *_ in moved} >= MAIN_JOB
    assert moved["todo_events_recorded_total", "task.created"] == 2
    assert moved["todo_events_applied_total", "audit", "ok"] >= 1
    assert moved["todo_http_requests_total", "POST", TASKS, "2xx"] == 1
    assert moved["todo_http_requests_total", "POST", TASKS, "4xx"] == 1
    assert moved["todo_http_requests_total", "GET", "none", "4xx"] == 1
    assert moved["todo_sweep_seconds", "reminders", "celery"] == 2
    assert moved["todo_reminder_lateness_seconds",] == 2
    assert totals()["todo_sweep_last_success_timestamp_seconds", "reminders", "celery"] > time() - 60


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "end"), [("audit", "blocked"), ("notifications", "dead")])
def test_failures_are_counted_by_what_becomes_of_the_event(name: str, end: str) -> None:
    register_consumers()
    make_task(user := make_user())
    event, spec, before = history(user)[0], registry.consumer(name).spec, totals()
    for _ in range(spec.max_attempts):
        [state] = cursor_states([(name, event.stream_key, event.seq)])
        store_failure(spec, state, event, error=ValueError("no"))
    moved = totals() - before
    assert moved["todo_events_applied_total", name, "retry"] == spec.max_attempts - 1
    assert moved["todo_events_applied_total", name, end] == 1


def test_a_channel_of_another_release_adds_no_series() -> None:
    before = totals()
    count_outcome("pigeon", Sent())
    count_outcome("email", Sent(), 2)
    moved = totals() - before
    assert moved["todo_deliveries_total", "unknown", "sent"] == 1
    assert moved["todo_deliveries_total", "email", "sent"] == 2


def totals() -> Counter[tuple[str, ...]]:
    """What the page of this process says now: counts by name and the values of the labels, in the order of labels."""
    found: Counter[tuple[str, ...]] = Counter()
    for family in text_string_to_metric_families(MetricsPage().text()):
        for sample in family.samples:
            if sample.name.endswith(("_bucket", "_sum")):
                continue
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found[sample.name.removesuffix("_count"), *labels] = int(sample.value)
    return found
