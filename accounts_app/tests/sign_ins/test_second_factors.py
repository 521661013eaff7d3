"""The second factor: turned on, asked for at every door, turned off."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.credentials.encryption import (
    UnknownSecretKey,
    decrypt_secret,
    encrypt_anew,
    encrypt_secret,
)
from accounts_app.credentials.one_time_codes import code_at, plain_code
from accounts_app.models import Attempt, RecoveryCode, SecondFactor, User
from accounts_app.operations.second_factors import sealing
from accounts_app.operations.second_factors.sealing import Resealed, reseal_second_factors
from accounts_app.operations.second_factors.turning import remove_second_factor
from accounts_app.tests.factories import PASSWORD, browser_of, make_user, signed_in_client
from accounts_app.tests.mail.mailed_links import letters
from events_app.log.history import events_between
from foundation.database.transactions import clock

pytestmark = pytest.mark.django_db
FACTOR = "/api/auth/second-factor/"
CONFIRM = "/api/auth/second-factor/confirm/"
TOKEN = "/api/auth/token/"
SESSION = "/api/auth/session/"
ME = "/api/auth/me/"
DOORS = (TOKEN, SESSION)


class Clock:
    """The database's clock, which moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, seconds: float = 30) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def watch() -> Iterator[Clock]:
    moving = Clock()
    with clock(moving):
        yield moving


@pytest.fixture
def ann() -> User:
    return make_user("ann", email="ann@example.org")


class Phone:
    """An authenticator, and the recovery codes on paper."""

    def __init__(self, client: APIClient, watch: Clock) -> None:
        self._watch = watch
        made = client.post(FACTOR, {})
        assert made.status_code == 201
        self.secret, self.uri = made.json()["secret"], made.json()["uri"]
        confirmed = client.post(CONFIRM, {"code": self.code})
        assert confirmed.status_code == 200
        self.recovery_codes: list[str] = confirmed.json()["recovery_codes"]
        watch.go()

    @property
    def code(self) -> str:
        return code_at(self.secret, self._watch.now)


def knock(door: str, code: str | None = None, *, password: str = PASSWORD):  # type: ignore[no-untyped-def]
    body = {"username": "ann", "password": password} | ({} if code is None else {"code": code})
    return APIClient().post(door, body)


def problem(answer) -> tuple[int, str]:  # type: ignore[no-untyped-def]
    return answer.status_code, answer.json()["code"]


def test_turning_it_on_shows_the_secret_once_and_ten_recovery_codes_once(ann: User, watch: Clock) -> None:
    client = signed_in_client(ann)
    assert client.get(FACTOR).json() == {"enabled": False, "confirmed_at": None, "recovery_codes_left": 0}

    phone = Phone(client, watch)

    assert re.fullmatch(r"[A-Z2-7]{32}", phone.secret)
    assert phone.uri.startswith("otpauth://totp/")
    assert f"secret={phone.secret}" in phone.uri
    assert len(set(phone.recovery_codes)) == 10
    state = client.get(FACTOR)
    assert (state.json()["enabled"], state.json()["recovery_codes_left"]) == (True, 10)
    assert phone.secret not in state.content.decode()
    assert problem(client.post(FACTOR, {})) == (409, "second_factor_on")
    assert problem(client.post(CONFIRM, {"code": phone.code})) == (409, "second_factor_on")
    [event] = events_between(ann.pk, after=0, to=10)
    assert (event.type, event.data["enabled"]) == ("account.second_factor_changed", True)
    [letter] = letters()
    assert letter.text.subject == "Your second factor was changed"
    assert "Personal tokens go on" in letter.text.body


def test_a_phone_reads_the_uri_from_the_qr_code() -> None:
    made = signed_in_client(make_user("ü" * 60)).post(FACTOR, {}).json()
    edge = ["0" * len(made["qr"])] * 4
    rows = [f"0000{row}0000" for row in (*edge, *made["qr"], *edge)]
    picture = bytes(0 if module == "1" else 255 for row in rows for module in row)
    [found] = zxingcpp.read_barcodes(memoryview(picture).cast("B", (len(rows), len(rows))))
    assert (found.format, found.text) == (zxingcpp.BarcodeFormat.QRCode, made["uri"])


def test_the_database_shows_neither_the_secret_nor_a_code(ann: User, watch: Clock) -> None:
    phone = Phone(signed_in_client(ann), watch)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_app_secondfactor")
        factors = str(cursor.fetchall())
        cursor.execute("SELECT * FROM accounts_app_recoverycode")
        codes = str(cursor.fetchall())

    assert phone.secret not in factors
    assert not any(each in codes or plain_code(each) in codes for each in phone.recovery_codes)


