# ruff: noqa: RUF001 - look-alikes are what this is about
"""Names that are the same to the eye are one name, and names that cannot be read for certain are refused."""

from importlib import import_module
from types import SimpleNamespace
from typing import cast

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.names.keys import name_key
from accounts_app.tests.factories import PASSWORD, make_user

ALIKE = {
    "in capitals": "ADMIN",
    "with one capital": "Admin",
    "full width": "ａｄｍｉｎ",
    "in small capitals": "ᴀᴅᴍɪɴ",
    "with a dotless i": "admın",
    "with a dotted capital": "ADMİN",
    "all in Cyrillic": "аԁміп",
    "all in Lisu": "ꓮꓓꓟꓲꓠ",
}
# Each pair is one name: Latin and scripts that it may stand with, or one script, have a letter twice.
SAME = [
    *(
        ("bob", "b〇b"),
        ("admin", "adm工n"),
        ("lll", "丨丨丨"),
        ("ann-lee", "ann一lee"),
        ("ann-lee", "annーlee"),
    ),
    *(
        ("john", "ȷohn"),
        ("karl", "ĸarl"),
        ("book", "bꝏk"),
        ("caesar", "cæsar"),
        ("bell", "beǁ"),
        ("oo", "ဝဝ"),
    ),
    *(("ğ", "ǧ"), ("ş", "ș"), ("gergö", "gergő"), ("åsa", "ȧsa"), ("oʻzbek", "oʼzbek")),
    *(
        ("力石", "カ石"),
        ("ロシア", "口シア"),
        ("へいわ", "ヘいわ"),
        ("二人", "ニ人"),
        ("武土", "武士"),
        ("タ", "夕"),
    ),
    *(("علي", "علی"), ("كرم", "کرم"), ("١٢", "۱۲"), ("л", "ᴫ")),
]
SIGNS = {
    "a low line": "annˍlee",
    "a low vertical line": "admin\N{MODIFIER LETTER LOW VERTICAL LINE}",
    "a prime": "adminʹ",
    "a circled number": "admin➀",
    "a negative circled number": "admin❶",
    "a stretched word": "مح\N{ARABIC TATWEEL}مد",
}
LONE_JAMO = {
    "a compatibility letter as l": "admㅣn",
    "a compatibility letter as o": "bㅇb",
    "half width": "adm\N{HALFWIDTH HANGUL LETTER I}n",
    "leading": "한\N{HANGUL CHOSEONG IEUNG}",
    "alone": "ㅋㅋㅋ",
    "of the past": "\N{HANGUL CHOSEONG PANSIOS}",
}
MIXED = {
    "Cyrillic and Latin": "аdmin",
    "Greek and Latin": "αdmin",
    "Cyrillic and Greek": "адμ",
    "Han and Cyrillic": "名前Б",
    "Hangul and Kana": "한あ",
    "Arabic digits and Latin": "admin\u0660",
    "a script of the past": "ⲁⲇⲙⲓⲛ",
}
FINE = [
    "a.b@c+d-e_1",
    "12345",
    "víctor",
    "straße",
    "ọlá",
    "Þór",
    "мария",
    "Ольга_7",
    "ελένη",
    "محمد",
    "עברית",
    "田中たろう",
    "アニメfan",
    "王小明99",
    "한글abc",
    "\N{HANGUL CHOSEONG HIEUH}\N{HANGUL JUNGSEONG A}\N{HANGUL JONGSEONG NIEUN}",
    "スーパー一郎",
    "佐々木",
    "oʻzbek",
    "ㄅㄆ王",
    "ไทย",
    "ქართული",
]


def register(username: str) -> Response:
    body = {"username": username, "password": PASSWORD}
    return cast(Response, APIClient().post("/api/auth/register/", body))


def codes(response: Response) -> list[str]:
    return [each["code"] for each in response.data["errors"]]


def sign_in(username: str) -> int:
    body = {"username": username, "password": PASSWORD}
    return APIClient().post("/api/auth/token/", body).status_code


