"""Messages as RFC 8291 has them, byte for byte, and a key that is recognised as RFC 8292 says."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django.fixtures import Settings

from accounts_app.credentials.push_keys import public_push_key
from notifications_app.push.encryption import decode_base64, encode_base64, encrypt_message
from notifications_app.push.identification import vapid_header
from notifications_app.tests.push_services import VAPID_KEY, Browser, Push, from_base64

# RFC 8291, appendix A
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
NOW = datetime.now(UTC)


def test_a_message_is_that_of_the_rfc() -> None:
    number = int.from_bytes(from_base64(SENDER), "big")
    body = encrypt_message(
        PLAIN,
        p256dh=from_base64(POINT),
        auth=from_base64(AUTH),
        salt=from_base64(SALT),
        sender=ec.derive_private_key(number, ec.SECP256R1()),
    )
    assert encode_base64(body) == BODY


def test_the_browser_reads_it_and_no_two_are_alike() -> None:
    browser = Browser()
    bodies = {encrypt_message(PLAIN, p256dh=browser.point, auth=browser.secret) for _ in range(3)}
    assert len(bodies) == 3
    assert {browser.decrypt(body) for body in bodies} == {PLAIN}


def test_another_browser_does_not() -> None:
    browser = Browser()
    body = encrypt_message(PLAIN, p256dh=browser.point, auth=browser.secret)
    with pytest.raises(InvalidTag):
        Browser().decrypt(body)


@pytest.mark.parametrize("point", [b"", b"\x04" + b"\x00" * 64, b"\x02" * 33, b"\x04" * 66])
def test_a_point_off_the_curve_is_refused(point: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several sentences, of several libraries
        encrypt_message(PLAIN, p256dh=point, auth=b"0" * 16)


@pytest.mark.parametrize("text", ["a b", "AA=A", "ä", "A", "AB", "AAAA*"])
def test_base64_has_one_way_of_writing(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several sentences, of several libraries
        decode_base64(text)


def test_the_token_says_to_whom_until_when_and_who_answers_for_it(settings: Settings) -> None:
    settings.VAPID_PRIVATE_KEY, settings.BASE_URL = VAPID_KEY, ""
    settings.DEFAULT_FROM_EMAIL = "Todo <todo@example.org>"
    header = vapid_header("https://push.example.org:444/a?b", now=NOW)
    claims = Push("", {"authorization": header}, b"").claims("https://push.example.org:444")
    assert claims["sub"] == "mailto:todo@example.org"
    assert NOW < datetime.fromtimestamp(claims["exp"], UTC) <= NOW + timedelta(hours=24)
    assert header.endswith(f", k={public_push_key()}")


def test_the_public_key_is_that_of_the_private_one(settings: Settings) -> None:
    settings.VAPID_PRIVATE_KEY = VAPID_KEY
    expected = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
    assert public_push_key() == expected
    settings.VAPID_PRIVATE_KEY = ""
    assert public_push_key() is None