def test_a_factor_that_was_not_confirmed_is_asked_for_nowhere(ann: User, watch: Clock) -> None:
    client = signed_in_client(ann)
    assert problem(client.post(CONFIRM, {"code": "123456"})) == (409, "second_factor_off")
    first = client.post(FACTOR, {}).json()["secret"]
    second = client.post(FACTOR, {}).json()["secret"]

    assert first != second
    assert knock(TOKEN).status_code == 200
    assert problem(client.post(CONFIRM, {"code": code_at(first, watch.now)})) == (400, "wrong_code")
    assert client.post(CONFIRM, {"code": code_at(second, watch.now)}).status_code == 200


def test_turning_it_on_ends_all_other_sign_ins(ann: User, watch: Clock) -> None:
    here, there, browser = signed_in_client(ann), signed_in_client(ann), browser_of(ann)

    Phone(here, watch)

    assert here.get(ME).status_code == 200
    assert there.get(ME).status_code == 401
    assert browser.get(ME).status_code == 401


@pytest.mark.parametrize("door", DOORS)
def test_no_door_opens_without_a_code(ann: User, watch: Clock, door: str) -> None:
    phone = Phone(signed_in_client(ann), watch)

    assert problem(knock(door)) == (401, "second_factor_required")
    assert problem(knock(door, "")) == (401, "second_factor_required")
    assert problem(knock(door, "000000")) == (401, "second_factor_refused")
    assert problem(knock(door, phone.code, password="wrong")) == (401, "sign_in_refused")
    assert problem(knock(door, password="wrong")) == (401, "sign_in_refused")
    assert knock(door, phone.code).status_code == 200
    assert events_between(ann.pk, after=0, to=10)[-1].data["second_factor"] == "code"


def test_no_code_opens_twice_nor_one_before_it(ann: User, watch: Clock) -> None:
    phone = Phone(signed_in_client(ann), watch)
    before = phone.code
    watch.go()
    assert knock(TOKEN, phone.code).status_code == 200

    assert problem(knock(TOKEN, phone.code)) == (401, "second_factor_refused")
    assert problem(knock(SESSION, before)) == (401, "second_factor_refused")


@pytest.mark.parametrize(
    ("seconds", "status"), [(-60, 401), (-30, 200), (0, 200), (30, 200), (60, 401), (90, 401)]
)
def test_a_phone_may_be_half_a_minute_off_and_no_more(
    ann: User, watch: Clock, seconds: int, status: int
) -> None:
    phone = Phone(signed_in_client(ann), watch)
    watch.go(300)

    code = code_at(phone.secret, watch.now + timedelta(seconds=seconds))

    assert knock(TOKEN, code).status_code == status


def test_five_wrong_codes_lock_the_factor_for_a_while_from_everywhere(ann: User, watch: Clock) -> None:
    phone = Phone(signed_in_client(ann), watch)
    for at in range(5):
        answer = APIClient().post(
            TOKEN,
            {"username": "ann", "password": PASSWORD, "code": "000000"},
            REMOTE_ADDR=f"192.0.2.{at}",
        )
        assert answer.status_code == 401

    locked = knock(TOKEN, phone.code)

    assert problem(locked) == (429, "too_many_attempts")
    assert locked["Retry-After"] == "900"
    assert knock(SESSION, phone.recovery_codes[0]).status_code == 429
    watch.go(901)
    assert knock(TOKEN, phone.code).status_code == 200


def test_a_stranger_without_the_password_locks_nothing(ann: User, watch: Clock, settings) -> None:  # type: ignore[no-untyped-def]
    settings.FAILED_SIGNINS_PER_MINUTE = settings.FAILED_SIGNINS_PER_ADDRESS = 0
    phone = Phone(signed_in_client(ann), watch)
    for _ in range(8):
        assert knock(TOKEN, "000000", password="wrong").status_code == 401

    assert knock(TOKEN, phone.code).status_code == 200


def test_a_right_code_forgives_the_wrong_ones_before(ann: User, watch: Clock) -> None:
    phone = Phone(signed_in_client(ann), watch)
    for _ in range(3):
        for _ in range(4):
            assert knock(TOKEN, "000000").status_code == 401
        assert knock(TOKEN, phone.code).status_code == 200
        watch.go()


def test_a_recovery_code_opens_once_however_it_is_typed(ann: User, watch: Clock) -> None:
    client = signed_in_client(ann)
    phone = Phone(client, watch)
    typed = phone.recovery_codes[3].upper().replace("-", " ")

    assert knock(TOKEN, typed).status_code == 200

    assert problem(knock(TOKEN, phone.recovery_codes[3])) == (401, "second_factor_refused")
    assert client.get(FACTOR).json()["recovery_codes_left"] == 9
    assert events_between(ann.pk, after=0, to=10)[-1].data["second_factor"] == "recovery_code"


