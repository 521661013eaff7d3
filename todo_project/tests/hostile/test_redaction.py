"""No credential reaches a log line, however it is written, and no line costs more than its length."""

import html
import json
import logging
import random
import time
from dataclasses import fields, replace
from urllib.parse import quote, urlencode

import pytest
from django.http import QueryDict

from todo_project.logs.formatters import MAX_LINE, JsonFormatter, TextFormatter
from todo_project.logs.redaction import MASK, is_sensitive, redact
from todo_project.settings.env import Env
from todo_project.settings.logs import logging_settings, secrets_of

P = "hunter2"
NAMES = (
    *(
        "password",
        "Password",
        "passwd",
        "pwd",
        "pass",
        "PASS",
        "passphrase",
        "passcode",
        "db_pass",
        "PGPASSWORD",
        "requirepass",
        "masterauth",
        "pw",
    ),
    *("sessionid", "__Host-sessionid", "session_key", "csrftoken", "__Host-csrftoken", "csrfmiddlewaretoken"),
    *("token", "refresh_token", "accessToken", "ticket", "secret", "client_secret", "SECRET_KEY", "api_key"),
    *("X-API-Key", "private_key", "credentials", "dapr-api-token", "authorization", "cookie"),
)
FORMS = {
    "equals": "{name}=hunter2",
    "colon": "{name}: hunter2",
    "many blanks": "{name}      :      hunter2",
    "tabs": "{name}\t=\t\thunter2",
    "arrow": "{name} => hunter2",
    "JSON": '{{"{name}": "hunter2 hunter2"}}',
    "compact JSON": '{{"a":1,"{name}":"hunter2","b":2}}',
    "spread JSON": '{{\n  "{name}"  :\n    "hunter2"\n}}',
    "JSON with an escaped quote": '{{"{name}": "a\\"hunter2 hunter2"}}',
    "JSON in JSON": '{{\\"{name}\\": \\"hunter2 hunter2\\"}}',
    "JSON in JSON in JSON": '{{\\\\\\"{name}\\\\\\": \\\\\\"hunter2 hunter2\\\\\\"}}',
    "an escaped quote in JSON in JSON": '{{\\"{name}\\": \\"a\\\\\\"hunter2\\"}}',
    "a dictionary": "{{'{name}': 'hunter2 hunter2', 'a': 1}}",
    "bytes": "{{b'{name}': b'hunter2 hunter2'}}",
    "a value with the other quote": "{{'{name}': \"hun'hunter2\"}}",
    "a list": "{{'{name}': ['hunter2', 'hunter2']}}",
    "an item": "data['{name}'] = 'hunter2'",
    "a form's array": "user[{name}]=hunter2",
    "an object": "Env({name}='hunter2', port=1)",
    "a query": "GET /x/?a=1&{name}=hunter2&b=2",
    "encoded": "%7B%22{name}%22%3A%22hunter2%22%7D",
    "encoded equals": "{name}%3Dhunter2",
    "encoded twice": "next=%2Flogin%3Fnext%3D%252Fx%253F{name}%253Dhunter2",
    "encoded thrice": "{name}%252522%25253A%252522hunter2%252522",
    "a pair": "('{name}', 'hunter2 hunter2')",
    "pairs": "[('a', 'b'), ['{name}', \"hun'hunter2\"]]",
    "a pair of bytes": "(b'{name}', b'hunter2')",
    "what PostgreSQL says of a key": "DETAIL:  Key ({name})=(hunter2, 7) already exists.",
    "a page": "&quot;{name}&quot;: &quot;hunter2&quot;",
    "a comma inside": "{name}=hunt,hunter2",
    "a quote inside": "{name}=hun'hunter2",
    "brackets inside": "{name}=)(hunter2",
    "a backslash first": "{name}=\\hunter2",
    "not closed": '{name}="hunter2 hunter2',
    "a connection": "host=db {name}='hun\\'hunter2' dbname=todo",
    "an option": "todo --{name} hunter2",
    "an option with equals": "todo --{name}=hunter2",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_named_value_is_masked_in_every_form(form: str) -> None:
    for name in NAMES:
        line = redact(FORMS[form].format(name=name))
        assert P not in line, name
        assert MASK in line, name


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2",
        "Authorization: Token hunter2",
        'Authorization: Digest username="a", response="hunter2", nonce="hunter2"',
        "proxy-authorization: Basic hunter2",
        "HTTP_AUTHORIZATION=Bearer hunter2",
        "{'HTTP_COOKIE': 'a=hunter2; b=hunter2', 'x': 1}",
        "Cookie: theme=dark; other=hunter2; more=hunter2",
        "Set-Cookie: __Host-sessionid=hunter2; Path=/; HttpOnly",
        "headers [(b'host', b'x'), (b'cookie', b'a=hunter2; b=hunter2'), (b'accept', b'*')]",
        "headers [('Authorization', 'hunter2')]",
        "it sent Bearer hunter2hunter2 to us",
        "basic aHVudGVyMjpodW50ZXIyhunter2",
        "postgresql://todo:hunter2@db:5432/todo",
        "postgresql://todo:p@hunter2@db:5432/todo",
        "postgresql://todo:p@ss@hunter2@db/todo",
        "postgresql://todo:p/hunter2@db/todo",
        "postgresql://todo:p:hunter2@db/todo",
        "redis://:hunter2@redis:6379/0",
        "redis://:12/hunter2@redis:6379/0",
        "redis://a:6379,rediss://:hunter2@b:6379",
        "smtps://me%40example.org:hunter2@mail.example.org",
        "'sqlite:///x' and 'amqp://u:hunter2@h//'",
    ],
)
def test_headers_and_addresses_are_masked(text: str) -> None:
    assert P not in redact(text)


