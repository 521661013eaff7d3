"""A third language is a table: one made up for this test is read, beside the two there are, without a line of code."""

import tomllib
from typing import Any

import pytest

from tasks_app.language import LanguageTable, build_table, read
from tasks_app.language.table import load_languages

from .cases import FOLDER, clock


@pytest.fixture(scope="module", name="toy")
def build_toy() -> LanguageTable:
    return build_table(tomllib.loads((FOLDER / "toy.toml").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("text", "title", "fields"),
    [
        ("γαλα αυρι", "γαλα", {"due_on": "2026-11-26"}),
        ("γαλα στη παρα", "γαλα", {"due_on": "2026-11-27"}),
        ("γαλα επο παρα", "γαλα", {"due_on": "2026-12-04"}),
        ("γαλα παρα μεχ", "γαλα", {"due_on": "2026-11-27"}),
        ("γαλα αυρι βραδυ", "γαλα", {"due_at": "2026-11-26T19:00"}),
        ("γαλα αυρι στις 5", "γαλα", {"due_at": "2026-11-26T17:00"}),
        ("γαλα σε τρια μερες", "γαλα", {"due_on": "2026-11-28"}),
        ("γαλα 3 δεκ", "γαλα", {"due_on": "2026-12-03"}),
        ("αυρι: γαλα", "Γαλα", {"due_on": "2026-11-26"}),
        ("γαλα καθη", "γαλα", {"due_on": "2026-11-25", "recurrence": {"rule": "FREQ=DAILY"}}),
        (
            "γαλα καθε δευ και παρα ως 2026-12-31",
            "γαλα",
            {"due_on": "2026-11-27", "recurrence": {"rule": "FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20261231"}},
        ),
        (
            "γαλα καθε μηνα στη τελο μερα",
            "γαλα",
            {"due_on": "2026-11-30", "recurrence": {"rule": "FREQ=MONTHLY;BYMONTHDAY=-1"}},
        ),
        ("γαλα !ψηλα #σπιτι", "γαλα", {"priority": "high", "tags": ["σπιτι"]}),
        ("γαλα αυρι θυμ 3 ωρες πριν", "γαλα", {"due_on": "2026-11-26", "reminders": [{"offset": "-PT3H"}]}),
        ("μαυρη παρα", "μαυρη παρα", {}),
        ("γαλα tomorrow 5pm", "γαλα", {"due_at": "2026-11-26T17:00"}),
    ],
)
def test_its_words_are_read(toy: LanguageTable, text: str, title: str, fields: dict[str, Any]) -> None:
    reading = read(text, clock(), languages=(toy, *load_languages()))
    assert (reading.language, reading.title) == ("toy", title)
    assert {name: value for name, value in reading.fields.items() if name != "title"} == fields


def test_its_texts_are_told(toy: LanguageTable) -> None:
    reading = read("γαλα νυ αυρι", clock(), languages=(toy, *load_languages()))
    assert reading.chips[0].means == "Πε 26.11.2026"
    assert [(problem.code, problem.detail) for problem in reading.problems] == [("second_date", "μια")]


def test_the_others_are_read_as_before(toy: LanguageTable) -> None:
    languages = (toy, *load_languages())
    for text in ("Call mum tomorrow", "کل امی کو فون کریں"):
        assert read(text, clock(), languages=languages) == read(text, clock())


def test_both_tables_have_every_text_of_the_other() -> None:
    urdu, english = load_languages()
    for kind in ("notes", "problems"):
        assert urdu.texts[kind].keys() == english.texts[kind].keys()
    assert english.texts["say"].keys() <= urdu.texts["say"].keys()
