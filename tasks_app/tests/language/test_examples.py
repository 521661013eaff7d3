"""Every example is read as it says, however it is spaced, in capitals, and with a picture behind it."""

from collections.abc import Callable
from typing import Any

import pytest

from tasks_app.language import read

from .cases import Example, clock_of, examples, rendered

EXAMPLES = examples()
KINDS = list(dict.fromkeys(example["kind"] for example in EXAMPLES))
# In capitals a name is no longer known by its capital.
NAMES = {"Email Tom"}
each_kind = pytest.mark.parametrize("kind", KINDS)


def of_kind(kind: str) -> list[Example]:
    return [example for example in EXAMPLES if example["kind"] == kind]


def test_there_are_examples_of_every_kind() -> None:
    assert len(EXAMPLES) > 400
    assert len(KINDS) >= 14


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["text"])
def test_an_example_is_read_as_it_says(example: Example) -> None:
    given = {"kind", "text", "now", "zone", "week_start"}
    expected = {name: value for name, value in example.items() if name not in given}
    assert rendered(read(example["text"], clock_of(example))) == expected


def normalised(example: Example, found: dict[str, Any]) -> dict[str, Any]:
    """What an example says, apart from its words and where they stand."""
    fields = {name: value for name, value in found["fields"].items() if name not in ("tags", "description")}
    codes = [problem[0] for problem in found.get("problems", ()) if problem[0] != "title_missing"]
    rest = {name: found.get(name) for name in ("alternatives", "notes", "next")}
    return {"text": example["text"], "fields": fields, "problems": codes, **rest}


def differences(kind: str, rewritten: Callable[[str], str]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What is read otherwise when the lines of a kind are written otherwise, each with what is expected."""
    pairs = [
        (
            normalised(example, rendered(read(rewritten(example["text"]), clock_of(example)))),
            normalised(example, dict(example)),
        )
        for example in of_kind(kind)
        if example["text"] not in NAMES
    ]
    return [pair for pair in pairs if pair[0] != pair[1]]


@each_kind
def test_blanks_do_not_count(kind: str) -> None:
    assert differences(kind, lambda text: f"  {text.replace(' ', '   ')} ") == []


@each_kind
def test_capitals_do_not_count(kind: str) -> None:
    assert differences(kind, str.upper) == []


@each_kind
def test_a_picture_at_the_end_does_not_count(kind: str) -> None:
    assert differences(kind, lambda text: f"{text} 🎉") == []


@each_kind
def test_a_picture_before_a_chip_moves_its_span_by_two_units(kind: str) -> None:
    """Browsers count in UTF-16, where it has two units."""
    for example in of_kind(kind):
        text = f"🎉 {example['text']}"
        for chip in read(text, clock_of(example)).chips:
            units = text.encode("utf-16-le")[chip.start * 2 : chip.end * 2]
            assert units.decode("utf-16-le") == chip.text, text


@each_kind
def test_without_every_chip_the_text_comes_back(kind: str) -> None:
    for example in of_kind(kind):
        clock, text = clock_of(example), example["text"]
        chips = read(text, clock).chips
        again = read(text, clock, without=[(chip.start, chip.end) for chip in chips])
        assert (again.chips, again.fields) == ((), {"title": again.title}), text
        if chips and "\\" not in text:
            assert again.title == " ".join(text.split())
