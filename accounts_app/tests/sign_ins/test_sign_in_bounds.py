"""Nobody who is not known yet holds others up: limits by address, and a gate around hashing."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import cast

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts_app.errors import HashingBusy
from accounts_app.hashing.gate import HashingGate, bound_by_threads, hashing_gate
from accounts_app.hashing.hashers import GatedArgon2Hasher, GatedPBKDF2Hasher
from accounts_app.models import Attempt, User
from accounts_app.operations.accounts import change_password
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.operations.sign_ins.limits import Limit, count_attempt, settle_attempts
from accounts_app.operations.sign_ins.password_hashes import upgrade_hash
from accounts_app.operations.sign_ins.tickets import redeem_ticket
from accounts_app.tests.factories import PASSWORD, browser_of, make_user
from foundation.counters import snapshot
from foundation.database.transactions import database_now

TOKEN, REGISTER, ME = "/api/auth/token/", "/api/auth/register/", "/api/auth/me/"
HASHERS = ["accounts_app.hashing.hashers.GatedArgon2Hasher", "accounts_app.hashing.hashers.GatedPBKDF2Hasher"]
PATIENCE = 60


def post(path: str = TOKEN, *, address: str = "192.0.2.1", **body: object) -> Response:
    return cast(Response, APIClient().post(path, body, REMOTE_ADDR=address))


def sign_in(username: str, password: str, *, address: str = "192.0.2.1") -> int:
    return post(username=username, password=password, address=address).status_code


def bearer(access: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access}"}


def get_me(access: str) -> int:
    return Client().get(ME, headers=bearer(access)).status_code


@contextmanager
def full_gate() -> Iterator[None]:
    """Have every place of this process's gate taken by others."""
    gate = hashing_gate()
    for _ in range(gate.places):
        assert gate._free_places.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        for _ in range(gate.places):
            gate._free_places.release()


