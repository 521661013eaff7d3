"""Who may register with `up` where nobody has set it."""

from dataclasses import replace

import pytest
from pytest_django.fixtures import Settings

from accounts_app.operations.accounts import UNLESS_PROXIED
from todo_project.up.platform import registration_of


@pytest.mark.parametrize(
    ("host", "proxies", "chosen", "expected"),
    [
        ("127.0.0.1", 0, "", UNLESS_PROXIED),
        ("::1", 0, "", UNLESS_PROXIED),
        ("localhost", 0, "", UNLESS_PROXIED),
        ("127.0.0.1", 1, "", "closed"),
        ("0.0.0.0", 0, "", "closed"),  # noqa: S104 - what is refused
        ("192.168.1.5", 0, "", "closed"),
        ("192.168.1.5", 0, "open", "open"),
        ("127.0.0.1", 0, "closed", "closed"),
    ],
)
def test_up_is_open_by_itself_on_loopback_alone(
    settings: Settings, host: str, proxies: int, chosen: str, expected: str
) -> None:
    settings.REGISTRATION, settings.TRUSTED_PROXIES = "closed", proxies
    settings.ENV = replace(settings.ENV, registration=chosen)

    assert registration_of(host) == expected