def test_what_python_writes_is_masked() -> None:
    form = {"username": "ann", "password": "hunter2 & hunter2", "next": "/"}
    for text in (
        repr(form),
        urlencode(form),
        quote(str(form)),
        repr(QueryDict(urlencode(form))),
        repr(str(form).encode()),
    ):
        assert P not in redact(text)


CORE = "Zq9core7X"
AROUND = "\"'\\,;:&=()[]{}<>@/#?!%$ \t^*+~`|-_.é😀ab1"


def written(name: str, secret: str) -> dict[str, str]:
    """Ways in which programs write one value, and write that again into another text."""
    form = {"a": "1", name: secret, "z": "end"}
    as_json = json.dumps(form)
    return {
        "JSON": as_json,
        "compact JSON": json.dumps(form, ensure_ascii=False, separators=(",", ":")),
        "spread JSON": json.dumps(form, indent=4),
        "JSON in JSON": json.dumps({"body": as_json}),
        "JSON in JSON in JSON": json.dumps({"x": json.dumps({"body": as_json})}),
        "a dictionary": repr({"outer": form}),
        "bytes": repr({name.encode(): secret.encode()}),
        "a list": repr({name: [secret, secret]}),
        "a tuple": repr({name: (secret,)}),
        "JSON in a text": repr(as_json),
        "JSON in bytes": repr(as_json.encode()),
        "a dictionary in JSON": json.dumps(repr(form)),
        "a form": urlencode(form),
        "JSON in an address": quote(as_json),
        "a dictionary in an address": quote(repr(form)),
        "JSON in a page": html.escape(as_json),
        "an argument": f"call({name}={secret!r}, x=1)",
        "a header": f"Cookie: a=b; {name}={secret}",
    }


def test_no_character_in_a_secret_lets_the_rest_out() -> None:
    chance = random.Random(20261129)
    for _ in range(1_500):
        before, after = ("".join(chance.choices(AROUND, k=chance.randrange(5))) for _ in range(2))
        for form, text in written(chance.choice(NAMES), before + CORE + after).items():
            assert CORE not in redact(text), (form, text)


@pytest.mark.parametrize(
    "title",
    [
        *(
            "pass the salt",
            "pass the salt: now",
            "Pass the exam = good",
            "compass: a brass one",
            "bypass=1",
            "passage: 5",
        ),
        *(
            "call the secretary: Ann",
            "Basic understanding of cooking",
            "bearer of good news",
            "buy tickets",
            "pwd",
        ),
        *(
            "forgot my password again",
            "a token of love",
            "mail me@example.org",
            "a password",
            "surpass: them",
        ),
        *(
            "see https://example.org/a:b@c",
            "http://localhost:8080/users/me@example.org",
            "http://[::1]:8000/a@b",
        ),
        *("Unauthorized: /api/auth/token/", "token_bucket is full", "session 5 ended", "3 of 4 passed: fine"),
    ],
)
def test_ordinary_words_stay(title: str) -> None:
    assert redact(title) == title


