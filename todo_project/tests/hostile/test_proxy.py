"""What the proxy lets through, and what it makes of what strangers say about themselves."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from devstack.certificates import Certificates
from devstack.paths import REPOSITORY
from devstack.ports import LOOPBACK, pick
from todo_project.tests.platform.edge import Edge, half_body, recorder, whole
from todo_project.tests.platform.proxy import CONFIGURATION, proxy
from todo_project.tests.platform.roles import PATIENCE

MIB = 1024 * 1024
# Of strangers' networks, as the proxy would see them: believed here only so that a test can have many addresses.
BELIEVED = "default_type application/octet-stream;"
BELIEVE = f"{BELIEVED} set_real_ip_from {LOOPBACK}; real_ip_header X-Test-Address;"


@contextmanager
def edge(folder: Path, **changes: str) -> Iterator[Edge]:
    with (
        recorder("web") as web,
        recorder("sockets") as sockets,
        proxy(folder, web=web.server_port, sockets=sockets.server_port, changes=changes) as url,
    ):
        yield Edge(url, web)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with edge(tmp_path_factory.mktemp("edge")) as made:
        yield made


@pytest.mark.parametrize(
    "path",
    [
        "/livez", "/livez/", "/readyz", "/startupz", "/metrics",
        "/dapr/subscribe", "/dapr/events/tasks", "/dapr", "//dapr/subscribe", "/%64apr/subscribe",
        "/dapr%2fsubscribe", "/api/../dapr/subscribe", "/api/%2e%2e/dapr/subscribe", "/./dapr/subscribe",
        "/job/x", "/wake/sweeps", "/reminder-cron",
    ],
)  # fmt: skip
def test_what_is_for_sidecars_and_orchestrators_is_not_there(front: Edge, path: str) -> None:
    before = len(front.web.paths)
    assert front.status(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") in (400, 404)
    assert front.web.paths[before:] == []


@pytest.mark.parametrize(
    "sent",
    [
        "CONNECT a:1 HTTP/1.1", 'G"T /livez HTTP/1.1', "GET  HTTP/1.1", "OPTIONS * HTTP/1.1", "PRI * HTTP/2.0",
        "hello", "GET /api/tasks/ HTTP/1.1\r\nContent-Length: x", "GET /../ HTTP/1.1", "GET /a/%2e HTTP/1.1",
    ],
)  # fmt: skip
def test_what_is_no_request_is_no_failure_of_ours(front: Edge, sent: str) -> None:
    assert 400 <= front.status(f"{sent}\r\nHost: localhost\r\nConnection: close\r\n\r\n") < 500


def test_the_answer_to_it_is_for_nobody_to_ask_for(front: Edge) -> None:
    assert front.call("GET", "/problems/400").status_code == 404
    problem = front.call("GET", "/api/tasks/", headers={"Host": "a b"})
    assert (problem.status_code, problem.json()["code"]) == (400, "malformed")


def test_a_path_is_passed_on_as_it_was_sent(front: Edge) -> None:
    path = "/api/tasks/?search=%2fdapr%2f+%26+..&tag=a%20b"
    told = front.call("GET", path).json()
    assert (told["by"], told["path"]) == ("web", path)


def test_sockets_have_a_server_of_their_own(front: Edge) -> None:
    assert front.call("GET", "/ws/tasks/").json()["by"] == "sockets"


def test_what_strangers_say_about_themselves_is_replaced(front: Edge) -> None:
    spoofed = {
        "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1", "X-Forwarded-Prefix": "/evil", "X-Real-IP": "10.0.0.1", "Forwarded": "for=10.0.0.1",
        "X_Forwarded_For": "10.0.0.1", "Proxy": "http://evil.example", "dapr-api-token": "guess",
        "Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings",
    }  # fmt: skip
    headers = front.call("GET", "/api/tasks/", headers=spoofed).json()["headers"]
    seen = {name: value for name, value in headers if name in {key.lower() for key in spoofed}}
    assert seen == {"x-forwarded-for": LOOPBACK, "x-forwarded-proto": "http", "connection": "close"}
    assert len(seen) == sum(name in seen for name, _ in headers)


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/api/tasks/", MIB, 200),
        ("/api/tasks/", MIB + 1, 413),
        ("/api/auth/token/", 11 * MIB, 413),
        ("/api/tasks/bulk/", 5 * MIB, 200),
        ("/api/tasks/bulk", 5 * MIB, 200),
        ("/todos/bulk/", 2 * MIB, 200),
        ("/api/3/tasks/bulk/", 2 * MIB, 200),
        ("/api/tasks/bulk/", 5 * MIB + 1, 413),
        ("/api/tasks/bulk/more/", 2 * MIB, 413),
    ],
)
def test_a_body_is_bounded_by_path(front: Edge, path: str, size: int, status: int) -> None:
    answer = front.call("POST", path, content=b"x" * size)
    assert answer.status_code == status
    if status == 413:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (answer.json()["code"], answer.json()["status"]) == ("too_large", 413)


def test_a_body_without_a_length_is_bounded_as_it_comes(front: Edge) -> None:
    before = len(front.web.paths)
    answer = front.call("POST", "/api/tasks/", content=iter([b"x" * 65536] * 40))
    assert answer.status_code == 413
    assert front.web.paths[before:] == []


def test_a_request_is_passed_on_when_it_is_whole(front: Edge) -> None:
    before = len(front.web.paths)
    with front.raw(half_body(LOOPBACK)) as slow:
        assert front.call("GET", "/api/tasks/?first").status_code == 200
        assert front.web.paths[before:] == ["/api/tasks/?first"]
        slow.sendall(b"x" * 96)
        assert b"200" in slow.makefile("rb").readline()
    assert front.web.paths[before:] == ["/api/tasks/?first", "/api/tasks/?slow"]


def test_a_body_without_a_length_is_passed_on_with_one(front: Edge) -> None:
    told = front.call("POST", "/api/tasks/", content=iter([b"x" * 1000] * 3)).json()
    assert ["content-length", "3000"] in told["headers"]


def test_a_platform_that_is_away_is_said_so(tmp_path: Path) -> None:
    with proxy(tmp_path, web=1, sockets=1) as url:
        answer = httpx.get(f"{url}/api/tasks/", timeout=PATIENCE)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("many", "same", "other"),
    [
        (["198.51.100.7"] * 100, "198.51.100.7", "198.51.100.8"),
        ([f"2001:db8:0:1::{n:x}" for n in range(1, 101)], "2001:db8:0:1:ffff::1", "2001:db8:0:2::1"),
    ],
    ids=["an IPv4 address", "an IPv6 household"],
)
def test_one_client_cannot_take_all_places(tmp_path: Path, many: list[str], same: str, other: str) -> None:
    with edge(tmp_path, **{BELIEVED: BELIEVE}) as front, ExitStack() as held:
        for address in many:
            held.enter_context(front.raw(half_body(address)))
        assert front.status(whole(same)) == 429
        assert front.status(whole(other)) == 200


def test_nothing_is_said_about_the_server(front: Edge) -> None:
    assert front.call("GET", "/dapr/").headers["Server"] == "nginx"


def test_the_log_has_no_query(tmp_path: Path) -> None:
    with edge(tmp_path) as front:
        front.call("GET", "/api/tasks/?search=private")
    [line] = (tmp_path / "access.log").read_text().splitlines()
    assert json.loads(line)["path"] == "/api/tasks/"
    assert "private" not in line


def test_with_tls_plain_requests_are_sent_there(tmp_path: Path) -> None:
    certificates, [secure] = Certificates(tmp_path / "tls"), pick(1)
    certificates.ensure()
    changes = {
        "listen 8443 ssl;": f"listen {LOOPBACK}:{secure} ssl;",
        "listen [::]:8443 ssl;": "",
        "/etc/nginx/tls/fullchain.pem": str(certificates.server),
        "/etc/nginx/tls/privkey.pem": str(certificates.key),
    }
    trust = ssl.create_default_context(cafile=str(certificates.authority))
    with (
        recorder("web") as web,
        proxy(tmp_path, web=web.server_port, sockets=1, changes=changes, name="nginx-tls.conf") as url,
    ):
        plain = httpx.get(f"{url}/api/tasks/?search=x", timeout=PATIENCE)
        told = httpx.get(f"https://localhost:{secure}/api/tasks/", verify=trust, timeout=PATIENCE).json()
    assert (plain.status_code, plain.headers["Location"]) == (308, f"https://{LOOPBACK}/api/tasks/?search=x")
    assert ["x-forwarded-proto", "https"] in told["headers"]


def test_what_the_page_says_to_put_behind_a_load_balancer_is_believed(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "operate" / "before-you-expose-it.md").read_text()
    servers, addresses, scheme = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    configured = (CONFIGURATION / "locations.conf").read_text()
    assert [line for line in servers.splitlines() if line.rpartition(" ")[0] not in configured] == []
    changes = {
        BELIEVED: BELIEVED + addresses.replace("10.0.0.0/8", f"{LOOPBACK}/32"),
        "proxy_set_header X-Forwarded-Proto $scheme;": scheme,
    }
    with edge(tmp_path, **changes) as front:
        told = front.call("GET", "/api/tasks/", headers={"X-Forwarded-For": "10.1.1.1, 198.51.100.9"}).json()
    assert ["x-forwarded-for", "198.51.100.9"] in told["headers"]
    assert ["x-forwarded-proto", "https"] in told["headers"]
