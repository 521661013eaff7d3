"""Each waker of the table is wired to each sweep that the table gives it, and to no other."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from events_app.api import dapr
from events_app.consumers import registry
from events_app.consumers.reconcile import ReconcileResult
from events_app.consumers.specs import SweepSpec
from events_app.runtime.engine import Engine
from events_app.transports.dapr_jobs import JobPlanner
from events_app.transports.memory import MemoryTransport
from notifications_app import sender
from todo_project.celery import QUEUES, app, beat_schedule

SWEEPS: dict[str, SweepSpec] = {spec.name: spec for spec in settings.EVENT_SWEEPS}
COMPONENTS = Path(settings.BASE_DIR) / "helm" / "todo" / "dapr"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the sweeps that are run from now on."""
    names: list[str] = []

    def note(name: str, *, waker: str) -> None:
        names.append(name)

    monkeypatch.setattr(registry, "run_sweep", note)
    return names


def test_every_name_and_job_and_function_is_there_once() -> None:
    for values in (
        [spec.name for spec in settings.EVENT_SWEEPS],
        [spec.job for spec in settings.EVENT_SWEEPS],
        [spec.function for spec in settings.EVENT_SWEEPS],
    ):
        assert len(set(values)) == len(values)


def test_every_sweep_has_a_waker_that_is_always_there() -> None:
    assert [name for name, spec in SWEEPS.items() if not (spec.loop or spec.beat_seconds)] == []


@pytest.mark.parametrize("name", SWEEPS)
def test_celery_runs_the_sweep_by_its_job(name: str, run: list[str]) -> None:
    app.tasks[SWEEPS[name].job].run()
    assert run == [name]


def test_celery_has_no_other_jobs() -> None:
    app.loader.import_default_modules()
    assert {name for name in app.tasks if not name.startswith("celery.")} == {
        spec.job for spec in SWEEPS.values()
    }


def test_beat_sends_each_job_as_often_as_the_table_says_to_its_queue() -> None:
    sent = {
        name: (entry["task"], entry["schedule"], entry["options"]["queue"])
        for name, entry in app.conf.beat_schedule.items()
    }
    assert sent == {
        name: (spec.job, spec.beat_seconds, spec.queue) for name, spec in SWEEPS.items() if spec.beat_seconds
    }
    assert {queue for _, _, queue in sent.values()} == set(QUEUES)
    assert beat_schedule(["deliveries"]).keys() == {"deliveries"}


def test_the_engine_runs_the_sweeps_of_its_loops() -> None:
    engine = Engine(MemoryTransport())
    chores = {chore.name: chore.every_seconds for chore in engine.chores if chore.name.startswith("sweep:")}
    assert chores == {f"sweep:{name}": spec.loop_seconds for name, spec in _of_loop("chores").items()}
    runs = {chore.name: chore._run for chore in engine.chores}
    for name, spec in _of_loop("chores").items():
        run = runs[f"sweep:{name}"]
        assert isinstance(run, partial)
        assert run.args == (name, import_string(spec.function))
    assert {engine.reconciling.name: engine.reconciling.every_seconds} == {
        name: spec.loop_seconds for name, spec in _of_loop("events").items()
    }


@pytest.mark.django_db
def test_the_engine_s_slices_and_celery_s_job_reconcile_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[Any] = []

    def note(self: object, **given: Any) -> ReconcileResult:
        passes.append(given)
        return ReconcileResult()

    monkeypatch.setattr("events_app.consumers.reconcile.Reconciler.run", note)
    Engine(MemoryTransport()).reconciling.run_if_due(0)
    app.tasks[SWEEPS["reconcile"].job].run()
    assert len(passes) == 2


def test_the_sender_sends_what_the_job_does(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def sends(name: str) -> Callable[..., int]:
        def send(**_: object) -> int:
            sent.append(name)
            return 0

        return send

    for name in ("send_account_mails", "send_due_deliveries"):
        monkeypatch.setattr(sender, name, sends(name))
    sender.send_all_due()
    once = list(sent)
    for chore in sender.Sender()._chores[:2]:
        chore.run_if_due(0)
    assert sent == once * 2
    assert _of_loop("deliver").keys() == {"deliveries"}


def test_what_leaves_the_platform_is_sent_by_no_engine_and_shares_no_queue() -> None:
    assert {spec.loop for spec in SWEEPS.values() if spec.queue == "deliveries"} == {"deliver"}
    assert [name for name, spec in SWEEPS.items() if spec.queue == "deliveries"] == ["deliveries"]


def test_dapr_s_jobs_are_planned_for_the_sweeps_that_know_their_instants() -> None:
    planned = JobPlanner.from_settings()._instants
    assert planned == {name: import_string(spec.instants) for name, spec in SWEEPS.items() if spec.instants}


@pytest.mark.parametrize("name", SWEEPS)
def test_dapr_s_calls_run_the_sweeps_that_it_wakes_and_no_other(name: str, run: list[str]) -> None:
    dapr._run_sweep(name, waker="job")
    assert run == ([name] if SWEEPS[name].is_woken_by_dapr else [])


def test_each_binding_is_a_component_and_a_route() -> None:
    bindings = {spec.binding: name for name, spec in SWEEPS.items() if spec.binding}
    components = [yaml.safe_load(path.read_text()) for path in COMPONENTS.glob("*cron*.yaml")]
    assert {component["metadata"]["name"] for component in components} == bindings.keys()
    for binding, name in bindings.items():
        assert resolve(f"/{binding}").kwargs == {"sweep": name}
    with pytest.raises(Resolver404):
        resolve("/trash-cron")


def _of_loop(loop: str) -> dict[str, SweepSpec]:
    return {name: spec for name, spec in SWEEPS.items() if spec.loop == loop}
