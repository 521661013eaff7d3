"""The parts of which the screen of a task is made: links in texts, months, rules in forms, offsets of reminders."""

from typing import Any

import pytest
from playwright.sync_api import Page

from web_app.tests.scenes import call

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.org.", ["https://example.org"]),
        ("(https://example.org/a_(b))", ["https://example.org/a_(b)"]),
        ("HTTP://EXAMPLE.ORG and mailto:ada@example.org!", ["HTTP://EXAMPLE.ORG", "mailto:ada@example.org"]),
        ("https://example.org/?q=1&r=2#x, then", ["https://example.org/?q=1&r=2#x"]),
        ("javascript:alert(1) data:text/html,x file:///etc vbscript:x ftp://example.org", []),
        ("java\nscript:alert(1) https:// mailto:nobody", []),
        ("https://example.org/\u202egnp.exe", ["https://example.org/"]),
        ("\u0000https://example.org\u0000", ["https://example.org"]),
        ("https://example.org<script>", ["https://example.org"]),
        ("no address", []),
        ("", []),
    ],
)
def test_only_addresses_that_may_be_opened_become_links(page: Page, text: str, links: list[str]) -> None:
    parts = call(page, "ui/links.js", "m.linkParts(v)", text)
    assert [part["text"] for part in parts if part.get("href")] == links
    assert "".join(part["text"] for part in parts) == text, "nothing that was written is lost"
    assert all(part["href"].split(":")[0] in ("http", "https", "mailto") for part in parts if "href" in part)


def test_a_month_has_whole_weeks_from_the_day_that_was_chosen(page: Page) -> None:
    weeks = call(page, "time/months.js", "m.weeksOf('2027-02', m.weekdayNumber(v))", "mo")
    assert (weeks[0][0], weeks[-1][-1], len(weeks)) == ("2027-02-01", "2027-02-28", 4)
    weeks = call(page, "time/months.js", "m.weeksOf('2027-02', m.weekdayNumber(v))", "su")
    assert (weeks[0][0], weeks[-1][-1], len(weeks)) == ("2027-01-31", "2027-03-06", 5)
    for edge in ("1970-01", "9999-12"):
        assert call(page, "time/months.js", f"m.weeksOf('{edge}', 1).length") >= 4


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2027-01-31", 1, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2027-01-15", -1, "2026-12-15"),
        ("9999-12-31", 1, "9999-12-31"),
        ("1970-01-01", -12, "1970-01-01"),
    ],
)
def test_months_are_added_on_the_calendar_and_stay_within_it(
    page: Page, day: str, months: int, expected: str
) -> None:
    assert call(page, "time/months.js", "m.within(m.addMonths(v[0], v[1]))", [day, months]) == expected


@pytest.mark.parametrize(
    ("rule", "sent"),
    [
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
            {"frequency": "weekly", "interval": 2, "weekdays": ["mo", "th"], "ends": "never"},
        ),
        ("FREQ=DAILY;COUNT=5", {"frequency": "daily", "interval": 1, "count": 5}),
        ("FREQ=YEARLY;UNTIL=20301231", {"frequency": "yearly", "interval": 1, "end_date": "2030-12-31"}),
        ("FREQ=MONTHLY;BYDAY=2FR", {"rule": "FREQ=MONTHLY;BYDAY=2FR"}),
        ("FREQ=MONTHLY;BYMONTHDAY=31", {"rule": "FREQ=MONTHLY;BYMONTHDAY=31"}),
    ],
)
def test_a_rule_in_a_form_is_sent_as_it_was_read(page: Page, rule: str, sent: dict[str, Any]) -> None:
    found = call(page, "ui/rules.js", "m.recurrenceOf(m.partsOfRule({rule: v, anchor: 'future'}))", rule)
    assert found == sent
    again = call(page, "ui/rules.js", "m.recurrenceOf(m.partsOfRule({rule: v, anchor: 'completion'}))", rule)
    assert again == {**sent, "anchor": "completion"}


@pytest.mark.parametrize("text", ["every friday", "", "FREQ", "weekly or so"])
def test_a_line_that_is_no_rule_is_not_sent_as_one(page: Page, text: str) -> None:
    given = {"kind": "own", "line": text, "anchor": "future"}
    assert call(page, "ui/rules.js", "m.recurrenceOf(v)", given) is None


@pytest.mark.parametrize("text", ["PT0S", "-PT15M", "-P1D", "-P2DT3H", "PT9H", "-PT1H30M", "P14D"])
def test_an_offset_is_written_as_it_was_read(page: Page, text: str) -> None:
    assert call(page, "time/offset-times.js", "m.isoOffset(m.parseOffset(v))", text) == text


@pytest.mark.parametrize("text", ["15m", "P", "soon", "-P1X", ""])
def test_another_text_is_no_offset(page: Page, text: str) -> None:
    found = call(page, "time/offset-times.js", "m.parseOffset(v)", text)
    assert found is None or text == "P"