@pytest.mark.django_db
class TestLimitsByAddress:
    def test_one_password_is_not_tried_on_forty_names(self) -> None:
        make_user("name39")

        answers = [sign_in(f"name{number}", PASSWORD) for number in range(40)]

        assert answers == [401] * 30 + [429] * 10
        assert sign_in("name39", PASSWORD, address="192.0.2.2") == 200

    def test_a_network_of_ipv6_counts_as_one_address_and_ipv4_in_ipv6_as_ipv4(
        self, settings: Settings
    ) -> None:
        settings.FAILED_SIGNINS_PER_ADDRESS = 2

        answers = [sign_in(f"name{n}", "wrong", address=f"2001:db8:1:2::{n}") for n in range(3)]

        assert answers == [401, 401, 429]
        assert sign_in("name", "wrong", address="2001:db8:1:3::1") == 401
        assert [sign_in(f"name{n}", "wrong", address="::ffff:192.0.2.1") for n in range(2)] == [401, 401]
        assert sign_in("name", "wrong", address="192.0.2.1") == 429

    def test_who_signs_in_with_the_right_password_is_not_counted(self) -> None:
        for number in range(3):
            make_user(f"clerk{number}")

        assert [sign_in(f"clerk{number % 3}", PASSWORD) for number in range(45)] == [200] * 45
        assert not Attempt.objects.exists()

    def test_a_name_that_is_hammered_signs_in_from_elsewhere(self) -> None:
        make_user("ann")
        for attacker in range(4):
            for _ in range(12):
                sign_in("ann", "wrong", address=f"198.51.100.{attacker}")

        assert sign_in("ann", PASSWORD) == 200

    def test_a_device_with_an_old_password_leaves_the_office_its_attempts(self) -> None:
        make_user("ann")
        answers = [sign_in("printer", "old") for _ in range(60)]

        assert answers == [401] * 10 + [429] * 50
        assert sign_in("ann", PASSWORD) == 200

    @pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"username": "ann", "password": 1, "x": 2}'])
    def test_a_body_that_cannot_be_counts_before_the_next_is_read(
        self, settings: Settings, body: bytes
    ) -> None:
        settings.FAILED_SIGNINS_PER_ADDRESS = 3
        client = APIClient()

        answers = [
            client.post(TOKEN, data=body, content_type="application/json").status_code for _ in range(5)
        ]

        assert answers == [400, 400, 400, 429, 429]

    def test_a_refused_attempt_reads_and_writes_nothing(self, settings: Settings) -> None:
        settings.FAILED_SIGNINS_PER_ADDRESS = settings.REGISTRATIONS_PER_MINUTE = 1
        sign_in("ann", "wrong")
        post(REGISTER)
        rows = Attempt.objects.count()

        for path in (TOKEN, REGISTER):
            with CaptureQueriesContext(connection) as queries:
                assert post(path, username="ann", password=PASSWORD).status_code == 429
            assert {query["sql"][:6] for query in queries} == {"SELECT"}
        assert Attempt.objects.count() == rows

    def test_a_registration_counts_before_it_is_read(self, settings: Settings) -> None:
        settings.REGISTRATIONS_PER_MINUTE = 2

        answers = [post(REGISTER, nonsense=1), post(REGISTER, username="ann", password="x")]

        assert [answer.status_code for answer in answers] == [400, 400]
        refused = post(REGISTER, username="ann", password=PASSWORD)
        assert (refused.status_code, refused.data["code"]) == (429, "too_many_attempts")
        assert 1 <= int(refused["Retry-After"]) <= 60

    def test_zero_is_no_limit(self, settings: Settings) -> None:
        settings.FAILED_SIGNINS_PER_ADDRESS = settings.FAILED_SIGNINS_PER_MINUTE = 0

        assert [sign_in("ann", "wrong") for _ in range(35)] == [401] * 35
        assert not Attempt.objects.exists()

    def test_refusals_are_counted(self, settings: Settings) -> None:
        settings.FAILED_SIGNINS_PER_ADDRESS = 1
        before = snapshot().get("attempts.refused.sign-in from", 0)

        assert [sign_in(name, "wrong") for name in ("a", "b")] == [401, 429]

        assert snapshot()["attempts.refused.sign-in from"] == before + 1

    @pytest.mark.parametrize("page", ["/admin/login/", "/api/auth/session/login/"])
    def test_the_sign_in_pages_say_that_it_is_too_much(self, settings: Settings, page: str) -> None:
        settings.FAILED_SIGNINS_PER_ADDRESS = 1
        form = {"username": "ann", "password": "wrong"}
        client = Client()

        answers = [client.post(page, form) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 429]
        assert 1 <= int(answers[1]["Retry-After"]) <= 60
        assert "Too many attempts" in answers[1].content.decode()


@pytest.mark.django_db
class TestGate:
    @pytest.mark.parametrize("path", [TOKEN, REGISTER])
    def test_a_full_gate_answers_503_before_anything_is_read_or_written(self, path: str) -> None:
        make_user("ann")

        with full_gate(), CaptureQueriesContext(connection) as queries:
            answer = post(path, username="ann", password=PASSWORD)

        assert (answer.status_code, answer.data["code"]) == (503, "hashing_busy")
        assert answer["Retry-After"] == "1"
        assert not queries.captured_queries
        assert sign_in("ann", PASSWORD) == 200

    @pytest.mark.parametrize("page", ["/admin/login/", "/api/auth/session/login/"])
    def test_the_sign_in_pages_say_that_it_is_busy(self, page: str) -> None:
        with full_gate():
            answer = Client().post(page, {"username": "ann", "password": PASSWORD})

        assert (answer.status_code, answer["Retry-After"]) == (503, "1")
        assert "try again" in answer.content.decode()

    def test_an_operator_who_sets_a_password_meanwhile_sees_the_refusal(self, settings: Settings) -> None:
        settings.PASSWORD_HASHERS = HASHERS
        client, user = Client(), make_user("ann")
        client.force_login(make_user("root", is_staff=True, is_superuser=True))
        form = {"password1": "another correct horse", "password2": "another correct horse"}

        with full_gate():
            answer = client.post(
                f"/admin/accounts_app/user/{user.pk}/password/", {**form, "usable_password": "true"}
            )

        assert (answer.status_code, answer["Retry-After"]) == (503, "1")
        assert User.objects.get(pk=user.pk).check_password(PASSWORD)

    def test_who_was_sent_away_has_not_failed(self, settings: Settings) -> None:
        settings.PASSWORD_HASHERS = HASHERS
        make_user("ann")
        gate = HashingGate(threads=1, places=4, wait_seconds=0.01)
        free = threading.Event()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("accounts_app.hashing.hashers.hashing_gate", lambda: gate)
            with ThreadPoolExecutor(1) as other:
                other.submit(gate.run, lambda: free.wait(PATIENCE))
                answer = post(username="ann", password=PASSWORD)
                free.set()

        assert (answer.status_code, answer.data["code"]) == (503, "hashing_busy")
        assert not Attempt.objects.exists()


