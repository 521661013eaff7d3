import pytest
from pytest_django import Settings

from realtime_app.server.origin import Handshake, is_handshake_allowed, read_handshake

SESSION = "abc"


@pytest.fixture(autouse=True)
def _hosts(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["todo.example", ".wild.example", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example", "https://*.apps.example"]


@pytest.mark.parametrize(
    ("host", "origin", "session"),
    [
        ("todo.example", "https://todo.example", SESSION),
        ("todo.example", "http://todo.example", SESSION),
        ("todo.example:443", "https://todo.example", SESSION),
        ("todo.example", "https://todo.example:443", SESSION),
        ("todo.example:8000", "http://todo.example:8000", None),
        ("TODO.example", "https://todo.EXAMPLE", SESSION),
        ("a.wild.example", "https://a.wild.example", SESSION),
        ("[::1]:8000", "http://[::1]:8000", SESSION),
        ("todo.example", "https://app.example", SESSION),
        ("todo.example", "https://one.apps.example", SESSION),
        ("todo.example", None, None),
    ],
)
def test_our_pages_and_clients_that_are_no_browser_are_let_in(
    host: str, origin: str | None, session: str | None
) -> None:
    assert is_handshake_allowed(Handshake(host, origin, session))


@pytest.mark.parametrize(
    ("host", "origin", "session"),
    [
        ("todo.example", "https://evil.example", SESSION),
        ("todo.example", "https://evil.example", None),
        ("todo.example", "https://todo.example.evil.example", SESSION),
        ("todo.example", "https://todo.example@evil.example", SESSION),
        ("todo.example", "http://todo.example:8001", SESSION),
        ("todo.example", "http://app.example", SESSION),
        ("todo.example", "https://b.wild.example", SESSION),
        ("todo.example", "null", SESSION),
        ("todo.example", "", SESSION),
        ("todo.example", "http://[", SESSION),
        ("todo.example", "http://todo.example:port", SESSION),
        ("todo.example", None, SESSION),
        ("evil.example", "https://evil.example", SESSION),
        ("evil.example", None, None),
        ("", None, None),
        ("[", None, None),
    ],
)
def test_foreign_pages_hosts_and_missing_origins_are_not(
    host: str, origin: str | None, session: str | None
) -> None:
    assert not is_handshake_allowed(Handshake(host, origin, session))


def test_a_handshake_is_read_from_its_headers(settings: Settings) -> None:
    headers = [
        (b"host", b"todo.example"),
        (b"origin", b"https://todo.example"),
        (b"cookie", f"a=b; {settings.SESSION_COOKIE_NAME}=xyz".encode()),
    ]
    assert read_handshake(headers) == Handshake("todo.example", "https://todo.example", "xyz")
    assert read_handshake([]) == Handshake("", None, None)