def test_another_s_codes_open_nothing(ann: User, watch: Clock) -> None:
    theirs = Phone(signed_in_client(make_user("bob")), watch)
    Phone(signed_in_client(ann), watch)

    assert problem(knock(TOKEN, theirs.code)) == (401, "second_factor_refused")
    assert problem(knock(TOKEN, theirs.recovery_codes[0])) == (401, "second_factor_refused")


@pytest.mark.parametrize(
    "zero", ["\u0660", "\u06f0", "\u0966", "\uff10"], ids=["arabic", "urdu", "hindi", "wide"]
)
def test_digits_of_any_script_are_read(ann: User, watch: Clock, zero: str) -> None:
    phone = Phone(signed_in_client(ann), watch)
    theirs = {str(digit): chr(ord(zero) + digit) for digit in range(10)}
    recovery = next(each for each in phone.recovery_codes if any(one in theirs for one in each))

    for code in (phone.code, recovery):
        assert knock(TOKEN, "".join(theirs.get(each, each) for each in code)).status_code == 200


@pytest.mark.parametrize(
    "code", ["12345", "1234567", "\u00b9\u00b2\u00b3\u00b9\u00b2\u00b3", "-00000a", "0x1234", "' OR 1=1"]
)
def test_what_is_no_code_is_a_wrong_one(ann: User, watch: Clock, code: str) -> None:
    Phone(signed_in_client(ann), watch)

    assert problem(knock(TOKEN, code)) == (401, "second_factor_refused")


@pytest.mark.parametrize("code", [123456, None, ["123456"], "1" * 41, "12\x003456"])
def test_what_is_no_text_is_400(ann: User, watch: Clock, code: object) -> None:
    Phone(signed_in_client(ann), watch)

    answer = APIClient().post(TOKEN, {"username": "ann", "password": PASSWORD, "code": code})

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["code"]


def test_turning_it_off_needs_the_password_and_a_code(ann: User, watch: Clock) -> None:
    client = signed_in_client(ann)
    phone = Phone(client, watch)

    def off(password: str, code: str):  # type: ignore[no-untyped-def]
        return client.delete(FACTOR, {"password": password, "code": code})

    assert problem(off("wrong", phone.code)) == (400, "wrong_password")
    assert problem(off(PASSWORD, "000000")) == (400, "wrong_code")
    assert off(PASSWORD, phone.code).status_code == 204

    assert knock(TOKEN).status_code == 200
    assert not RecoveryCode.objects.exists()
    assert problem(off(PASSWORD, phone.code)) == (409, "second_factor_off")
    events = [each for each in events_between(ann.pk, after=0, to=20) if "second_factor" in each.type]
    assert [each.data["enabled"] for each in events] == [True, False]


def test_what_was_never_confirmed_was_not_on_when_it_is_removed(ann: User, watch: Clock) -> None:
    signed_in_client(ann).post(FACTOR, {})

    assert remove_second_factor(ann, by_operator=True) is False

    assert not SecondFactor.objects.exists()
    assert not list(events_between(ann.pk, after=0, to=10))
    assert not letters()


def test_a_code_that_is_still_missing_counts_as_no_failure(ann: User, watch: Clock) -> None:
    Phone(signed_in_client(ann), watch)

    assert [problem(knock(door)) for door in DOORS] == [(401, "second_factor_required")] * 2

    assert not Attempt.objects.exists()


def test_a_recovery_code_turns_it_off_when_the_phone_is_gone(ann: User, watch: Clock) -> None:
    client = signed_in_client(ann)
    phone = Phone(client, watch)

    answer = client.delete(FACTOR, {"password": PASSWORD, "code": phone.recovery_codes[0]})

    assert answer.status_code == 204


@pytest.mark.parametrize("page", ["/admin/login/", "/api/auth/session/login/"])
def test_the_pages_of_django_ask_for_it_as_well(ann: User, watch: Clock, page: str) -> None:
    User.objects.update(is_staff=True)
    phone = Phone(signed_in_client(ann), watch)
    browser = Client()
    assert b'name="code"' in browser.get(page).content
    names = {"username": "ann", "password": PASSWORD}

    without = browser.post(page, names)
    wrong = browser.post(page, {**names, "code": "000000"})

    assert (without.status_code, wrong.status_code) == (200, 200)
    assert b"second factor" in without.content
    assert browser.get(ME).status_code == 401
    assert browser.post(page, {**names, "code": phone.code}).status_code == 302
    assert browser.get(ME).status_code == 200


