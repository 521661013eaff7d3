"""Which of the pieces of a line count: one date, one clock, one rule, one priority; the last wins (R4)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from .dues import DueExpression, DueRead, resolve_due
from .line import Line
from .marks import TAGS_OF_TASK, MarkRead
from .moment import Clock, ExpressionRefused
from .placing import Piece, Places
from .reminders import ReminderRead

TokenSpan = tuple[int, int]
Bracketed = TypeVar("Bracketed", Piece, MarkRead, ReminderRead)


@dataclass(slots=True)
class Chosen:
    """What counts, and what does not with the reason, each by the tokens from `first` to before `end`."""

    pieces: list[Piece] = field(default_factory=list)
    marks: list[MarkRead] = field(default_factory=list)
    reminders: list[ReminderRead] = field(default_factory=list)
    problems: list[tuple[TokenSpan, str]] = field(default_factory=list)

    def refuse(self, first: int, end: int, code: str) -> None:
        self.problems.append(((first, end), code))

    def keep(self, is_kept: Callable[[int, int], bool]) -> None:
        """Drop what a client does not want to be taken."""
        self.pieces = [piece for piece in self.pieces if is_kept(piece.first, piece.end)]
        self.marks = [mark for mark in self.marks if is_kept(mark.first, mark.end)]
        self.reminders = [each for each in self.reminders if is_kept(each.first, each.end)]


def choose(places: Places, marks: list[MarkRead], clock: Clock) -> Chosen:
    """Return what counts of all that was found."""
    chosen = Chosen(reminders=sorted(places.reminders, key=lambda each: each.first))
    _choose_marks(chosen, sorted([*marks, *places.levels], key=lambda mark: mark.first))
    expression, codes = DueExpression(), dict[DueExpression, str]()
    for piece in reversed(places.pieces):
        if piece.problem:
            chosen.refuse(piece.first, piece.end, piece.problem)
            continue
        own = expression_of(piece)
        both = _combine(own, expression)
        if own not in codes:
            codes[own] = "" if both is None else _refusal(own, clock)
        code = "second_date" if both is None else codes[own]
        if code or both is None:
            chosen.refuse(piece.first, piece.end, code)
        else:
            expression = both
            chosen.pieces.insert(0, piece)
    for piece in places.unread:
        chosen.refuse(piece.first, piece.end, "not_read_here")
    return chosen


def _choose_marks(chosen: Chosen, marks: list[MarkRead]) -> None:
    tags: set[str] = set()
    last = next((mark for mark in reversed(marks) if mark.kind == "priority" and not mark.problem), None)
    for mark in marks:
        code = mark.problem
        if mark.kind == "priority" and not code and mark is not last:
            code = "second_priority"
        elif mark.kind == "tag" and not code:
            code = "" if len(tags | {mark.value.casefold()}) <= TAGS_OF_TASK else "too_many_tags"
            tags |= set() if code else {mark.value.casefold()}
        if code:
            chosen.refuse(mark.first, mark.end, code)
        else:
            chosen.marks.append(mark)


def expression_of(piece: Piece) -> DueExpression:
    """Return what one piece says of the due."""
    if piece.rule is not None:
        return DueExpression(rule=piece.rule.expression)
    when = piece.when
    return DueExpression(when.day, when.time, when.minutes) if when is not None else DueExpression()


def _combine(first: DueExpression, second: DueExpression) -> DueExpression | None:
    """Return what both say together; None where both say the same thing."""
    times = [bool(each.time or each.minutes or (each.rule and each.rule.times)) for each in (first, second)]
    days = [bool(each.day or each.minutes or (each.rule and each.rule.starts)) for each in (first, second)]
    if all(times) or all(days) or (first.rule and second.rule):
        return None
    minutes = first.minutes if first.minutes is not None else second.minutes
    both = DueExpression(
        first.day or second.day, first.time or second.time, minutes, first.rule or second.rule
    )
    return None if both.minutes is not None and (both.day or both.time or both.rule) else both


def _refusal(expression: DueExpression, clock: Clock) -> str:
    """Return why what a piece says cannot be; empty if it can."""
    try:
        resolve_due(expression, clock)
    except ExpressionRefused as refusal:
        return refusal.code
    return ""


def due_of_pieces(chosen: Chosen, clock: Clock) -> DueRead | None:
    """Return the due that the pieces say together; those that cannot be together are refused, and say none."""
    expression = DueExpression()
    for piece in chosen.pieces:
        expression = _combine(expression_of(piece), expression) or expression
    if expression == DueExpression():
        return None
    try:
        return resolve_due(expression, clock)
    except ExpressionRefused as refusal:
        for piece in chosen.pieces:
            chosen.refuse(piece.first, piece.end, refusal.code)
        chosen.pieces = []
        return None


def with_brackets(line: Line, part: Bracketed) -> Bracketed:
    """Return a piece, mark or reminder with the brackets around it, if both are there."""
    before, after = part.first - 1, part.end
    if before >= 0 and line.symbol(before, "([") and line.symbol(after, ")]"):
        return replace(part, first=before, end=after + 1)
    return part
