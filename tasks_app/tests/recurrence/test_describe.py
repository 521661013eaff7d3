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
        ("FREQ=YEARLY;BYYEARDAY=100", "every year on day 100 of the year"),
        ("FREQ=YEARLY;INTERVAL=2;BYYEARDAY=1,100,-1", "every 2 years on days 1 and 100 and the last day of the year"),
        ("FREQ=YEARLY;BYYEARDAY=100;BYDAY=MO", "every year on day 100 of the year if it is a Monday"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "every year on Monday in week 20"),
        ("FREQ=YEARLY;BYWEEKNO=1,20,-1", "every year on every day of weeks 1 and 20 and the last week"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYMONTHDAY=13;BYDAY=FR",
         "every year on the 13th in week 20 if it is a Friday"),
        ("FREQ=HOURLY;INTERVAL=2", "every 2 hours"),
        ("FREQ=HOURLY;BYMINUTE=0,30", "every hour at minutes 0 and 30"),
        ("FREQ=HOURLY;INTERVAL=3;BYMINUTE=15;BYDAY=MO,FR", "every 3 hours at minute 15 on Monday and Friday"),
        ("FREQ=MINUTELY;INTERVAL=30", "every 30 minutes"),
        ("FREQ=MINUTELY;INTERVAL=30;BYHOUR=9,10,11,12;BYDAY=MO,TU,WE,TH,FR;COUNT=9",
         "every 30 minutes from 09:00 to 12:59 on Monday, Tuesday, Wednesday, Thursday and Friday, 9 times"),
        ("FREQ=MINUTELY;INTERVAL=10;BYHOUR=0,5,22,23", "every 10 minutes from 05:00 to 05:59 and from 22:00 to 00:59"),
        ("FREQ=HOURLY;BYYEARDAY=100", "every hour on day 100 of the year"),
        ("FREQ=HOURLY;BYMONTH=6", "every hour in June"),
        ({"rule": "FREQ=HOURLY;INTERVAL=4", "anchor": "completion"}, "every 4 hours after completion"),
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
        ("FREQ=DAILY;BYHOUR=9,17", "2026-01-31T08:30", "every day at 09:30 and 17:30"),
        ("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0", "2026-01-31T08:30:15", "every day at 09:00"),
        ("FREQ=DAILY;BYMINUTE=0,45", "2026-01-31T08:30", "every day at 08:00 and 08:45"),
        ("FREQ=DAILY;BYHOUR=9,12,17;BYSETPOS=-1", "2026-01-31T09:00", "every day at 17:00"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9", "2026-01-30T09:00", "every weekday at 09:00"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=9",
            "2026-01-30T09:00",
            "on the last workday of the month at 09:00",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO;BYHOUR=9,17;BYSETPOS=-1",
            "2026-01-26T09:00",
            "every month at the last of 09:00 and 17:00 on every Monday",
        ),
        (
            "FREQ=DAILY;BYHOUR=8,9,10;BYMINUTE=0,15,30",
            "2026-01-31T09:00",
            "every day at minutes 0, 15 and 30 of hours 8, 9 and 10",
        ),
        (
            "FREQ=HOURLY;BYHOUR=9,10,11,12,13,14,15,16,17",
            "2026-01-31T09:30",
            "every hour from 09:30 to 17:30",
        ),
        ("FREQ=HOURLY;INTERVAL=2;BYHOUR=9,10,11,12", "2026-01-31T09:30", "every 2 hours from 09:00 to 12:59"),
        ("FREQ=MINUTELY;INTERVAL=30", "2026-01-31T09:10", "every 30 minutes"),
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
