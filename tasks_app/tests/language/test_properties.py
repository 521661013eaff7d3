"""What holds for every line: nothing is lost, nothing is made up, and what is read can be sent."""

from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks_app import recurrence as rec
from tasks_app.language import Clock, Reading, read

from .cases import clock, examples, titles

EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True)
PIECES = [chip[3] for example in examples() for chip in example["chips"]]
WORDS = [word for title in titles() for word in title.split()]
SEPARATORS = (
    " ",
    "  ",
    ", ",
    ": ",
    " - ",
    ". ",
    "\n",
    "\t",
    "-",
    "/",
    '"',
    " (",
    ") ",
    "🎉",
    "\\",
    "!",
    "#",
    "@",
)
PLACES = (("2026-11-25T10:30", "Europe/Madrid", "mo"), ("2026-11-28T02:30", "America/New_York", "su"))


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Lines of pieces that were read somewhere, words of titles and anything between them."""
    parts = st.lists(st.sampled_from(PIECES) | st.sampled_from(WORDS) | st.text(max_size=8), max_size=9)
    text = ""
    for part in draw(parts):
        text += part + draw(st.sampled_from(SEPARATORS))
    return text[:2000]


CLOCKS = st.sampled_from(PLACES).map(lambda place: clock(*place))


def units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def letters(text: str) -> list[str]:
    """What a text says, whatever stands between."""
    return [character for character in text.casefold() if character.isalnum()]


def outside(text: str, reading: Reading) -> str:
    """A text without the spans of its chips."""
    rest, at = b"", 0
    for chip in reading.chips:
        rest, at = rest + units(text)[at * 2 : chip.start * 2] + units(" "), chip.end
    return (rest + units(text)[at * 2 :]).decode("utf-16-le", "surrogatepass")


@EXAMPLES
@given(lines(), CLOCKS)
def test_chips_follow_one_another_and_stand_where_they_say(text: str, now: Clock) -> None:
    reading = read(text, now)
    at = 0
    for chip in reading.chips:
        assert at <= chip.start < chip.end
        assert units(text)[chip.start * 2 : chip.end * 2] == units(chip.text)
        assert chip.means
        at = chip.end
    for problem in reading.problems:
        assert units(text)[problem.start * 2 : problem.end * 2] == units(problem.text)
        assert problem.detail


@EXAMPLES
@given(lines(), CLOCKS)
def test_title_and_chips_cover_the_text(text: str, now: Clock) -> None:
    reading = read(text, now)
    assert letters(reading.title) == letters(outside(text, reading))


@EXAMPLES
@given(lines(), CLOCKS)
def test_without_every_chip_nothing_is_read(text: str, now: Clock) -> None:
    reading = read(text, now)
    again = read(text, now, without=[(chip.start, chip.end) for chip in reading.chips])
    assert (again.chips, again.fields) == ((), {"title": again.title})
    assert letters(again.title) == letters(text)


@EXAMPLES
@given(lines(), CLOCKS)
def test_reading_twice_gives_the_same(text: str, now: Clock) -> None:
    assert read(text, now) == read(text, now)


@EXAMPLES
@given(lines(), CLOCKS)
def test_what_is_read_is_what_the_platform_takes(text: str, now: Clock) -> None:
    reading = read(text, now)
    for fields in (reading.fields, *(each.fields for chip in reading.chips for each in chip.alternatives)):
        slot: rec.Slot | None = None
        if "due_on" in fields:
            slot = date.fromisoformat(fields["due_on"])
        if "due_at" in fields:
            assert "due_on" not in fields
            slot = datetime.fromisoformat(fields["due_at"])
        zone = rec.load_zone(fields.get("time_zone", "UTC"))
        if "recurrence" in fields:
            assert slot is not None
            rec.check_schedule(rec.Schedule(rec.parse_recurrence(fields["recurrence"]), slot, zone))
        for reminder in fields.get("reminders", ()):
            assert slot is not None
            due: rec.Due = rec.Timed(slot, zone) if isinstance(slot, datetime) else rec.Day(slot)
            rec.check_offset(rec.parse_offset(reminder["offset"]), due)
        assert len(fields.get("tags", ())) <= 50


@EXAMPLES
@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_any_text_is_read(text: str) -> None:
    """Lone surrogates too, which the API refuses."""
    reading = read(text, clock())
    assert letters(reading.title) == letters(outside(text, reading))