@pytest.mark.django_db
class TestRegistering:
    @pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE.keys())
    def test_a_name_that_looks_like_another_is_taken(self, name: str) -> None:
        make_user("admin")

        response = register(name)

        assert (response.status_code, codes(response)) == (400, ["taken"])
        assert User.objects.count() == 1

    @pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE.keys())
    def test_a_name_is_taken_by_who_looked_like_it_first(self, name: str) -> None:
        assert register(name).status_code == 201

        assert codes(register("admin")) == ["taken"]

    @pytest.mark.parametrize("name", MIXED.values(), ids=MIXED.keys())
    def test_letters_of_several_scripts_are_refused(self, name: str) -> None:
        response = register(name)

        assert (response.status_code, codes(response)) == (400, ["mixed_scripts"])
        assert "one script" in response.data["errors"][0]["detail"]

    @pytest.mark.parametrize("name", FINE)
    def test_names_of_one_script_are_fine(self, name: str) -> None:
        response = register(name)

        assert response.status_code == 201, response.data
        assert sign_in(name) == 200

    @pytest.mark.parametrize("filler", ["\u3164", "\uffa0", "\u115f", "\u1160"])
    def test_letters_that_cannot_be_seen_are_refused(self, filler: str) -> None:
        assert codes(register(f"admin{filler}")) == ["invisible"]

    @pytest.mark.parametrize(("one", "other"), [*SAME, *((b, a) for a, b in SAME)])
    def test_what_a_script_or_two_have_twice_is_one_name(self, one: str, other: str) -> None:
        assert register(one).status_code == 201

        assert codes(register(other)) == ["taken"]

    @pytest.mark.parametrize("name", SIGNS.values(), ids=SIGNS.keys())
    def test_signs_that_are_no_letters_are_refused(self, name: str) -> None:
        assert codes(register(name)) == ["invalid"]

    @pytest.mark.parametrize("name", LONE_JAMO.values(), ids=LONE_JAMO.keys())
    def test_hangul_stands_in_whole_syllables(self, name: str) -> None:
        assert codes(register(name)) == ["incomplete_syllables"]

    @pytest.mark.parametrize(("name", "code"), [("\ufdfa" * 20, "max_length"), ("\ufdfa", "invalid")])
    def test_a_name_is_judged_as_it_would_be_stored(self, name: str, code: str) -> None:
        assert codes(register(name)) == [code]

    def test_look_alikes_at_once_are_one_user(self) -> None:
        make_user("Admin")

        with pytest.raises(IntegrityError, match=r"user_name_once|username_key"), transaction.atomic():
            make_user("admin")


@pytest.mark.django_db
class TestSigningIn:
    @pytest.mark.parametrize("typed", ["Admin", "admin", "ADMIN", "ａｄｍｉｎ"])
    def test_a_name_is_found_however_it_is_typed(self, typed: str) -> None:
        make_user("Admin")

        assert sign_in(typed) == 200

    @pytest.mark.parametrize("page", ["/admin/login/", "/api/auth/session/login/"])
    def test_the_pages_find_it_too(self, page: str) -> None:
        make_user("Admin", is_staff=True)
        client = Client()

        assert client.post(page, {"username": "admin", "password": PASSWORD}).status_code == 302

    def test_spellings_of_a_name_count_together(self) -> None:
        make_user("admin")
        spellings = ["admin", "Admin", "ADMIN", "аԁміп", "admın"]
        for number in range(10):
            body = {"username": spellings[number % 5], "password": "wrong"}
            assert APIClient().post("/api/auth/token/", body).status_code == 401

        assert sign_in("admin") == 429


def before_keys(*names: str) -> list[User]:
    """Users of a release that knew no keys."""
    users = []
    for name in names:
        users.append(make_user(name))
        User.objects.update(username_key=None)
    return users


