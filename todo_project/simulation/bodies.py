"""Random bodies of calls: mostly usual values, often enough extreme ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from todo_project.simulation.chaos import Clock

Body = dict[str, Any]

# Among them zones that change soon after the start or by half an hour, had offsets with seconds, or skipped a date.
ZONES: Final = (
    "UTC",
    "Europe/Madrid",
    "America/New_York",
    "Asia/Tokyo",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Pacific/Apia",
    "Africa/Monrovia",
    "Australia/Lord_Howe",
)
WALL_TIMES: Final = ("00:00:00", "02:30:00", "09:00:00", "20:00:00", "23:59:59")
FAR_DAYS: Final = (
    "1970-01-01",
    "1970-01-02",
    "2027-02-28",
    "2028-02-29",
    "9998-12-31",
    "9999-12-01",
    "9999-12-30",
    "9999-12-31",
)
SHORT_OFFSETS: Final = ("15m", "1 hour", "90 minutes", "2 days before")
BEFORE: Final = ("-PT10M", "-PT1H", "-PT15H", "-PT24H", "-P1D", "-P1DT30M", "-P1W", "-P30D", "-P3660D")
AFTER: Final = ("PT0S", "P0D", "PT2H", "PT9H", "PT24H", "P1D", "P1DT9H", "P30D", "P31D", "P3660D")
MOST_REMINDERS: Final = 20
MOST_TAGS: Final = 50
USUAL_TAGS: Final = ("home", "work", "someday")
USUAL_RULES: Final = (
    "daily",
    "weekly",
    "monthly",
    "weekdays",
    "FREQ=DAILY;INTERVAL=2",
    "FREQ=WEEKLY;BYDAY=MO,TH",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYMONTHDAY=1,31",
)
# The last two end within a few days after they are sent.
RULES_THAT_END: Final = (
    "FREQ=DAILY;COUNT=1",
    "FREQ=DAILY;COUNT=2",
    "FREQ=WEEKLY;COUNT=3",
    "FREQ=DAILY;UNTIL=%Y%m%d",
    "FREQ=DAILY;UNTIL=%Y%m%dT%H%M%SZ",
)
RARE_RULES: Final = (
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;BYDAY=5FR",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;INTERVAL=50",
    "FREQ=YEARLY;INTERVAL=51",
    "FREQ=DAILY;INTERVAL=1000",
    "FREQ=WEEKLY;INTERVAL=1000",
    "FREQ=MONTHLY;INTERVAL=600",
    "FREQ=DAILY;COUNT=10000",
    "FREQ=DAILY;UNTIL=99991231",
    "FREQ=YEARLY;BYYEARDAY=366",
    "FREQ=YEARLY;BYWEEKNO=53",
    "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO",
    "FREQ=DAILY;BYHOUR=9,17",
    "FREQ=HOURLY;INTERVAL=7;COUNT=9",
    "FREQ=MINUTELY;INTERVAL=5",
    "FREQ=HOURLY;INTERVAL=6",
    "FREQ=MINUTELY;INTERVAL=30",
)
_ANCHORS: Final = ("future", "due", "completion")
SCHEDULED_SHARE = 0.2  # how many of the rules with options go on by their schedule; a test has more
QUIET_HOURS: Final = ((None, None), ("22:00", "07:00"), ("00:00", "23:59"), ("12:00", "12:00"))


class Bodies:
    """Draws bodies; the same random generator and clock give the same ones."""

    def __init__(self, random: Random, clock: Clock) -> None:
        self._random = random
        self._clock = clock

    def new_task(self) -> Body:
        """Return a new task, mostly with a due, often recurring, often with reminders."""
        body: Body = {"title": f"task {self._random.randrange(1000)}", "tags": self.tags()}
        if self.happens(0.85):
            body |= self.due()
            if self.happens(0.6):
                body["recurrence"] = self.recurrence()
        if self.happens(0.6):
            body["reminders"] = self.reminders()
        return body

    def words(self) -> Body:
        """Return another title, description, priority or other tags: fields without times."""
        drawn: Sequence[Body] = (
            {"title": f"edited {self._random.randrange(1000)}"},
            {"description": "more\nwords", "priority": self._random.choice(("low", "high", "urgent", None))},
            {"tags": self.tags()},
        )
        return self._random.choice(drawn)

    def times(self) -> Body:
        """Return another due, rule, reminders, or several of these."""
        body: Body = {}
        if self.happens(0.6):
            body |= self.moved_due()
        if self.happens(0.35):
            body["recurrence"] = self.recurrence()
        if self.happens(0.5) or not body:
            body["reminders"] = self.reminders()
        return body

    def less(self) -> Body:
        """Return a body that removes something."""
        taken: Sequence[Body] = (
            {"due_at": None, "due_on": None},
            {"recurrence": None},
            {"reminders": []},
            {"recurrence": None, "reminders": []},
            {"due_at": None, "due_on": None, "recurrence": None},
            {"time_zone": None},
        )
        return self._random.choice(taken)

    def series(self) -> Body:
        """Return a change of a series from its open occurrence on, without reminders at instants."""
        body = self.words() if self.happens(0.3) else self.times()
        if "reminders" in body:
            body["reminders"] = [each for each in body["reminders"] if "offset" in each]
        return body

    def preferences(self) -> Body:
        """Return another zone, mostly, or quiet hours, or another first day of the week."""
        if self.happens(0.6):
            return {"time_zone": self._random.choice(ZONES)}
        if self.happens(0.7):
            quiet_from, quiet_until = self._random.choice(QUIET_HOURS)
            return {"quiet_from": quiet_from, "quiet_until": quiet_until}
        return {"week_start": self._random.choice(("mo", "su"))}

    def due(self) -> Body:
        """Return a due of any kind: an instant, a wall time with or without zone, a floating one, a day."""
        day, wall = self._day(), self._random.choice(WALL_TIMES)
        kinds: Sequence[Body] = (
            {"due_at": self.instant()},
            {"due_at": self.instant(), "time_zone": self._random.choice(ZONES)},
            {"due_at": f"{day}T{wall}"},
            {"due_at": f"{day}T{wall}", "time_zone": self._random.choice(ZONES)},
            {"due_at": f"{day}T{wall}", "floating": True},
            {"due_on": day},
            {"due_on": day},
            {"due_on": day, "time_zone": self._random.choice(ZONES)},
        )
        return dict(self._random.choice(kinds))

    def moved_due(self) -> Body:
        """Return another due, zone, or kind of due."""
        if self.happens(0.7):
            return self.due()
        return self._random.choice(
            ({"time_zone": self._random.choice(ZONES)}, {"floating": self.happens(0.5)})
        )

    def recurrence(self) -> object:
        """Return a rule in one of the accepted forms, with or without options."""
        rule = self._rule()
        if self.happens(0.1):
            return {"frequency": "weekly", "interval": 2, "weekdays": ["mo", "th"], "end_date": self._day()}
        if self.happens(0.3):
            return rule
        options = {"anchor": self._random.choice(_ANCHORS)}
        if self.happens(0.2):
            options["overflow"] = "omit"
        if self.happens(SCHEDULED_SHARE):
            options["advance"] = "scheduled"
        if self.happens(0.1):
            options["ends"] = "never"
        return {"rule": rule, **options}

    def reminders(self) -> list[Body]:
        """Return 0 to 20 reminders, rarely one too many."""
        counts, weights = (0, 1, 2, 4, MOST_REMINDERS, MOST_REMINDERS + 1), (1, 6, 4, 2, 1, 0.3)
        [count] = self._random.choices(counts, weights)
        return [self.reminder(number) for number in range(count)]

    def reminder(self, number: int = 0) -> Body:
        """Return an offset before or after the due, or an instant; mostly different ones for different numbers."""
        if self.happens(0.15):
            return {"at": self.instant()}
        if number >= 4:
            return {"offset": f"{self._random.choice('+-')}PT{number}M"}
        [offsets] = self._random.choices((AFTER, BEFORE, SHORT_OFFSETS), (5, 4, 1))
        return {"offset": self._random.choice(offsets)}

    def tags(self) -> list[str]:
        """Return a few tags, rarely as many as a task may have, or one more."""
        if self.happens(0.03):
            return [f"tag {number}" for number in range(MOST_TAGS + self._random.randrange(2))]
        return self._random.sample(USUAL_TAGS, self._random.randrange(3))

    def instant(self) -> str:
        """Return an instant: mostly within two days, sometimes at an end of the calendar."""
        if self.happens(0.1):
            return f"{self._random.choice(FAR_DAYS)}T{self._random.choice(WALL_TIMES)}Z"
        return _text(self._clock.now + timedelta(minutes=self._random.randrange(5, 3000)))

    def happens(self, share: float) -> bool:
        """Return True with this probability."""
        return self._random.random() < share

    def _day(self) -> str:
        if self.happens(0.15):
            return self._random.choice(FAR_DAYS)
        return (self._clock.now + timedelta(days=self._random.randrange(-2, 5))).date().isoformat()

    def _rule(self) -> str:
        [rules] = self._random.choices((USUAL_RULES, RULES_THAT_END, RARE_RULES), (6, 3, 2))
        until = self._clock.now + timedelta(days=self._random.randrange(-1, 6))
        return until.strftime(self._random.choice(rules))


def _text(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")
