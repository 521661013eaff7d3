"""Reading reminders: `remind me to …`, `remind me 1 day before`, `remind 1h and 15m`, `remind me at 8:00`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tasks_app import recurrence as rec
from tasks_app.recurrence import Slot

from .line import Line
from .moment import ExpressionRefused
from .spans import Amount, LengthRead, read_length
from .times import TimeExpression, read_time

REMINDERS_OF_TASK: Final = 20
_MORNING: Final = "PT9H"
_DAY: Final = 24 * 60
_DAYS: Final = {"fortnight": 14, "week": 7, "day": 1}


@dataclass(frozen=True, slots=True)
class ReminderRead:
    """A reminder from token `first` to before `end`: ISO durations from the due, or a time; neither: when it is due.

    `days` are how many before the due a time is on: `1 day before at 18:00`.
    """

    first: int
    end: int
    offsets: tuple[str, ...] = ()
    time: TimeExpression | None = None
    days: int = 0
    may_stand: bool = False


def read_reminder_at(line: Line, at: int) -> ReminderRead | None:
    """Return the reminder that begins at a token and says when it comes."""
    if line.roles(at).isdisjoint(("remind", "remind_me", "figure", "number", "half")) or line.counts_nothing(
        at
    ):
        return None
    remind = line.take(at, "remind", "remind_me")
    if remind is None:
        return _behind(line, at)
    is_sure = line.has(at, "remind_me") or line.kind(at) == "bang"
    begin = (
        line.skip(remind.end, "lead")
        if line.take(remind.end, "lead") and _is_at(line, remind.end)
        else remind.end
    )
    offsets, end, has_ahead = _listed_offsets(line, begin)
    if has_ahead and len(offsets) == 1 and (found := _at_time_of_day_before(line, at, begin, end)):
        return found
    if offsets:
        is_whole = line.is_whole(at, end)
        return ReminderRead(at, end, offsets, may_stand=is_sure or has_ahead) if is_whole else None
    time = read_time(line, begin, is_led=_is_at(line, remind.end), beside_day=line.kind(at) == "bang")
    if time and time.expression.days is None and line.is_whole(at, time.end):
        return ReminderRead(at, time.end, time=time.expression, may_stand=is_sure)
    return None


def _at_time_of_day_before(line: Line, first: int, begin: int, end: int) -> ReminderRead | None:
    """`remind me 1 day before at 18:00`."""
    length = read_length(line, begin) or _unit_ahead(line, begin)
    days = _days_of(length.amounts[0]) if length and len(length.amounts) == 1 else 0
    if not days or not _is_at(line, end):
        return None
    time = read_time(line, line.skip(end, "lead"), is_led=True)
    if time is None or time.expression.days is not None or not line.is_whole(first, time.end):
        return None
    return ReminderRead(first, time.end, time=time.expression, days=days, may_stand=True)


def _days_of(amount: Amount) -> int:
    return amount.number * _DAYS.get(amount.unit, 0)


def _listed_offsets(line: Line, at: int) -> tuple[tuple[str, ...], int, bool]:
    """`1h and 15m`, `15 minutes before and 1 hour before`: offsets, the token after them, whether `before` is there."""
    offsets: tuple[str, ...] = ()
    end, has_ahead = at, False
    while len(offsets) < REMINDERS_OF_TASK:
        begin = line.skip(line.comma(end), "and") if offsets else end
        length = read_length(line, begin) or _unit_ahead(line, begin)
        if length is None:
            break
        ahead, after = line.take(length.end, "ahead"), line.take(length.end, "afterwards")
        offsets += _offsets(length.amounts, "" if after and not ahead else "-")
        has_ahead, end = has_ahead or bool(ahead), (ahead or after or length).end
    return offsets, end, has_ahead


def _unit_ahead(line: Line, at: int) -> LengthRead | None:
    """`the day before`, as one day."""
    article = line.take(at, "the")
    unit = line.take(article.end, "unit") if article else None
    return LengthRead((Amount(1, unit.value),), unit.end) if unit and line.has(unit.end, "ahead") else None


def _is_at(line: Line, at: int) -> bool:
    lead = line.take(at, "lead")
    return lead is not None and lead.value == "at"


def _behind(line: Line, at: int) -> ReminderRead | None:
    """`1 گھنٹہ پہلے یاد دلائیں`: the length before the verb."""
    length = read_length(line, at)
    ahead = line.take(length.end, "ahead") if length else None
    remind = line.take(ahead.end, "remind", "remind_me") if ahead else None
    if length is None or remind is None or not line.is_whole(at, remind.end):
        return None
    return ReminderRead(at, remind.end, _offsets(length.amounts, "-"), may_stand=True)


def _offsets(amounts: tuple[Amount, ...], sign: str) -> tuple[str, ...]:
    """ISO durations: `1h and 15m` are two reminders, `1h15m` and `1 hour and 15 minutes` one."""
    groups: list[list[Amount]] = []
    for amount in amounts:
        follows = groups and (not amount.joined or _is_one_length(groups[-1][-1], amount))
        if follows:
            groups[-1].append(amount)
        else:
            groups.append([amount])
    return tuple(sign + _iso(group) for group in groups)


def _is_one_length(first: Amount, second: Amount) -> bool:
    return (first.unit, second.unit) == ("hour", "minute") and not first.is_short and not second.is_short


def _iso(amounts: list[Amount]) -> str:
    """An ISO 8601 duration in days, hours and minutes; nothing for units that an offset does not have."""
    if any(amount.unit not in _DAYS and amount.minutes is None for amount in amounts):
        return ""
    if len(amounts) == 1 and amounts[0].unit == "week":
        return f"P{amounts[0].number}W"
    days = sum(map(_days_of, amounts))
    hours = sum(amount.number for amount in amounts if amount.unit == "hour")
    minutes = sum(amount.number for amount in amounts if amount.unit == "minute")
    return (
        f"P{f'{days}D' if days else ''}{_time_text(hours, minutes) if hours or minutes or not days else ''}"
    )


def offsets_for(reminder: ReminderRead, slot: Slot) -> tuple[str, ...]:
    """Return the offsets of a reminder for a task that is due at a slot. Raises ExpressionRefused."""
    if reminder.time is not None:
        return (_offset_to(reminder.time, slot, reminder.days),)
    if not reminder.offsets:
        return ("PT0S" if isinstance(slot, datetime) else _MORNING,)
    return tuple(check_reminder(text, slot) for text in reminder.offsets)


def check_reminder(text: str, slot: Slot) -> str:
    """Return an offset as it is stored, checked against a due. Raises ExpressionRefused."""
    due: rec.Due = rec.Floating(slot) if isinstance(slot, datetime) else rec.Day(slot)
    try:
        offset = rec.parse_offset(text)
        rec.check_offset(offset, due)
    except rec.RecurrenceError:
        raise ExpressionRefused("reminder_refused") from None
    return offset.text


def _offset_to(time: TimeExpression, slot: Slot, days: int) -> str:
    """The offset of a time of day: on the day, some days before, or the last such time before a due with a time."""
    if time.problem:
        raise ExpressionRefused(time.problem)
    minutes = time.hour * 60 + time.minute
    if days or not isinstance(slot, datetime):
        due = slot.hour * 60 + slot.minute if isinstance(slot, datetime) else 0
        later = minutes - due - days * _DAY
        return check_reminder(f"{'-' if later < 0 else ''}P{_time_text(*divmod(abs(later), 60))}", slot)
    due = slot.hour * 60 + slot.minute
    if time.is_half and minutes > due >= minutes - 720 >= 0:
        minutes -= 720
    back = (due - minutes) % _DAY
    return check_reminder(f"{'-' if back else ''}P{_time_text(*divmod(back, 60))}", slot)


def _time_text(hours: int, minutes: int) -> str:
    text = f"{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}"
    return f"T{text or '0S'}"
