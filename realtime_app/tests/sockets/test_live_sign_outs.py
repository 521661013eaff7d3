"""Sockets and tickets of a browser's session end with it, within the five seconds of the contract."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import httpx
import pytest

from realtime_app.tests.live import Client, Server, open_socket

# A process of our own has to start first.
pytestmark = pytest.mark.timeout(300)

PROMISED_SECONDS = 5.0
SLACK_SECONDS = 5.0  # of a machine that is busy with other tests
ENDINGS = (
    "flush_session",
    "cycle_session",
    "expire_session",
    "delete_sessions",
    "change_password",
    "deactivate",
)


class Browser:
    """A browser with its own session."""

    def __init__(self, server: Server, user_id: int) -> None:
        self.server = server
        self.key: str = server.do("make_session", user_id)
        self.http = httpx.Client(base_url=server.base_url, timeout=30, cookies={"sessionid": self.key})

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def token(self, page: str) -> str:
        """Return the CSRF token of a page."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.http.get(page).text)
        assert found
        return found[1]

    def post(self, page: str, url: str, **headers: str) -> httpx.Response:
        """Send a form as the page does."""
        return self.http.post(url, headers={"X-CSRFToken": self.token(page), **headers})

    @contextmanager
    def socket(self, **hello: object) -> Iterator[Client]:
        """Open a socket with the cookie and say hello."""
        cookie = {"Cookie": f"sessionid={self.key}"}
        with open_socket(self.server, origin=self.server.base_url, additional_headers=cookie) as client:
            client.say("hello", **hello)
            yield client

    def ticket(self) -> str:
        ticket: str = self.post("/admin/", "/api/ws-tickets/").json()["ticket"]
        return ticket


@pytest.fixture
def user_id(server: Server) -> int:
    made: int = server.do("make_user", is_staff=True)["user_id"]
    return made


@pytest.fixture
def browser(server: Server, user_id: int) -> Iterator[Browser]:
    with Browser(server, user_id) as opened:
        yield opened


def ends_soon(client: Client, end: Callable[[], object]) -> None:
    """Check that the socket is open, and closes with 4401 after the action."""
    client.expect("ready")
    end()
    began = monotonic()
    assert client.until_closed()[0] == 4401
    assert monotonic() - began < PROMISED_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize(
    ("page", "url"), [("/admin/", "/admin/logout/"), ("/admin/", "/api/auth/session/logout/")]
)
def test_signing_out_in_the_browser_closes_its_sockets(browser: Browser, page: str, url: str) -> None:
    with browser.socket() as client:
        ends_soon(client, lambda: browser.post(page, url))


def test_a_socket_that_came_of_a_ticket_of_the_session_ends_with_it_too(browser: Browser) -> None:
    ticket = browser.ticket()
    with open_socket(browser.server) as client:
        client.say("hello", ticket=ticket)
        ends_soon(client, lambda: browser.post("/admin/", "/admin/logout/"))


@pytest.mark.parametrize("ending", ENDINGS)
def test_however_a_session_ends_its_sockets_close(
    server: Server, user_id: int, browser: Browser, ending: str
) -> None:
    key = {"key": browser.key} if "session" in ending else {}
    with browser.socket() as client:
        ends_soon(client, lambda: server.do(ending, user_id, **key))


@pytest.mark.parametrize("ending", ENDINGS)
def test_however_a_session_ends_its_tickets_open_nothing(
    server: Server, user_id: int, browser: Browser, ending: str
) -> None:
    ticket = browser.ticket()
    server.do(ending, user_id, **({"key": browser.key} if "session" in ending else {}))
    with open_socket(server) as client:
        client.say("hello", ticket=ticket)
        assert client.until_closed()[0] == 4401


def test_the_end_of_one_session_leaves_those_of_another_browser_and_of_tokens(
    server: Server, user_id: int, browser: Browser
) -> None:
    with Browser(server, user_id) as other, browser.socket() as ending, other.socket() as staying:
        staying.expect("ready")
        ends_soon(ending, lambda: browser.post("/admin/", "/admin/logout/"))
        server.do("write", user_id)
        staying.until_event(1)


def test_a_family_of_tokens_that_expires_closes_its_sockets(server: Server) -> None:
    person = server.user()
    with person.socket() as client:
        ends_soon(client, lambda: server.do("expire_families", person.id))


def test_a_key_that_was_signed_out_opens_no_socket(browser: Browser) -> None:
    browser.post("/admin/", "/admin/logout/")
    with browser.socket() as client:
        assert client.until_closed()[0] == 4401


def test_a_refused_handshake_does_not_end_the_session(server: Server, user_id: int, browser: Browser) -> None:
    """A socket only reads the session. Only HTTP changes it, since its answer can set a cookie."""
    with browser.socket() as client:
        client.expect("ready")
    assert browser.http.get("/api/auth/me/").status_code == 200
