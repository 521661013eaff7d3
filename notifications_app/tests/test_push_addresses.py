"""Strangers name the endpoints: none may lead to a machine that is not on the internet."""

import socket
from ipaddress import IPv4Address, ip_address

import pytest
from pytest_django.fixtures import Settings

from notifications_app.push.addresses import AddressForbidden, check_endpoint, is_public, resolve_host

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", str(IPv4Address(0)),
    "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1",
    "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::",
    "2001:db8::1",
)  # fmt: skip


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/a",
        "https://push.example.org",
        "HTTPS:/push.example.org/a",
        "https://user@push.example.org/a",
        "https://user:word@push.example.org/a",
        "https://push.example.org:8443/a",
        "https://push.example.org:0/a",
        "https://push.example.org:99999/a",
        "https://push.example.org/a b",
        "https://push.example.org/a\r\nX: y",
        "https://push.example.org/a#b",
        "https://push.example.org\\@10.0.0.1/a",
        "https://pusch.exämple.org/a",
        "https://localhost/a",
        "https://localhost./a",
        "https://redis/a",
        "https://db.internal/a",
        "https://printer.local/a",
        "https://127.0.0.1/a",
        "https://10.0.0.1/a",
        "https://169.254.169.254/latest/meta-data",
        "https://127.1/a",
        "https://2130706433/a",
        "https://0x7f.0.0.1/a",
        "https://0177.0.0.1/a",
        "https://1.0x1/a",
        "https://[::1]/a",
        "https://[::ffff:10.0.0.1]/a",
        "https://\N{KELVIN SIGN}ey.example.org/a",
        "https://x.localho\N{LATIN SMALL LETTER LONG S}t/a",
        "https://push..example.org/a",
        "https://-.example.org/a",
        f"https://{'a' * 64}.example.org/a",
        "https:///a",
        "https://./a",
        "file:///etc/passwd",
        "",
        f"https://push.example.org/{'a' * 2000}",
    ],
)
def test_an_endpoint_that_leads_elsewhere_is_refused(endpoint: str) -> None:
    with pytest.raises(AddressForbidden):
        check_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b_-x",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QG-x",
        "https://wns2-by3p.notify.windows.com/w/?token=BQYA%2bx",
        "https://8.8.8.8/a",
        f"https://{'a' * 63}.example.org./a",
    ],
)
def test_those_of_push_services_are_taken(endpoint: str) -> None:
    assert check_endpoint(endpoint)[1] == 443


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_is_not_on_the_internet_is_not(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2a00:1450:4001:830::200e", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_one_on_the_internet_is(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("found", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["fe80::1%eth0"]])
def test_a_name_that_leads_inside_is_refused(found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(AddressForbidden):
        resolve_host("push.example.org", 443)


def test_hosts_that_operators_name_may_be_anywhere(settings: Settings) -> None:
    settings.PUSH_TRUSTED_HOSTS = frozenset({"localhost"})
    assert check_endpoint("https://localhost:8443/a") == ("localhost", 8443)
    assert resolve_host("localhost", 8443)
    with pytest.raises(AddressForbidden):
        check_endpoint("https://127.0.0.1:8443/a")
