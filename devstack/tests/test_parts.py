"""The parts that need no service: processes, ports, state, Dapr files, pins."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from devstack import ports, versions
from devstack.building import Build
from devstack.dapr.files import fill
from devstack.errors import DevstackError, ServiceFailed
from devstack.paths import DAPR_FILES
from devstack.ports import LOOPBACK
from devstack.process import Command, Process, spawn
from devstack.scheduler.build import GO_MODULE
from devstack.state import State
from devstack.waiting import least, wait_until

STUBBORN = "trap '' TERM; touch ready; while :; do read _ < /dev/zero; done"
PARENT = "sh -c 'touch ready; exec tail -f /dev/null' & wait"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.stop(signal.SIGKILL, grace_seconds=5)


def start_shell(script: str, folder: Path) -> Process:
    process = spawn(Command(["sh", "-c", script], cwd=folder), log=folder / "log")
    assert wait_until((folder / "ready").exists, seconds=10)
    return process


def state_of(process: Process) -> str:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_recycled_pid_is_never_signalled() -> None:
    recycled = Process(os.getpid(), started=1)

    assert not recycled.is_alive()
    assert not recycled.signal(signal.SIGKILL)
    assert recycled.family() == []


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(
    tmp_path: Path, started: list[Process]
) -> None:
    process = start_shell(STUBBORN, tmp_path)
    started.append(process)

    assert process.stop(signal.SIGTERM, grace_seconds=0.2) is False
    assert not process.is_alive()


def test_pausing_and_resuming_reach_the_whole_family(tmp_path: Path, started: list[Process]) -> None:
    process = start_shell(PARENT, tmp_path)
    started.append(process)
    assert wait_until(lambda: len(process.family()) == 2, seconds=10)
    family = process.family()
    started += family

    process.pause()
    assert wait_until(lambda: {state_of(member) for member in family} == {"T"}, seconds=10)
    process.resume()
    assert wait_until(lambda: {state_of(member) for member in family} == {"S"}, seconds=10)


def test_a_paused_process_can_be_stopped(tmp_path: Path, started: list[Process]) -> None:
    process = start_shell("touch ready; exec tail -f /dev/null", tmp_path)
    started.append(process)
    process.pause()

    assert process.stop(signal.SIGTERM, grace_seconds=5) is True


def test_a_service_comes_back_on_its_ports(tmp_path: Path) -> None:
    state = State(tmp_path)

    assert state.ensure_ports("redis", ("redis", "tls")) == state.ensure_ports("redis", ("redis", "tls"))


def test_a_port_that_somebody_took_is_replaced(tmp_path: Path) -> None:
    state = State(tmp_path)
    before = state.ensure_ports("redis", ("redis",))["redis"]

    with socket.create_server((LOOPBACK, before)):
        after = state.ensure_ports("redis", ("redis",))["redis"]

    assert after != before


def test_services_starting_at_once_get_different_ports(tmp_path: Path) -> None:
    names = [f"service-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda name: State(tmp_path).ensure_ports(name, ("a", "b")), names))

    taken = [port for group in given for port in group.values()]
    assert len(set(taken)) == 16
    assert all(ports.FIRST <= port <= ports.LAST for port in taken)
    assert State(tmp_path).names() == names


def test_the_state_file_is_nobody_elses_to_read(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.ensure_ports("redis", ("redis",))

    assert state.path.stat().st_mode & 0o777 == 0o600


def test_a_password_stays_the_same(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.ensure_ports("kafka", ("plaintext",))
    password = state.entry("kafka").password
    state.remember_process("kafka", Process(1, 1))

    assert state.entry("kafka").password == password


def test_a_failed_build_leaves_nothing_that_looks_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODO_DEVSTACK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "source").mkdir()
    build = Build("thing", key="thing-1")

    with pytest.raises(ServiceFailed, match="no luck"):
        build.run(
            ["sh", "-c", "touch {out}/half; echo no luck; exit 1"], source=tmp_path / "source", env=os.environ
        )
    assert not build.is_done()

    build.run(["touch", "{out}/whole"], source=tmp_path / "source", env=os.environ)
    assert [path.name for path in build.folder.iterdir()] == ["whole"]
    assert not list((tmp_path / "cache").glob("thing-*/source"))


@pytest.mark.parametrize("path", sorted(DAPR_FILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_dapr_file_is_yaml_before_and_after_its_values_are_filled_in(path: Path) -> None:
    placeholders = set(re.findall(r"\$\{(\w+)}", path.read_text()))
    values = dict.fromkeys(placeholders, "true")

    before, after = yaml.safe_load(path.read_text()), yaml.safe_load(fill(path, values))

    assert before["kind"] == after["kind"]
    assert "${" not in json.dumps(after)


def test_no_dapr_file_decides_what_differs_between_installations() -> None:
    """Keys of secrets, who reads them, and how a broker wants to be signed in to."""
    for path in DAPR_FILES.glob("*.yaml"):
        document = yaml.safe_load(path.read_text())
        rows = document["spec"].get("metadata", [])
        decided = [row["secretKeyRef"]["key"] for row in rows if "secretKeyRef" in row]
        decided += [row["value"] for row in rows if row["name"] == "saslMechanism"]
        decided += [document["auth"]["secretStore"]] if "auth" in document else []
        assert [value for value in decided if not value.startswith("${")] == [], path.name


def test_values_of_dapr_files_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text('value: "${VALUE}"\n')
    awkward = 'a "quoted" \\ line\nand another: #{x}'

    assert yaml.safe_load(fill(path, {"VALUE": awkward})) == {"value": awkward}


def test_a_placeholder_without_a_value_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text('value: "${NOWHERE}"\n')

    with pytest.raises(DevstackError, match="NOWHERE"):
        fill(path, {})


def test_both_pubsub_files_define_the_same_component() -> None:
    files = [yaml.safe_load(path.read_text()) for path in DAPR_FILES.glob("pubsub.*.yaml")]

    assert [file["metadata"]["name"] for file in files] == ["${PUBSUB}", "${PUBSUB}"]
    assert files[0]["scopes"] == files[1]["scopes"]
    rights = [
        {
            row["name"]: row["value"]
            for row in file["spec"]["metadata"]
            if row["name"].endswith(("Topics", "Scopes"))
        }
        for file in files
    ]
    assert rights[0] == rights[1]
    assert rights[0].keys() == {"allowedTopics", "protectedTopics", "publishingScopes", "subscriptionScopes"}


def test_go_mod_agrees_with_the_pins() -> None:
    text = (GO_MODULE / "go.mod").read_text()

    assert f"github.com/dapr/dapr v{versions.DAPR_VERSION}\n" in text
    assert f"github.com/dapr/components-contrib v{versions.DAPR_COMPONENTS_CONTRIB_VERSION}\n" in text
    assert f"\ngo {'.'.join(map(str, versions.GO_AT_LEAST))}\n" in text


def command_line(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "devstack", *arguments],
        env={**inherited, "TODO_DEVSTACK_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_an_unknown_service_is_a_usage_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    answer = command_line("up", "mongodb", folder=tmp_path)

    assert answer.returncode == 2
    assert answer.stderr.strip().endswith("postgresql, redis, kafka, scheduler")


@pytest.mark.parametrize(("environment", "code"), [({}, 3), ({"CI": "true"}, 1)])
def test_what_is_missing_is_named_with_the_command_that_mends_it(
    tmp_path: Path, environment: dict[str, str], code: int
) -> None:
    answer = command_line("up", "kafka", folder=tmp_path, PATH=str(tmp_path), **environment)

    assert answer.returncode == code
    assert "MISSING  kafka: Java 17 or newer is not installed" in answer.stderr
    assert "apt-get install openjdk-17-jre-headless" in answer.stderr


def test_status_of_a_stack_that_was_never_started_says_so(tmp_path: Path) -> None:
    answer = command_line("status", "--json", folder=tmp_path)

    assert answer.returncode == 3
    told = json.loads(answer.stdout)
    assert {service["condition"] for service in told["services"]} <= {"stopped", "missing"}
    assert all(service["mend"] for service in told["services"])


def test_a_command_is_needed_to_run_one(tmp_path: Path) -> None:
    assert command_line("run", folder=tmp_path).returncode == 2


def test_the_least_of_some_measurements_ends_at_the_first_below_the_bound() -> None:
    measured = iter([5.0, 0.5, 3.0, 7.0, 2.0, 4.0])

    assert least(lambda: next(measured), below=1.0) == 0.5
    assert least(lambda: next(measured), below=1.0) == 2.0, "three tries, none below"
    assert next(measured) == 4.0
