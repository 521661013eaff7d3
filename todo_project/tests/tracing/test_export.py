"""Spans reach who takes them, by OTLP over HTTP; without an address nothing of it is loaded."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK
from foundation.tracing import NO_SPANS, span, trace_with
from todo_project.tests.tracing.receiver import Receiver, receiving
from todo_project.tests.up.starting import installation
from todo_project.tracing.otel import start_tracing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SCRIPT = "import sys, django; django.setup(); print('opentelemetry' in sys.modules)"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server
        trace_with(NO_SPANS)


def test_a_span_is_sent_with_its_role_parent_and_links(receiver: Receiver) -> None:
    provider = start_tracing("relay", percent=100)
    with span("process audit", "CONSUMER", parent=PARENT, links=[PARENT, "", "junk"], attributes={"n": 1}):
        pass
    provider.shutdown()
    [(path, request)] = receiver.requests
    assert path == "/v1/traces"
    [resource] = request.resource_spans
    assert ("service.name", "todo-relay") in {
        (each.key, each.value.string_value) for each in resource.resource.attributes
    }
    [sent] = resource.scope_spans[0].spans
    assert (sent.name, sent.trace_id.hex(), sent.parent_span_id.hex()) == (
        "process audit",
        PARENT[3:35],
        PARENT[36:52],
    )
    assert [link.span_id.hex() for link in sent.links] == [PARENT[36:52]]


@pytest.mark.parametrize("is_on", [False, True])
def test_it_is_loaded_only_where_an_address_is_set(is_on: bool, tmp_path: Path) -> None:
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{LOOPBACK}:9"} if is_on else {}
    environment = installation(tmp_path, DJANGO_SETTINGS_MODULE="todo_project.settings.local", **given)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(is_on)
