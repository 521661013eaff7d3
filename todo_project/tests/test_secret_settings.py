"""Secrets in parts and in files, as operators of Kubernetes hand them out."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from todo_project.settings.databases import POSTGRESQL_SESSION, database_settings
from todo_project.settings.env import Env, EnvError, load, secret_names, unknown_variables
from todo_project.settings.logs import secrets_of

PUSH_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"  # RFC 8291, section 5
ODD = "p@ss:w/o?r#d%41 [x]é\"'"
DATABASE, CACHE = "postgresql://todo@db:5432/todo", "rediss://cache:6379/0"


def test_a_password_apart_is_any_text() -> None:
    env = load({"TODO_DATABASE_URL": DATABASE, "TODO_DATABASE_PASSWORD": ODD})
    made = database_settings(env, data_dir=Path())
    assert (made["USER"], made["PASSWORD"], made["HOST"], made["PORT"]) == ("todo", ODD, "db", "5432")


def test_so_is_that_of_redis() -> None:
    env = load({"TODO_REDIS_URL": CACHE, "TODO_REDIS_PASSWORD": ODD})
    parts = urlsplit(env.redis_url)
    assert (unquote(parts.password or ""), parts.hostname, parts.port, parts.path) == (
        ODD,
        "cache",
        6379,
        "/0",
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"TODO_DATABASE_PASSWORD": "canary"}, "TODO_DATABASE_PASSWORD has no server to go with."),
        (
            {"TODO_DATABASE_PASSWORD": "canary", "TODO_DATABASE_URL": "sqlite:///x"},
            "TODO_DATABASE_PASSWORD has no server to go with.",
        ),
        (
            {"TODO_DATABASE_PASSWORD": "canary", "TODO_DATABASE_URL": "postgresql://todo:canary@db/todo"},
            "TODO_DATABASE_PASSWORD and the password inside the URL are both set; set one.",
        ),
        ({"TODO_REDIS_PASSWORD": "canary"}, "TODO_REDIS_PASSWORD has no server to go with."),
    ],
)
def test_a_password_that_fits_nowhere_is_one_sentence_without_it(
    given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(EnvError) as refused:
        load(given)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("name", secret_names())
def test_every_secret_can_be_a_file(name: str, tmp_path: Path) -> None:
    text = {
        "TODO_AUDIT_KEYS": "1:canary",
        "TODO_VAPID_PRIVATE_KEY": PUSH_KEY,
        "TODO_DATABASE_URL": DATABASE,
        "TODO_REDIS_URL": CACHE,
        "TODO_EMAIL_URL": "smtp://mail:25",
    }.get(name, "canary")
    file = tmp_path / "secret"
    file.write_text(f"{text}\n")
    beside = {
        "TODO_DATABASE_PASSWORD": {"TODO_DATABASE_URL": DATABASE},
        "TODO_REDIS_PASSWORD": {"TODO_REDIS_URL": CACHE},
    }
    others = beside.get(name, {})
    assert load({f"{name}_FILE": str(file), **others}) == load({name: text, **others}) != load(others)
    assert unknown_variables({f"{name}_FILE": "x"}) == ()


@pytest.mark.parametrize("text", ["canary", "canary" * 8, "A" * 43, "_" * 43, "canaryö", f"{PUSH_KEY}A"])
def test_a_push_key_that_is_none_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(EnvError) as refused:
        load({"TODO_VAPID_PRIVATE_KEY": text})
    wrong = "TODO_VAPID_PRIVATE_KEY must be a private key of P-256: 32 bytes as base64url."
    assert str(refused.value) == wrong


def test_what_protects_an_installation_is_a_secret() -> None:
    assert {
        "TODO_SECRET_KEY",
        "TODO_SECRET_KEY_FALLBACKS",
        "TODO_AUDIT_KEYS",
        "TODO_KAFKA_PASSWORD",
        "TODO_VAPID_PRIVATE_KEY",
    } <= set(secret_names())
    assert unknown_variables({"TODO_LOG_LEVEL_FILE": "x"}) == ("TODO_LOG_LEVEL_FILE",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff", "not text"),
    ],
)
def test_a_file_that_holds_no_secret_is_one_sentence(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(EnvError, match=rf"^TODO_SECRET_KEY_FILE names {file}, which [^\n]*{reason}\.$"):
        load({"TODO_SECRET_KEY_FILE": str(file)})


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvError, match=r"^TODO_SECRET_KEY and TODO_SECRET_KEY_FILE are both set; set one\.$"):
        load({"TODO_SECRET_KEY": "canary", "TODO_SECRET_KEY_FILE": str(tmp_path / "x")})


def test_secrets_from_parts_and_files_are_redacted_too(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("canary-1")
    env = load(
        {
            "TODO_DATABASE_URL": DATABASE,
            "TODO_DATABASE_PASSWORD_FILE": str(file),
            "TODO_KAFKA_PASSWORD": "canary-2",
        }
    )
    assert {"canary-1", "canary-2"} <= set(secrets_of(env))


def options_of(query: str) -> dict[str, object]:
    made = database_settings(Env(database_url=f"{DATABASE}{query}"), data_dir=Path())
    options: dict[str, object] = made["OPTIONS"]
    return options


def test_options_of_the_url_add_to_ours_and_do_not_replace_them() -> None:
    assert options_of("")["options"] == POSTGRESQL_SESSION
    assert (
        options_of("?options=-c%20search_path%3Dtodo")["options"]
        == f"{POSTGRESQL_SESSION} -c search_path=todo"
    )
    given = options_of("?sslmode=verify-full&connect_timeout=9")
    assert (given["sslmode"], given["connect_timeout"]) == ("verify-full", "9")
    assert given["options"] == POSTGRESQL_SESSION
