"""Production does not start with values that would let anybody in: one sentence, exit code 2, no secret repeated."""

import secrets
import string

import pytest

from todo_project.settings.env import Env, EnvError
from todo_project.settings.refusals import refuse_weak
from todo_project.tests.up.starting import installation, run_manage

GOOD = secrets.token_hex(32)
WEAK_KEYS = {
    "one letter": "a" * 40,
    "two letters": "ab" * 30,
    "a word again and again": "hunter22" * 8,
    "counting": "0123456789" * 5,
    "the alphabet": string.ascii_letters,
    "backwards": string.ascii_lowercase[::-1] + string.digits[::-1],
    "too short": secrets.token_hex(15),
    "of startproject": f"django-insecure-{secrets.token_urlsafe(40)}",
    "change me": "change-me-before-you-go-to-production-please-1234",
    "Change This": "Change_This_7c1f09e2b4d86a35_4f8e",
    "an example": f"example-{GOOD}",
    "your secret": "your-secret-goes-here-7c1f09e2b4d86a354f8e",
    "blanks": " " * 64,
    "to collect static files": "only-to-collect-static-files",
}


@pytest.mark.parametrize("name", WEAK_KEYS)
def test_a_weak_key_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(EnvError, match=r"^TODO_SECRET_KEY [^\n]*\.$") as refused:
        refuse_weak(Env(secret_key=WEAK_KEYS[name], allowed_hosts=("todo.example",)))
    assert WEAK_KEYS[name] not in str(refused.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: secrets.token_hex(16),
        lambda: secrets.token_hex(32),
        lambda: secrets.token_urlsafe(32),
        lambda: "".join(secrets.choice(string.digits) for _ in range(40)),
        lambda: "".join(secrets.choice(string.printable) for _ in range(50)),
    ],
)
def test_random_keys_of_every_usual_tool_are_good(make: object) -> None:
    for _ in range(500):
        refuse_weak(Env(secret_key=make(), allowed_hosts=("todo.example",)))  # type: ignore[operator]


@pytest.mark.parametrize(
    "hosts", [("*",), (".",), ("todo.example", "*"), ("..",), ("*.todo.example",), ("*:443",)]
)
def test_hosts_that_mean_any_are_refused(hosts: tuple[str, ...]) -> None:
    with pytest.raises(EnvError, match=r"^TODO_ALLOWED_HOSTS [^\n]*\.$"):
        refuse_weak(Env(secret_key=GOOD, allowed_hosts=hosts))


@pytest.mark.parametrize("origin", ["https://*", "https://*.", "http://.", "https://"])
def test_origins_that_mean_any_are_refused(origin: str) -> None:
    with pytest.raises(EnvError, match=r"^TODO_CSRF_TRUSTED_ORIGINS "):
        refuse_weak(Env(secret_key=GOOD, csrf_trusted_origins=("https://todo.example", origin)))


@pytest.mark.parametrize(
    "hosts",
    [("todo.example",), (".todo.example",), ("[::1]", "127.0.0.1", "todo"), ("xn--bcher-kva.example",)],
)
def test_names_are_accepted(hosts: tuple[str, ...]) -> None:
    refuse_weak(Env(secret_key=GOOD, allowed_hosts=hosts, csrf_trusted_origins=("https://*.todo.example",)))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TODO_ALLOWED_HOSTS", "todo.example,*"),
        ("TODO_SECRET_KEY", "a" * 40),
        ("TODO_REGISTRATIONS_PER_MINUTE", "0"),
    ],
)
def test_the_process_ends_with_one_sentence(tmp_path: object, variable: str, value: str) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "todo_project.settings.production",
        "TODO_SECRET_KEY": GOOD,
        "TODO_ALLOWED_HOSTS": "todo.example",
        "TODO_DATABASE_URL": f"sqlite:///{tmp_path}/todo.sqlite3",
    }
    started = run_manage("check", environment=installation(tmp_path, **environment))  # type: ignore[arg-type]
    assert started.returncode == 0, started.stderr
    ended = run_manage("check", environment=installation(tmp_path, **{**environment, variable: value}))  # type: ignore[arg-type]
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"todo: {variable} ")
    assert ended.stderr.count("\n") == 1
