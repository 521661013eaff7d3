"""Numbers, days and lists in words."""

from collections.abc import Sequence
from typing import Final

from .rule import EVERY_WEEKDAY, MONDAY_TO_FRIDAY, ByDay, Weekday

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PLACES: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_KINDS: Final = {
    MONDAY_TO_FRIDAY: "workday",
    (ByDay(Weekday.SA), ByDay(Weekday.SU)): "weekend day",
    EVERY_WEEKDAY: "day",
}


def join_words(names: Sequence[str], last: str = "and") -> str:
    """Return names as a list in words: "a", "a and b", "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def ordinal(number: int) -> str:
    """Return a day of the month: 1st, 2nd, 31st."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def place(number: int) -> str:
    """Return a place in a list: first, tenth, 11th; from the end: last, second to last."""
    if number < 0:
        return "last" if number == -1 else f"{place(-number)} to last"
    return _PLACES[number - 1] if number <= len(_PLACES) else ordinal(number)


def kind_of_day(days: tuple[ByDay, ...]) -> str:
    """Return the words for one of several weekdays: "workday", "weekend day", "Monday or Thursday"."""
    return _KINDS.get(days) or join_words([WEEKDAYS[day.weekday] for day in days], "or")


def months(numbers: Sequence[int]) -> str:
    """Return months as a list in words: "March and May"; "every month" for all."""
    return (
        "every month"
        if len(numbers) == len(MONTHS)
        else join_words([MONTHS[number - 1] for number in numbers])
    )


def spans(hours: Sequence[int]) -> list[tuple[int, int]]:
    """Return the ranges of consecutive hours, also over midnight: (22, 23, 0, 5) gives 22 to 0 and 5 to 5."""
    begins = [hour for hour in hours if (hour - 1) % 24 not in hours]
    ends = {hour for hour in hours if (hour + 1) % 24 not in hours}
    if not begins:
        return [(0, 23)]
    return [
        (begin, next((begin + n) % 24 for n in range(24) if (begin + n) % 24 in ends)) for begin in begins
    ]