def test_staff_must_have_one_where_the_settings_say_so(ann: User, watch: Clock, settings) -> None:  # type: ignore[no-untyped-def]
    User.objects.update(is_staff=True, is_superuser=True)
    early = browser_of(ann)
    assert early.get("/admin/").status_code == 200
    settings.STAFF_SECOND_FACTOR = True
    names = {"username": "ann", "password": PASSWORD}

    refused = Client().post("/admin/login/", names)

    assert early.get("/admin/").status_code == 302
    assert b"Staff needs a second factor" in refused.content
    browser = Client()
    assert browser.post("/api/auth/session/login/", names).status_code == 302
    assert browser.get("/admin/").status_code == 302
    phone = Phone(signed_in_client(ann), watch)
    assert Client().post("/admin/login/", {**names, "code": phone.code}).status_code == 302
    assert browser_of(ann).get("/admin/").status_code == 200


def test_a_new_secret_key_still_opens_what_the_old_one_sealed(settings) -> None:  # type: ignore[no-untyped-def]
    sealed = encrypt_secret("JBSWY3DP")
    settings.SECRET_KEY, old = "another key that is long enough to sign", settings.SECRET_KEY
    with pytest.raises(UnknownSecretKey):
        decrypt_secret(sealed)
    settings.SECRET_KEY_FALLBACKS = [old]

    assert decrypt_secret(sealed) == "JBSWY3DP"


def rotated(settings: Settings) -> None:
    """Enter step 2 of docs/operate/rotate-keys.md: a new key signs, the old one is accepted."""
    settings.SECRET_KEY, old = "another key that is long enough to sign", settings.SECRET_KEY
    settings.SECRET_KEY_FALLBACKS = [old]


def test_once_all_are_encrypted_anew_the_old_secret_key_is_needed_no_more(
    ann: User, watch: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_ROWS", 2)
    phones = [Phone(signed_in_client(each), watch) for each in (make_user(), make_user(), ann)]
    secret = signed_in_client(make_user()).post(FACTOR, {}).json()["secret"]
    rotated(settings)

    assert reseal_second_factors() == Resealed(renewed=4)
    assert reseal_second_factors() == Resealed()
    settings.SECRET_KEY_FALLBACKS = []

    assert knock(TOKEN, phones[-1].code).status_code == 200
    factors = SecondFactor.objects.order_by("pk").values_list("sealed_secret", flat=True)
    assert [decrypt_secret(each) for each in factors] == [*(each.secret for each in phones), secret]


def test_a_good_code_encrypts_the_secret_anew_and_a_wrong_one_does_not(
    ann: User, watch: Clock, settings: Settings
) -> None:
    phone = Phone(signed_in_client(ann), watch)
    before = SecondFactor.objects.get().sealed_secret
    rotated(settings)

    assert knock(TOKEN, "000000").status_code == 401
    assert SecondFactor.objects.get().sealed_secret == before
    assert knock(TOKEN, phone.code).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    watch.go()

    assert knock(TOKEN, phone.code).status_code == 200
    assert reseal_second_factors() == Resealed()


def test_what_no_key_opens_stays_as_it_is_and_is_counted(ann: User, watch: Clock, settings: Settings) -> None:
    Phone(signed_in_client(ann), watch)
    before = SecondFactor.objects.get().sealed_secret
    rotated(settings)
    settings.SECRET_KEY_FALLBACKS = []

    assert reseal_second_factors() == Resealed(unreadable=1)
    assert SecondFactor.objects.get().sealed_secret == before


def test_a_secret_that_was_replaced_meanwhile_is_left_alone(
    ann: User, watch: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    Phone(signed_in_client(ann), watch)
    rotated(settings)

    def replace_first(encrypted: str) -> str:
        SecondFactor.objects.update(sealed_secret="another's")
        return encrypt_anew(encrypted)

    monkeypatch.setattr(sealing, "encrypt_anew", replace_first)

    assert reseal_second_factors() == Resealed()
    assert SecondFactor.objects.get().sealed_secret == "another's"


def test_with_a_lost_secret_key_recovery_codes_still_open(ann: User, watch: Clock) -> None:
    phone = Phone(signed_in_client(ann), watch)
    SecondFactor.objects.update(sealed_secret="encrypted under a key that is gone")

    assert problem(knock(TOKEN, phone.code)) == (401, "second_factor_refused")
    assert knock(TOKEN, phone.recovery_codes[0]).status_code == 200


def test_a_person_turns_it_on_and_off_on_the_page(ann: User) -> None:
    page = browser_of(ann).get(FACTOR, headers={"accept": "text/html"}).content.decode()

    assert 'data-method="DELETE"' in page
    assert "&quot;code&quot;: &quot;&quot;" in page


def test_changing_password_and_name_needs_no_code(ann: User, watch: Clock) -> None:
    client = signed_in_client(ann)
    Phone(client, watch)

    assert client.patch(ME, {"username": "anna", "password": PASSWORD}).status_code == 200
