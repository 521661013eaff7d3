"""Recurrences in words."""

import pytest

from tasks_app import recurrence as rec

from .build import slot


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4", "every month on the 31st, 4 times"),
        ("daily", "every day"),
        ("FREQ=DAILY;INTERVAL=3", "every 3 days"),
        ("weekdays", "every weekday"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=DAILY;BYMONTH=1;BYDAY=SA,SU", "every Saturday and Sunday in January"),
        ("FREQ=DAILY;INTERVAL=3;BYDAY=MO", "every 3 days if it is a Monday"),
        ("FREQ=DAILY;INTERVAL=2;BYMONTHDAY=1,15;BYDAY=MO,TU",
         "every 2 days if it is the 1st or 15th and it is a Monday or Tuesday"),
        ("FREQ=DAILY;BYMONTHDAY=1,15", "every month on the 1st and 15th"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every week on Monday, Wednesday and Friday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYMONTH=6", "every weekday in June"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR",
         "every 2 weeks on Monday, Tuesday, Wednesday, Thursday and Friday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every week on the last workday of the week"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "every month on the 1st, 15th and last day"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "on the last day of the month"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-2", "every 3 months on the second to last day of the month"),
        ("FREQ=MONTHLY;BYDAY=MO", "every month on every Monday"),
        ("FREQ=MONTHLY;BYDAY=2TU", "on the second Tuesday of the month"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO,-1MO", "on the first, third and last Monday of the month"),
        ("FREQ=MONTHLY;BYDAY=MO,1FR", "on every Monday and the first Friday of the month"),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR;COUNT=4", "on the first Monday and the last Friday of the month, 4 times"),
        ("FREQ=MONTHLY;BYDAY=5FR", "on the fifth Friday of the month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1MO", "every 2 months on the last Monday of the month"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "on the last workday of the month"),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1", "on the first weekend day of the month"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-2", "on the second to last day of the month"),
        ("FREQ=MONTHLY;BYDAY=WE;BYSETPOS=2", "on the second Wednesday of the month"),
        ("FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=1,-1", "on the first and last Tuesday or Thursday of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=13,14;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
         "on the last workday that is the 13th or 14th of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15;BYSETPOS=-1", "on the last of the 1st and 15th of the month"),
        ("FREQ=MONTHLY;BYMONTH=3,9;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
         "on the first workday of March and September"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "every month on the 13th if it is a Friday"),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTH=1,3,5;BYMONTHDAY=12",
         "every 2 months on the 12th in January, March and May"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "every year on 29 February"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "every year on the last day of February"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "every year on the fourth Thursday of November"),
        ("FREQ=YEARLY;BYDAY=20MO", "every year on the 20th Monday of the year"),
        ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every year on the last workday of the year"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYSETPOS=-1", "every year on the last Sunday of March"),
        ("FREQ=YEARLY;BYMONTH=3,9;BYDAY=SU;BYSETPOS=-1",
         "every year on the last Sunday of March and September together"),
        ("FREQ=YEARLY;BYMONTHDAY=15", "every year on the 15th of every month"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=MO", "every year on every Monday in March"),
        ("FREQ=YEARLY;BYMONTH=6,7", "every year in June and July"),
        ("FREQ=DAILY;COUNT=1", "every day, once"),
        ("FREQ=DAILY;UNTIL=20261231", "every day, until 2026-12-31"),
        ("FREQ=DAILY;UNTIL=20261231T100000", "every day, until 2026-12-31 10:00"),
        ("FREQ=DAILY;UNTIL=20261231T100000Z", "every day, until 2026-12-31 10:00 UTC"),
        ({"rule": "FREQ=DAILY;INTERVAL=30;COUNT=5", "anchor": "completion"},
         "every 30 days after completion, 5 times"),
        ({"rule": "weekly", "anchor": "due"}, "every week, one after the other even if late"),
        ({"rule": "FREQ=MONTHLY;BYMONTHDAY=31", "overflow": "omit"},
         "every month on the 31st, not in months without it"),
        ({"rule": "FREQ=MONTHLY;BYMONTHDAY=28", "overflow": "omit"}, "every month on the 28th"),
        ({"rule": "FREQ=MONTHLY;BYMONTHDAY=1,31", "overflow": "omit"},
         "every month on the 1st and 31st, not on days that a month lacks"),
    ],
)  # fmt: skip
def test_a_recurrence_in_words(value: object, words: str) -> None:
    assert rec.describe(rec.parse_recurrence(value)) == words


@pytest.mark.parametrize(
    ("value", "start", "words"),
    [
        ("daily", "2026-01-31", "every day"),
        ("weekly", "2026-01-31T09:00", "every week on Saturday"),
        ("monthly", "2026-01-31", "every month on the 31st"),
        ("yearly", "2026-01-31", "every year on 31 January"),
        ("FREQ=YEARLY;BYMONTH=2,6", "2026-01-31", "every year on the 31st in February and June"),
        ("FREQ=MONTHLY;BYDAY=1MO", "2026-01-31", "on the first Monday of the month"),
        (
            {"rule": "monthly", "overflow": "omit"},
            "2026-01-31",
            "every month on the 31st, not in months without it",
        ),
        ({"rule": "monthly", "anchor": "completion"}, "2026-01-31", "every month after completion"),
    ],
)
def test_the_start_names_what_the_rule_leaves_to_it(value: object, start: str, words: str) -> None:
    assert rec.describe(rec.parse_recurrence(value), slot(start)) == words


@pytest.mark.parametrize(
    ("day", "ordinal"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"),
                         (21, "21st"), (22, "22nd"), (23, "23rd"), (30, "30th"), (31, "31st")]
)  # fmt: skip
def test_ordinals(day: int, ordinal: str) -> None:
    words = rec.describe(rec.parse_recurrence(f"FREQ=MONTHLY;BYMONTHDAY={day}"))
    assert words == f"every month on the {ordinal}"
