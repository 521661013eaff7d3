"""What keeps pods from being ready, as a few lines that say where to look."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from devstack.delivery.programs import DeliveryError, run_program

_MOST_PODS, _LINES = 5, 5
_LOOK_SECONDS = 20.0
_ALL_READY = "All pods are ready."


def describe_unready(kubectl: Sequence[str]) -> str:
    """Return a line for each pod that is not ready, with what it waits for and the end of its log; never raises.

    `kubectl` is the program with context and namespace.
    """
    try:
        pods = json.loads(run_program([*kubectl, "get", "pods", "--output", "json"]))["items"]
    except DeliveryError as error:
        return f"The pods cannot be listed either: {error}"
    lines = [line for pod in [*filter(is_unready, pods)][:_MOST_PODS] for line in _lines_of(pod, kubectl)]
    return "\n".join(lines) or _ALL_READY


@contextmanager
def watch_unready(kubectl: Sequence[str], *, every: float = _LOOK_SECONDS) -> Iterator[Callable[[], str]]:
    """Look at the pods while the block runs; give a function that returns what was seen last of those not ready.

    When Helm has gone back, the pods that did not get ready are gone, and their logs with them.
    """
    seen: list[str] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(every):
            told = describe_unready(kubectl)
            if told != _ALL_READY:
                seen[:] = [told]

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: seen[0] if seen else describe_unready(kubectl)
    finally:
        is_over.set()
        thread.join()


def is_unready(pod: Mapping[str, Any]) -> bool:
    """Whether a pod neither serves nor has done its work."""
    if pod["status"].get("phase") == "Succeeded":
        return False
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", ())}
    return conditions.get("Ready") != "True"


def _lines_of(pod: Mapping[str, Any], kubectl: Sequence[str]) -> Iterator[str]:
    name, status = pod["metadata"]["name"], pod["status"]
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    if not containers:
        told = [each.get("message", "") for each in status.get("conditions", ()) if each["status"] != "True"]
        yield f"{name}: {status.get('phase', 'Unknown')}. {next(filter(None, told), '')}".rstrip()
    for container in (each for each in containers if not each.get("ready")):
        [(kind, state)] = container.get("state", {"waiting": {}}).items() or [("waiting", {})]
        said = " ".join(str(state[key]) for key in ("reason", "message") if key in state)
        yield f"{name}, {container['name']}: {kind} {said}".rstrip()
        yield from (f"    {line}" for line in _log_of(name, container, kubectl))


def _log_of(pod: str, container: Mapping[str, Any], kubectl: Sequence[str]) -> list[str]:
    before = ["--previous"] if container.get("restartCount") else []
    argv = [*kubectl, "logs", pod, "--container", container["name"], "--tail", str(_LINES), *before]
    try:
        return run_program(argv).splitlines()
    except DeliveryError:
        return []  # it never ran