def test_what_follows_a_masked_value_stays() -> None:
    assert redact("GET /ws/?ticket=hunter2&a=1") == f"GET /ws/?ticket={MASK}&a=1"
    assert redact('{"token":"hunter2","title":"x"}') == f'{{"token":{MASK},"title":"x"}}'
    assert redact("redis://:hunter2@h:1/0 is away") == f"redis://:{MASK}@h:1/0 is away"
    assert redact("sessionid=hunter2; done") == f"sessionid={MASK}; done"


def test_fields_that_hold_credentials_are_known_by_name() -> None:
    assert all(is_sensitive(name) for name in NAMES)
    assert not any(
        is_sensitive(name) for name in ("passed", "path", "status", "user_id", "request_id", "bypass")
    )


def test_every_secret_of_the_environment_is_hidden() -> None:
    env = Env(
        secret_key="the secret key",
        app_api_token="the app token",
        dapr_api_token="the dapr token",
        kafka_password="the kafka password",
        database_url="postgresql://todo:database%2Fpassword@db/todo",
        redis_url="redis://:redispassword@redis:6379",
        secret_key_fallbacks=("the key before", "the key before that"),
        email_url="smtps://me:mail%40password@mail.example.org",
    )
    hidden = set(secrets_of(env))
    assert {
        "the secret key",
        "the app token",
        "the dapr token",
        "the kafka password",
        "redispassword",
    } <= hidden
    assert {"the key before", "the key before that"} <= hidden
    assert {"database%2Fpassword", "database/password", "mail%40password", "mail@password"} <= hidden
    formatters = logging_settings(env, "the key in the data folder")["formatters"]
    for formatter in formatters.values():
        assert {*hidden, "the key in the data folder"} == set(formatter["secrets"])


def test_a_secret_of_a_later_setting_is_hidden_too() -> None:
    """Every text whose name says so is one, without a list to keep."""
    texts = {
        field.name
        for field in fields(Env)
        if is_sensitive(field.name) and isinstance(getattr(Env(), field.name), str)
    }
    for name in texts:
        assert "a value of its own" in set(secrets_of(replace(Env(), **{name: "a value of its own"})))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "formatter", [TextFormatter(["s3cr3t-k3y-of-mine"]), JsonFormatter(["s3cr3t-k3y-of-mine"])]
)
def test_a_secret_at_the_end_of_a_long_line_is_not_cut_in_half(formatter: logging.Formatter) -> None:
    for shown in range(1, 18):
        message = "x" * (MAX_LINE - shown) + "s3cr3t-k3y-of-mine"
        line = formatter.format(logging.makeLogRecord({"name": "todo", "msg": message}))
        assert "s3cr3" not in line
        assert len(line) < MAX_LINE + 200


HOSTILE = (
    *(
        "a-",
        "token",
        "token-",
        "x=",
        "://",
        "://a:",
        "://a:@",
        "eyJ",
        "eyJ-",
        "eyJaaaaa.",
        "bearer ",
        "password ",
    ),
    *(
        "password: ",
        'password="',
        "password='\\",
        'password:\\"',
        "pass",
        "cookie, ",
        "cookie: ",
        "--password ",
    ),
    *(
        "--a ",
        "authorization=",
        "%22",
        "password%22%3A%22",
        "password[",
        'password=["',
        "pwd=,",
        "password    ",
    ),
    *(
        '\\\\\\"',
        "basic a",
        "bearer a.",
        " ",
        "\n",
        "-",
        "--",
        "token=&quot;",
        "(('",
        "a.",
        "pass_",
        "secret",
        "'",
        '"',
    ),
)


@pytest.mark.parametrize("word", HOSTILE)
def test_time_grows_with_the_length_of_a_line(word: str) -> None:
    def seconds(characters: int) -> float:
        text = word * (characters // len(word))
        began = time.process_time()
        redact(text)
        return time.process_time() - began

    short = min(seconds(20_000) for _ in range(3))
    long = min(seconds(160_000) for _ in range(2))
    # Eight times the text; squared growth would be 64 times the time.
    assert long < 25 * max(short, 0.002)


def test_a_personal_token_is_masked_wherever_it_stands() -> None:
    text = "todo_pat_" + "aB3-_" * 8 + "xyz"
    said = f"GET /api/tasks/?q={text}&x=1 {text}, ({text})"

    assert redact(said) == f"GET /api/tasks/?q=todo_pat_{MASK}&x=1 todo_pat_{MASK}, (todo_pat_{MASK})"
