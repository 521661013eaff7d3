"""What a reading is: its parts, its bounds, chips that are dropped, texts in the language of the line."""

from datetime import UTC, datetime

import pytest

from tasks_app import recurrence as rec
from tasks_app.language import MAX_TEXT, Clock, TextTooLong, read
from tasks_app.language.table import load_languages

from .cases import clock


def codes(text: str) -> list[str]:
    return [problem.code for problem in read(text, clock()).problems]


def test_a_line_has_at_most_two_thousand_characters() -> None:
    assert read("a" * MAX_TEXT, clock()).title == "a" * MAX_TEXT
    with pytest.raises(TextTooLong):
        read("a" * (MAX_TEXT + 1), clock())


def test_one_chip_may_be_dropped_and_the_others_stay() -> None:
    text = "Pay rent every month on the 31st 9am #home !high remind 1d"
    chips = {chip.text: (chip.start, chip.end) for chip in read(text, clock()).chips}
    without_tag = read(text, clock(), without=[chips["#home"]])
    assert without_tag.title == "Pay rent #home"
    assert "tags" not in without_tag.fields
    assert without_tag.fields["recurrence"] == {"rule": "FREQ=MONTHLY;BYMONTHDAY=31"}


def test_a_reminder_whose_date_is_dropped_is_a_problem() -> None:
    text = "Dentist friday 10:00 remind 1h"
    reading = read(text, clock(), without=[(8, 20)])
    assert reading.title == "Dentist friday 10:00 remind 1h"
    assert [(each.code, each.text) for each in reading.problems] == [("reminder_needs_due", "remind 1h")]


def test_a_dropped_date_does_not_let_an_earlier_one_take_its_place() -> None:
    reading = read("Meeting today tomorrow", clock(), without=[(14, 22)])
    assert (reading.title, reading.chips) == ("Meeting today tomorrow", ())


def test_a_span_that_is_no_chip_changes_nothing() -> None:
    text = "Call mum tomorrow"
    assert read(text, clock(), without=[(0, 4), (9, 9)]) == read(text, clock())


def test_a_chip_has_an_id_of_its_own() -> None:
    chips = read("Call mum tomorrow #a #b !high", clock()).chips
    assert [chip.id for chip in chips] == ["due-9", "tag-18", "tag-21", "priority-24"]


def test_alternatives_can_be_sent_instead() -> None:
    chip = read("Club every 3rd friday", clock()).chips[0]
    assert [each.fields for each in chip.alternatives] == [
        {"due_on": "2026-11-27", "recurrence": {"rule": "FREQ=WEEKLY;INTERVAL=3;BYDAY=FR"}}
    ]
    assert chip.alternatives[0].means == "every 3 weeks on Friday; first: Fri 27 Nov 2026, whole day"


def test_texts_are_in_the_language_of_the_line() -> None:
    english, urdu = read("Lunch feb 30", clock()), read("کھانا 30 فروری", clock())
    assert (english.language, urdu.language) == ("en", "ur")
    assert english.problems[0].detail.startswith("There is no such day.")
    assert urdu.problems[0].detail.startswith("ایسی کوئی تاریخ نہیں")


def test_a_tag_does_not_decide_the_language() -> None:
    assert read("Call mum #گھر", clock()).language == "en"
    assert read("Call mum @گھر کل", clock()).language == "ur"


def test_urdu_letters_and_digits_are_read_in_every_form() -> None:
    for text in (
        "کل شام ۵ بجے فون",
        "كل شام ٥ بجے فون",
        "کَل شام 5 بجے فون",
        "کـل شام 5 بجے فون",
        "\u200fکل شام 5 بجے فون",
    ):
        assert read(text, clock()).fields.get("due_at") == "2026-11-26T17:00", ascii(text)


def test_letters_with_marks_apart_are_the_same_words() -> None:
    assert read("ا\u0653ج فون", clock()).fields["due_on"] == "2026-11-25"


def test_every_problem_says_how_to_write_it() -> None:
    """Each text has a line to copy; what it shows is read without that problem."""
    english = next(table for table in load_languages() if table.code == "en")
    for code, detail in english.texts["problems"].items():
        shown = [part.partition("”")[0] for part in detail.split("“")[1:]]
        for line in shown:
            assert code not in codes(line), (code, line)


def test_a_title_that_is_too_long_is_a_problem_and_stays_whole() -> None:
    reading = read(f"{'word ' * 60}tomorrow", clock())
    assert [problem.code for problem in reading.problems] == ["title_too_long"]
    assert len(reading.title) == 299


def test_fifty_tags_are_taken() -> None:
    reading = read(" ".join(f"#t{number}" for number in range(60)) + " word", clock())
    assert len(reading.fields["tags"]) == 50
    assert [problem.text for problem in reading.problems] == [f"#t{number}" for number in range(50, 60)]


def test_twenty_reminders_are_taken() -> None:
    text = "Dentist friday 10:00 " + " ".join(f"remind {number}h" for number in range(1, 25))
    reading = read(text, clock())
    assert len(reading.fields["reminders"]) == 20
    assert {problem.code for problem in reading.problems} == {"too_many_reminders"}


@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/St_Johns", "Asia/Kathmandu", "UTC"])
def test_tomorrow_is_the_day_after_the_one_on_the_wall(zone: str) -> None:
    now = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    place = rec.load_zone(zone)
    today = now.astimezone(place).date()
    read_day = read("Call mum tomorrow", Clock(now, place)).fields["due_on"]
    assert read_day == rec.slot_text(today.replace(day=today.day + 1))


def test_in_two_hours_counts_hours_over_a_change_of_clocks() -> None:
    assert read("Wake in 2 hours", clock("2026-03-29T01:30")).fields["due_at"] == "2026-03-29T04:30"
    assert read("Wake in 2 hours", clock("2026-10-25T01:30")).fields["due_at"] == "2026-10-25T02:30"