def test_so_many_hash_at_once_and_no_more() -> None:
    gate = HashingGate(threads=2, places=12)
    both, lock, running, seen = threading.Barrier(2), threading.Lock(), [0], []

    def work() -> None:
        with lock:
            running[0] += 1
            seen.append(running[0])
        both.wait(timeout=PATIENCE)
        with lock:
            running[0] -= 1

    with ThreadPoolExecutor(12) as people:
        for done in [people.submit(gate.run, work) for _ in range(12)]:
            done.result(timeout=PATIENCE)

    assert len(seen) == 12
    assert max(seen) == 2


def test_who_finds_no_place_is_sent_away_at_once_and_a_request_takes_one_place() -> None:
    gate = HashingGate(threads=1, places=1)

    with gate.place(), ThreadPoolExecutor(1) as other:
        assert gate.run(lambda: "hash") == "hash"
        with pytest.raises(HashingBusy):
            other.submit(gate.run, lambda: "hash").result(timeout=PATIENCE)
    assert gate.run(lambda: "hash") == "hash"


@pytest.mark.parametrize(("threads", "places"), [(1, 1), (2, 1), (4, 3), (8, 6), (100, 16)])
def test_a_web_process_keeps_threads_for_everybody_else(threads: int, places: int) -> None:
    try:
        bound_by_threads(threads)
        assert hashing_gate().places == places
        assert 1 <= hashing_gate().threads <= places
    finally:
        bound_by_threads(None)


