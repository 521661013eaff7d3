"""Headers and forms that cost whoever parses them seconds, or make them fail, from anybody."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from todo_project.tests.hostile.wire import Answer, exchange, request
from todo_project.tests.platform.databases import new_sqlite
from todo_project.tests.platform.fixtures import templates
from todo_project.tests.platform.people import PASSWORD
from todo_project.tests.platform.platforms import Web, platform

__all__ = ["templates"]
slow = [pytest.mark.slow, pytest.mark.timeout(300)]

INVENTED = "Cookie: csrftoken=" + "a" * 32
# gunicorn takes no header longer than 8,190 bytes.
LONG = 8000
TIMES = 10
CODECS = ["punycode", "idna", "undefined", "zlib", "rot13", "utf-16", "latin-1"]


@dataclass(frozen=True)
class Servers:
    up: Web
    web: Web

    def by_name(self, name: str) -> Web:
        server: Web = getattr(self, name)
        return server


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, templates: Path) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("headers")
    with platform(folder, new_sqlite(folder, templates)) as made:
        up, web = made.up(), made.web()
        for each in (up, web):
            each.answers()
        yield Servers(up, web)


def processor_seconds(server: Web) -> float:
    """How much processor time a server, with its children, has taken so far."""
    ticks = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getsid(int(name)) == server.role.pid:
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        except (ProcessLookupError, FileNotFoundError):
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def cost(server: Web, call: bytes) -> tuple[float, set[int]]:
    """Send a call ten times; return how much processor time that took, and the statuses."""
    began = processor_seconds(server)
    statuses = {exchange(server.url, call).status for _ in range(TIMES)}
    return processor_seconds(server) - began, statuses


def form(content_type: str, body: bytes) -> bytes:
    """A form for the admin, with a cookie that has the check for its token read it."""
    return request(
        "POST",
        "/admin/",
        f"Content-Type: {content_type}",
        INVENTED,
        f"Content-Length: {len(body)}",
        body=body,
    )


def field(value: bytes, *, headers: bytes = b"") -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="a"\r\n' + headers + b"\r\n" + value + b"\r\n"


@pytest.mark.parametrize("name", ["up", "web"])
class TestHeaders:
    pytestmark = slow

    @pytest.mark.parametrize(
        ("header", "status"),
        [
            ('Content-Type: a/b;"' + ";" * LONG, 200),
            ("Content-Type: a/b" + ";" * LONG, 200),
            ('Cookie: a="' + "\\" * LONG + '"', 400),
            ('Cookie: a="' + "\\101" * (LONG // 4) + '"', 400),
        ],
        ids=["a quote of semicolons", "semicolons", "backslashes", "escapes"],
    )
    def test_no_header_costs_more_than_a_call(
        self, servers: Servers, name: str, header: str, status: int
    ) -> None:
        server = servers.by_name(name)
        plainly, _ = cost(server, request("GET", "/livez"))

        seconds, statuses = cost(server, request("GET", "/livez", header))

        assert statuses == {status}
        assert seconds < 0.2 + 5 * plainly  # it was 0.5 to 7 s

    @pytest.mark.parametrize("codec", [*CODECS, "no-such-codec"])
    @pytest.mark.parametrize(
        "path", ["/livez", "/api/tasks/?search=%61", "/admin/login/?next=%61", "/nowhere"]
    )
    def test_a_type_of_no_body_is_nobody_s_concern(
        self, servers: Servers, name: str, codec: str, path: str
    ) -> None:
        url = servers.by_name(name).url
        plain = exchange(url, request("GET", path)).status

        for parameter in (f"charset={codec}", f"x*={codec}''%41%ff", f"charset*=utf-8''{codec}"):
            assert (
                exchange(url, request("GET", path, f"Content-Type: text/plain; {parameter}")).status == plain
            )

    @pytest.mark.parametrize("codec", CODECS)
    def test_a_body_is_utf_8_or_not_read(self, servers: Servers, name: str, codec: str) -> None:
        url = servers.by_name(name).url
        for parameter in (
            f"charset={codec}",
            f'CHARSET = "{codec}"',
            f"x*={codec}''%41%ff",
            f"charset*0={codec}",
        ):
            multipart = form(
                f"multipart/form-data; boundary=b; {parameter}", field(b"-" + b"zz9a" * 3000) + b"--b--\r\n"
            )
            assert_refused(exchange(url, multipart), 415)
            assert_refused(
                exchange(url, form(f"application/x-www-form-urlencoded; {parameter}", b"a=1")), 415
            )

    def test_a_field_in_punycode_costs_no_more_than_a_call(self, servers: Servers, name: str) -> None:
        """It was 7 s for 600 KB."""
        server = servers.by_name(name)
        plainly, _ = cost(server, request("GET", "/livez"))
        body = field(b"x" * 200_000 + b"-" + b"a" * 40_000) + b"--b--\r\n"

        seconds, statuses = cost(server, form("multipart/form-data; boundary=b; charset=punycode", body))

        assert statuses == {415}
        assert seconds < 0.3 + 5 * plainly

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("multipart/form-data; boundary=b", field(b"x", headers=b"a:;\r\n" * 150) * 999),
            ("multipart/form-data; boundary=b", field(b"x", headers=b'a: b;"' + b";" * 800 + b"\r\n") * 999),
            ("application/x-www-form-urlencoded", b"a=" + b"%zz" * 300_000),
        ],
        ids=["headers of parts", "semicolons of parts", "escapes"],
    )
    def test_a_form_of_a_stranger_is_short(
        self, servers: Servers, name: str, content_type: str, body: bytes
    ) -> None:
        server = servers.by_name(name)
        plainly, _ = cost(server, request("GET", "/livez"))

        seconds, statuses = cost(server, form(content_type, body[:1_000_000]))

        assert statuses == {413}
        assert seconds < 0.3 + 5 * plainly  # it was 1 to 12 s

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "application/json;",
            "application/json; charset=utf-8",
            'application/json; charset="UTF-8"',
            "application/json ; Charset = utf8",
        ],
    )
    def test_usual_types_are_read(self, servers: Servers, name: str, content_type: str) -> None:
        body = b'{"refresh": "none"}'
        headers = (
            f"Content-Type: {content_type}",
            f"Content-Length: {len(body)}",
            'Cookie: a="\\"b\\054\\""',
        )

        answer = exchange(
            servers.by_name(name).url, request("POST", "/api/auth/token/refresh/", *headers, body=body)
        )

        assert answer.status == 401


def assert_refused(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert b"application/problem+json" in answer.head
    assert b"x-request-id" in answer.head


@pytest.mark.django_db
class TestForms:
    """The bound of forms within Django."""

    def client(self, who: User | None = None) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.cookies["csrftoken"] = "a" * 32
        if who:
            client.force_login(who)
        return client

    @pytest.mark.parametrize("path", ["/admin/", "/admin/accounts_app/user/add/", "/"])
    def test_nobody_and_no_mere_user_sends_a_long_one(self, path: str) -> None:
        for client in (self.client(), self.client(make_user())):
            assert client.post(path, {"a": "x" * 20_000}).status_code == 413
            assert client.post(path, {"a": "x" * 15_000}).status_code == 403

    def test_a_token_is_nobody_for_a_page(self) -> None:
        assert (
            self.client().post("/", {"a": "x" * 20_000}, headers={"authorization": "Bearer x"}).status_code
            == 413
        )

    def test_staff_do(self) -> None:
        client = self.client(User.objects.create_superuser("root", password=PASSWORD))

        token = client.get("/admin/accounts_app/user/add/").context["csrf_token"]
        answer = client.post(
            "/admin/accounts_app/user/add/", {"csrfmiddlewaretoken": token, "a": "x" * 500_000}
        )

        assert answer.status_code == 200  # the form again, with what is lacking


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html"),
        ("TEXT/HTML ;q=1", "text/html"),
        ("text/html; x*=no-such-codec''%41", "text/html"),
        ("text/html; x*=undefined''%41", "text/html"),
        ("application/json", "application/problem+json"),
        ("application/json; x*=undefined''%41", "application/problem+json"),
    ],
)
def test_a_refusal_is_what_was_asked_for_however_it_was_asked(
    settings: Any, accept: str, media_type: str
) -> None:
    settings.FAILED_SIGNINS_PER_ADDRESS = 1
    form = {"username": "nobody", "password": "wrong"}
    Client().post("/admin/login/", form)

    answer = Client().post("/admin/login/", form, headers={"accept": accept})

    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (429, media_type)
