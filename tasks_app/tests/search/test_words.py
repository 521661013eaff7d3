# ruff: noqa: RUF001 - letters and signs that look alike are what this is about
"""Words of texts and queries, without any database."""

from contextlib import suppress
from time import process_time

import pytest

from tasks_app.search.query import MAX_WORDS, SearchQuery, Term, TooManyWords, parse_search
from tasks_app.search.tokens import MAX_WORD_CHARACTERS, read_text
from tasks_app.search.words import ANYWHERE, IN_TITLE, MAX_POSITIONS, MAX_TIMES, mark, words_for


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Water the plants", ["water", "the", "plants"]),
        ("e-mail, 2026-03-29; a_b", ["e", "mail", "2026", "03", "29", "a", "b"]),
        ("Café CAFE\u0301 ﬁn", ["cafe", "cafe", "fin"]),
        ("Straße STRASSE ẞ", ["strasse", "strasse", "ss"]),
        ("İstanbul ıslak ΣΊΣΥΦΟΣ ᾳ", ["istanbul", "islak", "σισυφοσ", "α"]),
        ("Łódź Øre Đà Ŧ æ œ ħ ŋ þ ð", ["lodz", "ore", "da", "t", "ae", "oe", "h", "n", "th", "d"]),
        ("ёлка и й Й ґ", ["елка", "и", "й", "й", "г"]),
        ("½ x² ①", ["1", "2", "x2", "1"]),
        ("\uff46\uff55\uff4c\uff4c", ["full"]),
        ("東京都 iPhone手机", ["東", "京", "都", "iphone", "手", "机"]),
        ("がんばる カメラ ｶﾒﾗ", [*"がんばる", *"カメラ", *"カメラ"]),
        ("한국어 공부", ["한", "국", "어", "공", "부"]),
        ("हिन्दी की", ["हिन्दी", "की"]),
        ("தமிழ் বাংলা", ["தமிழ்", "বাংলা"]),
        ("カ ガ ｶﾞ セ゚ は ば ぱ", ["カ", "ガ", "ガ", "セ゚", "は", "ば", "ぱ"]),
        ("ที่บ้าน ลาว ខ្មែរ မြန်မာ", [*"ที่บ้าน", *"ลาว", *"ខ្មែរ", *"မြန်မာ"]),
        ("ห้อง๑๒A", [*"ห้อง", "12a"]),
        ("٣ ३ ๓ 𝟛", ["3", "3", "3", "3"]),
        ("e\u00admail a\u2060b \ufeffx c\u200dd f\u200bg h\ufe0f", ["email", "ab", "x", "cd", "fg", "h"]),
        ("مُحَمَّد مـــد أحمد على ة", ["محمد", "مد", "احمد", "علي", "ه"]),
        ("שָׁלוֹם ארץ", ["שלומ", "ארצ"]),
        ("👍🏽 !?", []),
        ("a\0b \ud800c", ["a", "b", "c"]),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert list(read_text(text).words) == words


def test_long_words_are_cut() -> None:
    assert read_text("x" * 5000).words == ("x" * MAX_WORD_CHARACTERS,)
    assert read_text("é" * 5000).words == ("e" * MAX_WORD_CHARACTERS,)


def query(*wanted: Term, without: tuple[Term, ...] = ()) -> SearchQuery:
    return SearchQuery(wanted, without)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", query()),
        ("!? - \" ''", query()),
        ("Milk", query(Term(("milk",), is_prefix=True))),
        ("buy milk", query(Term(("buy",), is_prefix=True), Term(("milk",), is_prefix=True))),
        ('"buy milk"', query(Term(("buy", "milk")))),
        ("“buy milk„ now", query(Term(("buy", "milk")), Term(("now",), is_prefix=True))),
        ('"buy milk', query(Term(("buy", "milk")))),
        ('wat "the plants"', query(Term(("wat",), is_prefix=True), Term(("the", "plants")))),
        ("milk -oat", query(Term(("milk",), is_prefix=True), without=(Term(("oat",)),))),
        ('-"oat milk" -soy', query(without=(Term(("oat", "milk")), Term(("soy",))))),
        ("e-mail", query(Term(("e", "mail"), True, joined=("email",)))),
        ("-e-mail", query(without=(Term(("e", "mail"), joined=("email",)),))),
        ('"my e-mail"', query(Term(("my", "e", "mail"), joined=("my", "email")))),
        ("C++", query(Term(("c＋＋",), True))),
        ('"c++ course" -c#', query(Term(("c", "course"), also=("c＋＋",)), without=(Term(("c＃",)),))),
        (".NET #home", query(Term(("．net",), True), Term(("＃home",), True))),
        ("👍🏽 -👍", query(Term(("👍🏽",), True), without=(Term(("👍",)),))),
        ("東京", query(Term(("東", "京")))),
        ("東京Bar", query(Term(("東", "京", "bar"), True))),
        ('צה"ל', query(Term(("צה", "ל"), True, joined=("צהל",)))),
        ("a:*&|!<->b", query(Term(("a",), True), Term(("b",), True))),
        ("title:milk OR NOT x", query(*(Term((w,), True) for w in ("title", "milk", "or", "not", "x")))),
    ],
)
def test_what_a_query_asks_for(text: str, expected: SearchQuery) -> None:
    assert parse_search(text) == expected


def test_a_query_has_a_limit_of_words() -> None:
    parse_search("a " * MAX_WORDS)
    for text in ("a " * (MAX_WORDS + 1), "東" * (MAX_WORDS + 1), "-a " * (MAX_WORDS + 1)):
        with pytest.raises(TooManyWords):
            parse_search(text)


@pytest.mark.parametrize("unit", ['"', '-"', "- ", '" -', "a-", "\u0301", "ﷺ", "<->", "(", "\\"])
def test_junk_is_read_in_linear_time(unit: str) -> None:
    def seconds(characters: int) -> float:
        began = process_time()
        with suppress(TooManyWords):
            parse_search(unit * (characters // len(unit)))
        return process_time() - began

    small = min(seconds(2_500) for _ in range(3))
    # Twenty times the text; quadratic would be four hundred times the work.
    assert min(seconds(50_000) for _ in range(3)) < 100 * small + 0.1


def test_words_are_kept_with_owner_place_and_title() -> None:
    kept = words_for(255, "Buy milk", "Buy")
    assert kept.places == ("fftbuy", "fftmilk", None, "ffxbuy", "ffxmilk", None, "ffxbuy")


def test_no_mark_is_the_beginning_of_another_owners_word() -> None:
    marks = [mark(owner, where) for owner in range(1000) for where in (ANYWHERE, IN_TITLE)]
    assert len(set(marks)) == len(marks)
    words = [one + "x1t" for one in marks]
    assert not [one for one in marks[:200] if sum(word.startswith(one) for word in words) != 1]


def test_what_is_kept_stays_within_the_limits_of_a_tsvector() -> None:
    kept = words_for(1, "t " * 100, "㍿" * 10_000).places
    assert len(kept) == MAX_POSITIONS
    often = words_for(1, "", "again " * 300 + "once").places
    assert often.count("1xagain") == MAX_TIMES
    assert often.index("1xonce") == 302