@pytest.mark.django_db
class TestUsersOfBefore:
    def fill(self) -> None:
        migration = import_module("accounts_app.migrations.0007_name_keys")
        migration.fill_keys(apps, SimpleNamespace(connection=connection))

    def test_the_first_of_several_keeps_the_name_and_all_sign_in_by_their_own(self) -> None:
        first, second, third = before_keys("admin", "Admin", "аdmin")

        self.fill()

        assert list(User.objects.order_by("pk").values_list("username_key", flat=True)) == [
            "admin",
            None,
            None,
        ]
        for user in (first, second, third):
            assert User.objects.find_by_name(user.username) == user
            assert sign_in(user.username) == 200
        assert User.objects.find_by_name("ADMIN") == first
        assert codes(register("ADMIN")) == ["taken"]

    def test_filling_takes_many_rows_and_again_changes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("accounts_app.migrations.0007_name_keys.BATCH", 3)
        before_keys(*(f"{'Ann' if n % 2 else 'ann'}{n // 2}" for n in range(14)))

        for _ in range(2):
            self.fill()

        keys = list(User.objects.order_by("pk").values_list("username_key", flat=True))
        assert keys == [None if n % 2 else f"ann{n // 2}" for n in range(14)]

    def test_keys_of_an_earlier_rule_are_made_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        migration = import_module("accounts_app.migrations.0009_look_alike_keys")
        monkeypatch.setattr(migration, "BATCH", 2)
        names = {"b〇b": "b〇b", "bob": "bob", "カ": "カ", "力": "力", "ト": "ト", "ann": "ann", "Ann": None}
        users = before_keys(*names)
        for user in users:
            User.objects.filter(pk=user.pk).update(username_key=names[user.username])

        for _ in range(2):
            migration.renew_keys(apps, SimpleNamespace(connection=connection))

        keys = dict(User.objects.values_list("username", "username_key"))
        renewed = {"b〇b": None, "bob": "bob", "カ": None, "力": "力", "ト": "卜", "ann": "ann", "Ann": None}
        assert keys == renewed
        for user in User.objects.all():
            user.save()  # whole, as the admin does
        assert dict(User.objects.values_list("username", "username_key")) == renewed

    def test_saving_one_who_shares_a_key_keeps_it_so(self) -> None:
        _, second = before_keys("admin", "Admin")
        self.fill()

        second.refresh_from_db()
        second.is_active = False
        second.save()

        assert User.objects.get(pk=second.pk).username_key is None

    def test_one_who_was_inserted_by_the_old_release_has_a_key_from_the_next_sign_in_on(self) -> None:
        [user] = before_keys("Ann")

        assert sign_in("ann") == 401  # not found by another spelling yet
        assert sign_in("Ann") == 200

        user.refresh_from_db()
        assert user.username_key == "ann"
        assert codes(register("ANN")) == ["taken"]


@pytest.mark.django_db
class TestOperators:
    @pytest.fixture
    def operator(self) -> Client:
        client = Client()
        client.force_login(make_user("root", is_staff=True, is_superuser=True))
        return client

    @pytest.mark.parametrize("name", ["ROOT", "rооt", "root\u3164"])
    def test_adding_a_look_alike_is_refused_in_the_form(self, operator: Client, name: str) -> None:
        form = {"username": name, "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

        response = operator.post("/admin/accounts_app/user/add/", form)

        assert response.status_code == 200
        assert "username" in response.context["adminform"].form.errors
        assert User.objects.count() == 1

    def test_a_user_is_renamed_and_found_by_the_new_name(self, operator: Client) -> None:
        user, _ = make_user("ann"), make_user("bob")
        url = f"/admin/accounts_app/user/{user.pk}/change/"

        assert operator.post(url, {"username": "Bob", "email": "", "is_active": "on"}).status_code == 200
        assert operator.post(url, {"username": "ANN", "email": "", "is_active": "on"}).status_code == 302
        assert operator.post(url, {"username": "Carla", "email": "", "is_active": "on"}).status_code == 302

        assert User.objects.find_by_name("carla") == user
        assert User.objects.find_by_name("ann") is None

    def test_an_account_with_an_older_name_is_deactivated_without_renaming_it(self, operator: Client) -> None:
        user, second = before_keys("аdmin", "Root")
        User.objects.filter(username="root").update(username_key="root")

        for each in (user, second):
            form = {"username": each.username, "email": "", "is_active": ""}
            response = operator.post(f"/admin/accounts_app/user/{each.pk}/change/", form)
            assert response.status_code == 302
            each.refresh_from_db()
            assert not each.is_active

    def test_the_command_line_makes_no_look_alike(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make_user("admin")
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

        with pytest.raises(CommandError, match="already taken"):
            call_command("createsuperuser", "--noinput", "--username", "Admin", "--email", "a@example.org")


def test_keys_tell_names_apart_that_look_different() -> None:
    names = [
        "ann",
        "anna",
        "victor",
        "víctor",
        "мария",
        "маша",
        "o0",
        "l1",
        "rn",
        "m",
        "ελένη",
        "田中",
        "田申",
    ]

    assert len({name_key(name) for name in names}) == len(names)
    assert name_key("роса") == name_key("poca")  # every letter of it can be read as Latin
