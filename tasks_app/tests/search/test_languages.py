# ruff: noqa: RUF001 - letters and signs that look alike are what this is about
"""What is written is found: in every script, with signs, with what cannot be seen, and by its tags."""

from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.invariants import find_missing_words, find_outdated_words
from tasks_app.models import SearchText, Tag, Task
from tasks_app.operations.completion import complete_task, create_next_occurrence
from tasks_app.operations.tags.edit import change_tag, delete_tag, merge_tag
from tasks_app.operations.tasks import update_task
from tasks_app.queries.lists.search import has_old_search_rows
from tasks_app.tests.helpers import NEW_YEAR, make_task
from tasks_app.values.fields import TaskFields

FAMILY = "👨‍👩‍👧"
RED_HEART, BURNING_HEART = "❤️", "❤️‍🔥"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def titles(client: APIClient, text: str) -> list[str]:
    response = client.get(f"/api/tasks/?search={quote(text)}&sort_by=created_at")
    assert response.status_code == 200, response.content
    return [row["title"] for row in response.json()["results"]]


# Titles; then for each query which of them it finds.
KINDS: dict[str, tuple[list[str], dict[str, list[int]]]] = {
    "kana with and without a voiced mark": (
        ["カメラ", "ガメラ", "ｶﾞｰﾃﾞﾝ", "は", "ば", "ぱ", "セ゚"],
        {"カ": [0], "ガ": [1, 2], "ガーデン": [2], "か": [], "は": [3], "ば": [4], "ぱ": [5], "セ": [], "メラ": [0, 1]},
    ),
    "Tamil, Bengali, Devanagari vowel signs": (
        ["கல்", "கால்", "বাংলা", "বংলা", "हिन्दी", "हन्दी", "कि", "की"],
        {"கல்": [0], "கால்": [1], "বাংলা": [2], "বংলা": [3], "हिन्दी": [4], "हन्दी": [5], "कि": [6], "की": [7]},
    ),
    "Thai, Lao, Khmer, Burmese in the middle": (
        ["ซื้อน้ำที่ตลาด", "ໄປຕະຫຼາດ", "ទៅផ្សារ", "ဈေးသွား", "ห้อง๑๒A", "รถBMWใหม่"],
        {"น้ำ": [0], "ตลาด": [0], "ตะลาด": [], "ຕະຫຼາດ": [1], "ផ្សារ": [2], "သွား": [3], "12a": [4], "bmw": [5],
         "BMWใหม่": [5], "ล": [0]},
    ),
    "Han and Hangul": (
        ["東京都2026年", "京都", "한국어 공부", "ㄱ", "iPhone手机"],
        {"京都": [0, 1], "2026": [0], "年": [0], "국어": [2], "手机": [4], "iphone手": [4], "東都": []},
    ),
    "letters that are normalised whole": (
        ["Łódź", "Smørrebrød", "Đà Nẵng", "Œuvre", "Æble", "Diyarbakır", "Ŧest", "Þór", "Straße", "Ħal"],
        {"lodz": [0], "ŁODZ": [0], "smorrebrod": [1], "da nang": [2], "oeuvre": [3], "aeble": [4], "diyarbakir": [5],
         "DİYARBAKIR": [5], "test": [6], "thor": [7], "strasse": [8], "hal": [9]},
    ),
    "accents of Greek, Cyrillic, Hebrew, Arabic": (
        ["Σίσυφος", "Ёлка", "йод", "иод", "שָׁלוֹם", "مُحَمَّد", "أحمد", "Việt Nam", "ᾳ"],
        {"ΣΙΣΥΦΟΣ": [0], "σισυφος": [0], "елка": [1], "йод": [2], "иод": [3], "שלום": [4], "محمد": [5], "احمد": [6],
         "viet": [7], "α": [8]},
    ),
    "what cannot be seen": (
        ["E\u00admail", "po\u2060st", "\ufeffmilk", "می‌خواهم", "क्‍ष", "foo\u200bbar", "a\u034fb", "vis\ufe0fible"],
        {"email": [0], "post": [1], "milk": [2], "میخواهم": [3], "می‌خواهم": [3], "क्ष": [4], "foobar": [5],
         "f\u00adoobar": [5], "ab": [6], "visible": [7]},
    ),
    "emoji": (
        [f"Home {FAMILY}", "ok 👍🏽", "ok 👍", f"love {RED_HEART}", f"fire {BURNING_HEART}", "🇪🇸🇫🇷", "1️⃣ first",
         "★ star",         f"fly {ENGLAND}", "👩‍💻 work"],
        {FAMILY: [0], "👨": [0], "👧": [0], "👩": [0, 9], "👍": [1, 2], "👍🏽": [1], '"👍"': [1, 2], RED_HEART: [3, 4],
         "❤": [3, 4], BURNING_HEART: [4], "🔥": [4], "🇪🇸": [5], "🇫🇷": [5], "🇸🇫": [], "1️⃣": [6], "★": [7],
         ENGLAND: [8], "💻": [9], "ok -👍🏽": [2],
         "😀": [], f'"love {RED_HEART}"': [3], f'"fire {RED_HEART}"': [4]},
    ),
    "names with signs": (
        ["Learn C++", "Learn C", "Learn C#", "F# script", ".NET course", "fishing net", "ASP.NET page", "R&D budget",
         "Read docs", "AT&T bill", "C++11 notes", "#urgent fix", "urgent fix", "ask @bob", "ask bob", "C♯ minor"],
        {"C++": [0, 10], "c#": [2, 15], "C": [0, 1, 2, 4, 10, 15], "f#": [3], ".net": [4, 6], "net": [4, 5, 6],
         "R&D": [7], "r&d budget": [7], "rd": [7], "at&t": [9], "att": [9], "c++11": [10], "#urgent": [11],
         "#urg": [11], "urgent": [11, 12], "@bob": [13], "bob": [13, 14], "learn -c++": [1, 2], '"learn c++"': [0],
         '"learn c"': [0, 1, 2], '-"learn c#" learn': [0, 1]},
    ),
    "joined and separate": (
        ["E-mail", "email", "e mail", "O'Neill", "O’Neill", "oneill", "don't", "dont", "node.js", "nodejs", "wi‑fi",
         "state-of-the-art", "l'été", "rock'n'roll", "U.S.A.", "snake_case", "col·lega", "Hawaiʻi"],
        {"email": [0, 1], "e-mail": [0, 1, 2], "e mail": [0, 2], "oneill": [3, 4, 5], "o'neill": [3, 4, 5],
         "o’neill": [3, 4, 5], "dont": [6, 7], "don't": [6, 7], "nodejs": [8, 9], "node.js": [8, 9], "node js": [8],
         "wifi": [10], "wi-fi": [10], "stateoftheart": [11], "the-art": [11], "theart": [11], "ete": [12],
         "lete": [12], "rocknroll": [13], "usa": [14], "snakecase": [15], "snake": [15], "collega": [16],
         "hawaii": [17], '"o\'neill"': [3, 4, 5], "-e-mail dont": [6, 7]},
    ),
    "numbers, dates, addresses, paths": (
        ["Python 3.11", "31.1 km", "due 2026-03-29", "29.11.2026", "pay 1,000", "at 10:30", "ann@example.com",
         "see https://example.com/a/b?q=1", "/usr/local/bin", "C:\\Users\\ann", "TCP/IP", "+34 600-123-456"],
        {"3.11": [0], "3.1": [0], "31.1": [1], "311": [0, 1], "2026-03-29": [2], "20260329": [2], "29.11.2026": [3],
         "29112026": [3], "1000": [4], "1,000": [4], "10:30": [5], "1030": [5], "ann@example.com": [6],
         "@example.com": [6], "https://example.com/a/b?q=1": [7], "example.com/a": [7], "/usr/local": [8],
         "usr/local/bin": [8], "local/bin": [8], "Users\\ann": [9], "tcp/ip": [10], "tcpip": [10], "600123456": [11],
         "600-123": [11]},
    ),
    "every word may be a prefix": (
        ["Water the plants", "Waterproof plan", "Buy water"],
        {"wat pla": [0, 1], "pla wat": [0, 1], "water plants": [0], '"water" the': [0], "wate bu": [2]},
    ),
    "full width, ligatures, Hebrew abbreviations": (
        ["Ｆｕｌｌ ｗｉｄｔｈ", "eﬃcient ﬁn", 'צה"ל', "רמטכ״ל", "Ⅻ", "x²", "½ l", "Ｃ＋＋"],
        {"full width": [0], "efficient": [1], "fin": [1], "צהל": [2], 'צה"ל': [2], "צה״ל": [2], "רמטכל": [3],
         "xii": [4], "x2": [5], "c++": [7]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_found(client: APIClient, user: User, kind: str) -> None:
    written, queries = KINDS[kind]
    for title in written:
        # As it is stored: what may stand in a title is another matter.
        Task.objects.filter(pk=make_task(user, title).pk).update(title=title)
    wrong = {}
    for query, expected in queries.items():
        found, wanted = titles(client, query), [written[number] for number in expected]
        if found != wanted:
            wrong[query] = (found, wanted)
    assert wrong == {}


def test_descriptions_are_read_alike(client: APIClient, user: User) -> None:
    make_task(user, "one", description="Write an E-mail about C++ 👍🏽 to O'Neill")
    for query in ("email", "c++", "👍", "oneill", '"e-mail about"'):
        assert titles(client, query) == ["one"], query
    assert titles(client, '"about oneill"') == []


class TestTags:
    def test_names_of_tags_are_searched(self, client: APIClient, user: User) -> None:
        make_task(user, "Repot", tags=("Küche", "to-do", "C++"))
        make_task(user, "Other", tags=("home",))
        for query in ("kuche", "küc", "#küche", "to-do", "todo", "c++", "repot kuche", '"repot" "to do"'):
            assert titles(client, query) == ["Repot"], query
        assert titles(client, '"kuche to"') == []  # two tags are no phrase
        assert titles(client, "-kuche") == ["Other"]
        assert titles(client, "#ho") == ["Other"]

    def test_words_of_tags_are_no_words_of_the_title(self, client: APIClient, user: User) -> None:
        make_task(user, "older, in the title: milk")
        make_task(user, "newer", tags=("milk",))
        found = client.get("/api/tasks/?search=milk&sort_by=relevance").json()["results"]
        assert [row["title"] for row in found] == ["older, in the title: milk", "newer"]

    def test_a_change_of_tags_is_found_at_once(self, client: APIClient, user: User) -> None:
        task = make_task(user, "Repot", description="plants", tags=("one",))
        update_task(task.pk, TaskFields(tags=("two", "three")), by=user, at=NEW_YEAR)
        assert [titles(client, query) for query in ("one", "two", "three plants")] == [
            [],
            ["Repot"],
            ["Repot"],
        ]
        update_task(task.pk, TaskFields(title="Water"), by=user, at=NEW_YEAR)
        assert titles(client, "water two plants") == ["Water"]
        update_task(task.pk, TaskFields(tags=()), by=user, at=NEW_YEAR)
        assert [titles(client, query) for query in ("two", "water plants")] == [[], ["Water"]]

    def test_a_renamed_merged_or_deleted_tag_is_found_as_it_is_called(
        self, client: APIClient, user: User
    ) -> None:
        task = make_task(user, "Repot", tags=("alpha", "beta"))
        gone = make_task(user, "Trashed", tags=("alpha",))
        client.delete(f"/api/tasks/{gone.pk}/")
        alpha, beta = (Tag.objects.get(owner=user, key=key) for key in ("alpha", "beta"))
        change_tag(alpha.pk, name="gamma", by=user, at=NEW_YEAR)
        assert [titles(client, query) for query in ("alpha", "gamma")] == [[], ["Repot"]]
        client.post(f"/api/tasks/{gone.pk}/restore/")
        assert titles(client, "gamma") == ["Repot", "Trashed"]
        merge_tag(beta.pk, into=alpha.pk, by=user, at=NEW_YEAR)
        assert [titles(client, query) for query in ("beta", "gamma repot")] == [[], ["Repot"]]
        delete_tag(alpha.pk, by=user, at=NEW_YEAR)
        assert [titles(client, query) for query in ("gamma", "repot")] == [[], ["Repot"]]
        assert task.pk

    def test_the_tags_of_an_occurrence_are_its_own(self, client: APIClient, user: User) -> None:
        task = make_task(user, "Plants", due="2030-05-04T09:00", recurrence="weekly", tags=("home",))
        update_task(task.pk, TaskFields(tags=("office",)), by=user, at=NEW_YEAR)
        complete_task(task.pk, by=user, at=NEW_YEAR)
        create_next_occurrence(task.pk, owner_id=user.pk)
        for row in client.get("/api/tasks/").json()["results"]:
            for tag in ("home", "office"):
                found = client.get(f"/api/tasks/?search={tag} plants").json()["results"]
                assert (row["id"] in [each["id"] for each in found]) == (tag in row["tags"]), (row, tag)

    def test_the_most_and_longest_tags_are_found(self, client: APIClient, user: User) -> None:
        names = [" ".join(f"{number:02}{part:02}" for part in range(10)) for number in range(50)]
        row = client.post(
            "/api/tasks/", {"title": "x " * 99, "description": "x " * 4999, "tags": names}
        ).json()
        for number in (0, 49):
            found = client.get("/api/tasks/", {"search": f'"{number:02}08 {number:02}09"'}).json()["results"]
            assert [each["id"] for each in found] == [row["id"]]


class TestOlderRows:
    """What the release before has stored is found as it did, and made anew by one command."""

    def test_words_of_an_older_release_are_told_and_made_anew(self, client: APIClient, user: User) -> None:
        task = make_task(user, "E-mail", tags=("home",))
        assert not has_old_search_rows()
        old = f" {user.pk:x}te {user.pk:x}tmail 0 {user.pk:x}xe {user.pk:x}xmail 0  "
        if connection.vendor == "postgresql":
            old = " ".join(f"'{word}':{place}" for place, word in enumerate(old.split(), 1) if word != "0")
        SearchText.objects.update(words=old)
        SearchText.objects.update(version=F("version") - 1)
        assert has_old_search_rows()
        assert [each.kind for each in find_outdated_words()] == ["operator"]
        assert titles(client, "e mail") == ["E-mail"]
        update_task(task.pk, TaskFields(tags=("home", "office")), by=user, at=NEW_YEAR)
        assert titles(client, "office mail") == ["E-mail"]
        call_command("reindex_search")
        assert [titles(client, query) for query in ("email", "home office")] == [["E-mail"], ["E-mail"]]
        assert not has_old_search_rows()
        assert [*find_outdated_words(), *find_missing_words()] == []
