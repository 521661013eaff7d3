"""What a request says of its way here is believed only as far as our own proxies say it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from devstack.ports import LOOPBACK, pick
from devstack.waiting import wait_until
from events_app.runtime.heartbeats import beat, role_statuses
from foundation import counters
from foundation.http.client_addresses import FORWARDED_IGNORED, address_in, client_address
from realtime_app.server.wsgi_calls import environ_of
from todo_project.doctor import Level, platform
from todo_project.tests.platform.roles import PATIENCE, Role
from todo_project.tests.up.starting import installation, run_manage
from todo_project.web.response_headers import HeadersMiddleware

FORGED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Protocol": "ssl",
    "X-Forwarded-SSL": "on",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "444",
    "X-Forwarded-For": "192.0.2.66",
    "Forwarded": "for=192.0.2.66;proto=https;host=evil.example",
    "Front-End-Https": "on",
    "X-Real-IP": "192.0.2.66",
    "Script-Name": "/evil",
}
REPEATED = (
    [("X-Forwarded-For", "192.0.2.66"), ("X-Forwarded-For", "203.0.113.7")],
    [("X-Forwarded-For", "192.0.2.66, 203.0.113.7")],
    [("X-Forwarded-For", "203.0.113.7"), ("X_Forwarded_For", "192.0.2.66")],
    [("X_Forwarded_For", "192.0.2.66"), ("X-Forwarded-For", "203.0.113.7:4711")],
)
Serve = Callable[[str], tuple[str, Role]]
KEY = "q8Zr5tVw2yB4nM7kP9sD1fG3hJ6lX0cA"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "192.0.2.66", "198.51.100.1"),
        (1, "", "198.51.100.1"),
        (1, "192.0.2.66, 203.0.113.7", "203.0.113.7"),
        (1, "192.0.2.66,,203.0.113.7,", "203.0.113.7"),
        (2, "192.0.2.66, 203.0.113.7, 198.51.100.9", "203.0.113.7"),
        (2, "203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.7:4711", "203.0.113.7"),
        (1, "[2001:db8:1:2:3:4:5:6]:4711", "2001:db8:1:2::/64"),
        (1, "[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "fe80::1%eth0", "fe80::/64"),
        (1, "203.0.113.7'; --", "unknown"),
        (1, "1" * 5000, "unknown"),
    ],
)
def test_an_address_is_what_the_outermost_of_our_proxies_saw(
    settings: Settings, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="198.51.100.1")
    assert client_address(request) == expected


@pytest.mark.parametrize("headers", REPEATED)
@pytest.mark.parametrize(("proxies", "expected"), [(0, "198.51.100.1"), (1, "203.0.113.7")])
def test_beside_sockets_a_header_sent_twice_is_one_list(
    settings: Settings, headers: list[tuple[str, str]], proxies: int, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    scope = {
        "method": "GET",
        "raw_path": b"/",
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "server": ["127.0.0.1", 8000],
        "client": ["198.51.100.1", 4711],
        # daphne leaves out names with an underscore
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers if "_" not in name],
    }
    assert address_in(environ_of(scope, b"")) == expected


@pytest.mark.parametrize(
    ("proxies", "said", "is_secure"),
    [
        (1, "https", True),
        (1, "http", False),
        (1, "https, http", False),  # the stranger's first, where a proxy adds to the list
        (1, "http, https", True),
        (1, "https,,http,", False),
        (1, "https, https, http", False),
        (2, "https, http", True),  # the outer proxy ended TLS
        (2, "http, https", False),
        (2, "https, http, http", False),
        (2, "https", True),
        (1, "", False),
        (1, ", ,", False),
    ],
)
def test_a_scheme_is_what_the_outermost_of_our_proxies_said(
    settings: Settings, proxies: int, said: str, is_secure: bool
) -> None:
    settings.TRUSTED_PROXIES = proxies
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    seen: list[bool] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.is_secure())
        return HttpResponse()

    HeadersMiddleware(view)(RequestFactory().get("/", headers={"X-Forwarded-Proto": said}))

    assert seen == [is_secure]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forwarded")
    done = run_manage("migrate", "--verbosity", "0", environment=installation(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(params=["web", "sockets"])
def serve(request: pytest.FixtureRequest, data_dir: Path, tmp_path: Path) -> Iterator[Serve]:
    """Start a role with the settings of production, as one of them has to listen to strangers."""
    started: list[Role] = []

    def begin(proxies: str) -> tuple[str, Role]:
        port = str(pick(1)[0])
        environment = installation(
            data_dir,
            DJANGO_SETTINGS_MODULE="todo_project.settings.production",
            FORWARDED_ALLOW_IPS="*",
            TODO_SECRET_KEY=KEY,
            TODO_AUDIT_KEYS=f"1:{KEY}",
            TODO_ALLOWED_HOSTS=LOOPBACK,
            TODO_DATABASE_URL=f"sqlite:///{data_dir / 'todo.sqlite3'}",
            TODO_TRUSTED_PROXIES=proxies,
            TODO_LOG_FORMAT="json",
        )
        arguments = ["manage.py", request.param, "--host", LOOPBACK, "--port", port]
        started.append(Role(arguments, environment=environment, log=tmp_path / f"{request.param}-{port}.log"))
        url = f"http://{LOOPBACK}:{port}"
        assert wait_until(lambda: answers(url, started[-1]), seconds=PATIENCE), started[-1].tail
        return url, started[-1]

    yield begin
    for role in started:
        role.kill()


def answers(url: str, role: Role) -> bool:
    role.check()
    try:
        return httpx.get(f"{url}/livez").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("proxies", "is_secure"), [("0", False), ("1", True)])
def test_a_scheme_is_believed_behind_a_proxy_alone(serve: Serve, proxies: str, is_secure: bool) -> None:
    """Strict-Transport-Security stands in answers over TLS only, so it shows what the platform believes."""
    url, role = serve(proxies)
    assert "Strict-Transport-Security" not in httpx.get(f"{url}/livez").headers
    answer = httpx.get(f"{url}/livez", headers=FORGED)
    assert answer.status_code == 200
    assert ("Strict-Transport-Security" in answer.headers) is is_secure
    for name in FORGED.keys() - {"X-Forwarded-Proto"}:
        one = httpx.get(f"{url}/livez", headers={name: FORGED[name]})
        assert "Strict-Transport-Security" not in one.headers, name
    if role.name.startswith("web"):  # the sockets role serves next to nothing that Django would log
        assert_addresses(url, role, expected="203.0.113.7" if is_secure else LOOPBACK)


def assert_addresses(url: str, role: Role, *, expected: str) -> None:
    """Assert which address the line of a refused request names, however often and however spelt it was sent."""
    for number, headers in enumerate(REPEATED):
        httpx.get(f"{url}/nothing/{number}", headers=headers)
        role.says(f'"path":"/nothing/{number}"')
        [line] = [line for line in role.output.splitlines() if f'"path":"/nothing/{number}"' in line]
        assert json.loads(line)["address"] == expected, headers


@pytest.mark.django_db
@pytest.mark.parametrize("proxies", [0, 1])
def test_no_answer_repeats_a_host_that_was_forged(settings: Settings, proxies: int) -> None:
    settings.TRUSTED_PROXIES = proxies
    answer = Client().get("/api/", headers=FORGED)
    assert answer.status_code == 200
    assert "evil" not in answer.content.decode()
    assert "444" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Proto"])
def test_the_doctor_tells_of_a_proxy_that_is_not_set(
    settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "_counts", Counter())
    settings.TRUSTED_PROXIES = 1
    ask_and_beat(name)
    assert platform.check_proxies(role_statuses()).level is Level.OK
    settings.TRUSTED_PROXIES = 0
    ask_and_beat("Accept")
    assert platform.check_proxies(role_statuses()).level is Level.OK
    ask_and_beat(name)
    assert counters.snapshot()[FORWARDED_IGNORED] == 1
    for of_the_doctor in (0, 1):
        settings.TRUSTED_PROXIES = of_the_doctor
        finding = platform.check_proxies(role_statuses())
        assert (finding.level, "TODO_TRUSTED_PROXIES=1" in finding.mend) == (Level.WARN, True)


def ask_and_beat(name: str) -> None:
    Client().get("/livez", headers={name: FORGED.get(name, "text/html")})
    beat("sockets")
