"""Every command that is started wrongly says so in one sentence and ends with 2; none waits, none shows a traceback."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from pytest_django import Settings

from devstack.ports import LOOPBACK, pick
from todo_project.cli import ROLES, run_command
from todo_project.tests.up.starting import installation, run_manage
from todo_project.web import server

# Asks another process, without settings.
WITHOUT_SETTINGS = {"healthcheck"}
COMMANDS = sorted(
    name
    for name, app in get_commands().items()
    if isinstance(app, str) and apps.is_installed(app) and app in settings.PROJECT_APPS
)
DAPR = {"EVENT_TRANSPORT": "dapr"}
KAFKA = {"EVENT_TRANSPORT": "kafka"}
WRONG = {
    "TODO_PORT": "abc",
    "TODO_SIDE_PORT": "0",
    "TODO_EVENT_TRANSPORT": "pigeons",
    "TODO_ROUTES": "some",
    "TODO_DATABASE_URL": "mysql://todo@localhost/todo",
    "TODO_EXPECTED_ROLES": "web,nobody",
}


@pytest.fixture(autouse=True)
def signal_handlers() -> Iterator[None]:
    """What roles install goes when the test ends."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def refusal_of(words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Start the command in this process; it must end with 2 after one sentence, which is returned."""
    with pytest.raises(SystemExit) as ended:
        run_command(["manage.py", *words.split()])
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, ""), printed.err
    assert is_sentence(printed.err), printed.err
    return printed.err


def is_sentence(text: str) -> bool:
    return text.startswith("todo: ") and text.count("\n") == 1


def test_every_role_is_a_command() -> None:
    assert set(COMMANDS) >= ROLES | {"prepare"}


@pytest.mark.slow
@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in WITHOUT_SETTINGS])
def test_a_setting_that_is_wrong_ends_every_command(tmp_path: Path, command: str) -> None:
    variable = list(WRONG)[COMMANDS.index(command) % len(WRONG)]
    done = run_manage(command, environment=installation(tmp_path, **{variable: WRONG[variable]}))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert is_sentence(done.stderr), done.stderr
    assert variable in done.stderr


@pytest.mark.parametrize(
    ("words", "given", "names"),
    [
        ("consume nobody", KAFKA, "nobody is no consumer"),
        ("consume", KAFKA, "--all"),
        ("consume replan", KAFKA, "replan: no topics"),
        ("consume audit", {}, "embedded"),
        ("receive nobody", DAPR, "nobody is no consumer"),
        ("receive", DAPR, "--sweeps"),
        ("receive audit --sweeps", DAPR, "--sweeps takes no events"),
        ("receive audit", KAFKA, "the transport is kafka"),
        ("receive audit", {**DAPR, "ROUTES": "public"}, "TODO_ROUTES"),
        ("receive audit --port 0", DAPR, "--port"),
        ("dapr_jobs", KAFKA, "the transport is kafka"),
        ("metrics", {}, "TODO_SIDE_PORT"),
        ("worker nobody", {}, "there is no queue nobody"),
        ("worker --processes 0", {}, "--processes"),
        ("web --processes 0", {}, "--processes"),
        ("web --port 99999999", {}, "--port"),
        ("web --threads many", {}, "--threads"),
        ("web --bogus", {}, "--bogus"),
        ("prepare --wait -1", {}, "--wait"),
        ("prepare --wait nan", {}, "--wait"),
        ("consumers pause nobody", {}, "nobody"),
        ("replay nobody", {}, "nobody is no consumer"),
    ],
)
@pytest.mark.django_db
def test_words_that_are_wrong_are_refused(
    words: str, given: dict[str, str], names: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SIDE_PORT = None
    for name, value in given.items():
        setattr(settings, name, value)
    assert names in refusal_of(words, capsys)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody else listens."""
    with socket.create_server((LOOPBACK, 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("command", ["web", "receive audit"])
def test_a_port_that_is_taken_is_named(
    taken: int,
    command: str,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.EVENT_TRANSPORT, settings.SIDE_PORT = "dapr", None
    monkeypatch.setattr(server, "sleep", lambda _: None)
    assert f"cannot listen on {LOOPBACK}:{taken}" in refusal_of(
        f"{command} --host {LOOPBACK} --port {taken}", capsys
    )


@pytest.mark.parametrize("command", ["web", "relay", "metrics", "beat", "worker", "deliver"])
def test_a_side_port_that_is_taken_is_named(
    taken: int, command: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.UP_HOST, settings.UP_PORT, settings.SIDE_PORT = LOOPBACK, pick(1)[0], taken
    assert "TODO_SIDE_PORT" in refusal_of(command, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("words", ["event_audit", "consumers list"])
def test_a_database_that_is_away_is_one_sentence_with_the_command_that_starts_it(
    tmp_path: Path, words: str
) -> None:
    url = f"postgresql://todo@{LOOPBACK}:{pick(1)[0]}/todo"
    done = run_manage(*words.split(), environment=installation(tmp_path, TODO_DATABASE_URL=url))
    assert done.returncode == 1
    assert is_sentence(done.stderr), done.stderr
    assert "python -m devstack up postgresql" in done.stderr
