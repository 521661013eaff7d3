"""What an operator can mend is one sentence with the right exit code."""

import gc

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

from todo_project import cli
from todo_project.settings.env import EnvError, load, unknown_variables


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (EnvError("TODO_PORT must be a whole number."), 2, "TODO_PORT must be a whole number."),
        (ImproperlyConfigured("no\n  such backend"), 2, "The settings are wrong: no such backend"),
        (OperationalError("no such table: x"), 1, "manage.py migrate"),
        (ProgrammingError('relation "x" does not exist'), 1, "manage.py migrate"),
    ],
)
def test_an_error_becomes_a_sentence(error: Exception, code: int, said: str) -> None:
    sentence, exit_code = cli.explain_error(error)
    assert said in sentence
    assert exit_code == code
    assert "\n" not in sentence


def test_a_refusal_ends_the_process_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(utility: cli.Utility) -> None:
        raise EnvError("TODO_PORT is wrong.")

    monkeypatch.setattr(cli.Utility, "execute", refuse)
    with pytest.raises(SystemExit) as ended:
        cli.run_command(["manage.py", "up"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "todo: TODO_PORT is wrong.\n"
    with pytest.raises(EnvError):
        cli.run_command(["manage.py", "up", "--traceback"])


def test_garbage_is_looked_for_again_once_modules_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def execute(utility: cli.Utility) -> None:
        seen.append(gc.isenabled())
        utility.fetch_command("doctor")
        seen.append(gc.isenabled())

    monkeypatch.setattr(cli.Utility, "execute", execute)
    cli.run_command(["manage.py", "doctor"])
    gc.unfreeze()
    assert seen == [False, True]


def test_a_command_that_is_not_found_leaves_garbage_to_be_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.Utility, "execute", lambda _: gc.disable())
    cli.run_command(["manage.py", "nothing"])
    assert gc.isenabled()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/x",
        "postgresql://u:hunter2@h:99999/x",
        "postgresql://[u:hunter2",
        "u:hunter2@h/x",
        "nothing",
    ],
)
def test_a_wrong_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(EnvError, match="TODO_DATABASE_URL must be a URL") as refused:
        load({"TODO_DATABASE_URL": url})
    assert "hunter2" not in str(refused.value)


def test_misspelt_variables_are_found_and_service_links_are_none() -> None:
    environ = {
        "TODO_PROT": "8000",
        "TODO_PORT": "8000",
        "TODO_WEB_SERVICE_HOST": "10.0.0.1",
        "TODO_WEB_PORT": "tcp://10.0.0.1:8000",
        "TODO_DEVSTACK_DIR": "stack",
        "PATH": "/usr/bin",
    }
    assert unknown_variables(environ) == ("TODO_PROT",)