class TestHashers:
    @pytest.fixture(autouse=True)
    def ours(self, settings: Settings) -> None:
        settings.PASSWORD_HASHERS = HASHERS

    def test_passwords_are_hashed_at_the_cost_that_owasp_recommends(self) -> None:
        assert make_password(PASSWORD).startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")

    @pytest.mark.parametrize("hasher", [GatedArgon2Hasher(), GatedPBKDF2Hasher()])
    def test_every_hash_goes_through_the_gate(self, hasher: GatedArgon2Hasher | GatedPBKDF2Hasher) -> None:
        stored = hasher.encode(PASSWORD, "some salt of sixteen")
        assert check_password(PASSWORD, stored)
        assert not check_password("wrong", stored)

        with full_gate():
            for call in (
                lambda: hasher.encode(PASSWORD, "salt"),
                lambda: hasher.verify(PASSWORD, stored),
                lambda: check_password("wrong", stored),
                lambda: make_password(PASSWORD),
            ):
                with pytest.raises(HashingBusy):
                    call()

    def with_hash_of(self, username: str, **cost: int) -> User:
        """A user whose password was hashed at another cost; without any, at that of the last release."""
        user = make_user(username)
        hasher = Argon2PasswordHasher()
        for name, value in cost.items():
            setattr(hasher, name, value)
        User.objects.filter(pk=user.pk).update(password=hasher.encode(PASSWORD, "some salt of sixteen"))
        user.refresh_from_db()
        return user

    @pytest.mark.django_db
    @pytest.mark.parametrize("cost", [{}, {"memory_cost": 1024, "parallelism": 1}])
    def test_a_hash_of_another_cost_is_made_anew_and_no_other_sign_in_ends(
        self, cost: dict[str, int]
    ) -> None:
        user = self.with_hash_of("ann", **cost)
        phone, browser = begin_family(user), browser_of(user)
        ticket = APIClient().post("/api/ws-tickets/", headers=bearer(phone.access)).json()["ticket"]

        assert [sign_in("ann", PASSWORD) for _ in range(2)] == [200, 200]

        assert "m=19456,t=2,p=1" in User.objects.get().password
        assert get_me(phone.access) == 200
        assert browser.get(ME).status_code == 200
        assert redeem_ticket(ticket).user_id == user.pk
        refreshed = APIClient().post("/api/auth/token/refresh/", {"refresh": phone.refresh})
        assert get_me(refreshed.json()["access"]) == 200

    @pytest.mark.django_db
    @pytest.mark.parametrize("is_ours", [True, False])
    def test_a_password_that_changes_afterwards_ends_them_all(self, is_ours: bool) -> None:
        user = self.with_hash_of("ann")
        phone, browser = begin_family(user), browser_of(user)
        sign_in("ann", PASSWORD)
        user.refresh_from_db()

        if is_ours:
            change_password(user, "another correct horse")
        else:
            user.set_password("another correct horse")
            user.save(update_fields=["password"])

        assert get_me(phone.access) == 401
        assert browser.get(ME).status_code == 401

    @pytest.mark.django_db
    def test_sign_ins_outlive_several_upgrades(self) -> None:
        user = self.with_hash_of("ann")
        phone = begin_family(user)

        for memory in (19456, 1024, 2048):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(GatedArgon2Hasher, "memory_cost", memory)
                assert sign_in("ann", PASSWORD) == 200
            assert get_me(phone.access) == 200
            assert f"m={memory}" in User.objects.get().password

    @pytest.mark.django_db
    def test_a_hash_that_was_replaced_meanwhile_is_not_overwritten(self) -> None:
        user = self.with_hash_of("ann")
        change_password(User.objects.get(), "another correct horse")

        upgrade_hash(user, PASSWORD)

        assert User.objects.get().check_password("another correct horse")
        assert get_me(begin_family(user).access) == 401  # its mark is still the old one


@pytest.mark.django_db
def test_who_is_refused_because_others_are_signing_in_may_try_again_in_a_second(settings: Settings) -> None:
    settings.FAILED_SIGNINS_PER_ADDRESS = 2
    office = Limit(("sign-in from", "192.0.2.1"), 2)
    under_way = [count_attempt(office, under_way=True)[0] for _ in range(2)]
    make_user("ann")
    refused = post(username="ann", password=PASSWORD)
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    settle_attempts(under_way)
    assert int(post(username="ann", password=PASSWORD)["Retry-After"]) > 50


@pytest.mark.django_db
def test_an_attempt_that_nobody_ended_has_failed(settings: Settings) -> None:
    settings.FAILED_SIGNINS_PER_ADDRESS = 1
    [row] = count_attempt(Limit(("sign-in from", "192.0.2.1"), 1), under_way=True)
    Attempt.objects.filter(pk=row.pk).update(at=database_now() - timedelta(seconds=20))
    assert 30 < int(post(username="ann", password=PASSWORD)["Retry-After"]) <= 40


@pytest.mark.django_db
def test_a_wrong_password_counts_for_good() -> None:
    make_user("ann")
    assert [sign_in("ann", "not hers at all"), sign_in("nobody", PASSWORD)] == [401, 401]
    assert not Attempt.objects.filter(is_under_way=True).exists()
    assert Attempt.objects.count() == 4
