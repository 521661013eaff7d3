"""Production does not start with values that would let anybody in: one sentence, exit code 2, no secret repeated."""

import secrets
import string
from dataclasses import replace
from uuid import uuid4

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
    "of our own tests": "only for tests, long enough to sign with HMAC SHA-256",
    "of our own documents": "<64 random hexadecimal digits, as this page says>",
    "of xkcd.com/936": "correct horse battery staple correct horse",
    "of the keyboard": "qwertyuiopasdfghjklzxcvbnm1234567890",
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
    "hosts",
    [("*",), (".",), ("todo.example", "*"), ("..",), ("*.todo.example",), ("*:443",), (".com",), (".com.",)],
)
def test_hosts_that_mean_any_are_refused(hosts: tuple[str, ...]) -> None:
    with pytest.raises(EnvError, match=r"^TODO_ALLOWED_HOSTS [^\n]*\.$"):
        refuse_weak(Env(secret_key=GOOD, allowed_hosts=hosts))


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "https://*",
            "https://*.",
            "http://.",
            "https://",
            "https://*.com",
            "https://*.com:443",
            "https://*:443",
        ),
        # Whoever is on the way can write a page of these.
        *("http://todo.example", "*://todo.example", "file://todo.example", "null"),
    ],
)
def test_origins_that_mean_any_are_refused(origin: str) -> None:
    with pytest.raises(EnvError, match=r"^TODO_CSRF_TRUSTED_ORIGINS "):
        refuse_weak(Env(secret_key=GOOD, csrf_trusted_origins=("https://todo.example", origin)))


@pytest.mark.parametrize(
    "hosts",
    [("todo.example",), (".todo.example",), ("[::1]", "127.0.0.1", "todo"), ("xn--bcher-kva.example",)],
)
def test_names_are_accepted(hosts: tuple[str, ...]) -> None:
    origins = (
        "https://*.todo.example",
        "https://todo.example:8443",
        "https://[2001:db8::1]",
        "http://localhost:8000",
    )
    refuse_weak(Env(secret_key=GOOD, allowed_hosts=hosts, csrf_trusted_origins=origins))


@pytest.mark.parametrize(
    "token", ["qq", "7c1f09e2b4d86a", "ab" * 16, "change-me-7c1f09e2b4d86a354f8e", "password-password"]
)
def test_a_sidecar_s_token_that_can_be_guessed_is_refused(token: str) -> None:
    env = Env(secret_key=GOOD, event_transport="dapr", app_api_token=token)
    with pytest.raises(EnvError, match=r"^APP_API_TOKEN [^\n]*\.$") as refused:
        refuse_weak(env)
    assert token not in str(refused.value)
    refuse_weak(replace(env, app_api_token=secrets.token_hex(16)))
    refuse_weak(replace(env, app_api_token=str(uuid4())))
    refuse_weak(replace(env, event_transport="kafka"))


KEY = "3f9a0b1c2d5e77e1c0" * 4


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TODO_ALLOWED_HOSTS", "todo.example,*"),
        ("TODO_SECRET_KEY", "a" * 40),
        ("TODO_AUDIT_KEYS", ""),
        ("TODO_AUDIT_KEYS", KEY),
        ("TODO_AUDIT_KEYS", f"2:{KEY},1:{'a' * 40}"),
        ("TODO_REGISTRATIONS_PER_MINUTE", "0"),
        ("TODO_EMAIL_URL", "smtp://me:12:hunter2#@mail.example.org"),
    ],
)
def test_the_process_ends_with_one_sentence(tmp_path: object, variable: str, value: str) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "todo_project.settings.production",
        "TODO_SECRET_KEY": GOOD,
        "TODO_AUDIT_KEYS": f"1:{GOOD}",
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
    assert KEY not in ended.stderr
