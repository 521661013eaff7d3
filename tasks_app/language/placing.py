"""Where in a line a date is read: at its end, at its beginning, or in its middle behind certain words (R2).

Marks and reminders are left aside. What stands inside quotes, behind `of` or `about`, or is part of a longer word
is text.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from .line import Line
from .lookalikes import is_told_anywhere, read_lookalike
from .marks import MarkRead, level_at, level_at_end
from .reminders import ReminderRead, read_reminder_at
from .rule_days import RuleMatch
from .rules import read_rule
from .tokens import begins_cleanly
from .when import WhenExpression, read_when


@dataclass(frozen=True, slots=True)
class Piece:
    """TokenSpan from `first` to before `end` that say when; `problem`: what they look like and cannot say."""

    first: int
    end: int
    when: WhenExpression | None = None
    rule: RuleMatch | None = None
    problem: str = ""


@dataclass(slots=True)
class Places:
    """What is read, in the order of the line, and what is left as text though it looks like an instruction."""

    pieces: list[Piece] = field(default_factory=list)
    levels: list[MarkRead] = field(default_factory=list)
    reminders: list[ReminderRead] = field(default_factory=list)
    unread: list[Piece] = field(default_factory=list)


def find_places(line: Line, stop: int) -> Places:
    """Return what is read before token `stop`."""
    _hide_titles(line, stop)
    places = Places()
    reminders = _find_reminders(line, stop, places)
    begin = _begin_with_reminder(line, stop, places)
    pieces = {at: piece for at in range(begin, stop) if (piece := _piece(line, at)) and piece.end <= stop}
    _join_pieces(line, pieces)
    end = _peel_end(line, (pieces, reminders), (begin, stop), places)
    begin = _peel_begin(line, pieces, (begin, end), places)
    _take_middle(line, pieces, (begin, end), places)
    places.pieces.sort(key=lambda piece: piece.first)
    return places


def _hide_titles(line: Line, stop: int) -> None:
    """Make text of phrases that only look like dates: `black friday`, `24/7`."""
    at = 0
    while at < stop:
        title = line.take(at, "text")
        if title:
            line.make_title(at, title.end)
        at = title.end if title else at + 1


def _find_reminders(line: Line, stop: int, places: Places) -> dict[int, ReminderRead]:
    """Take the reminders that are plainly ones, wherever they stand; return the others by the token behind them."""
    others: dict[int, ReminderRead] = {}
    at = 0
    while at < stop:
        reminder = (
            read_reminder_at(line, at) if line.is_whole(at, at + 1) or line.kind(at) == "bang" else None
        )
        if reminder is None or reminder.end > stop:
            at += 1
            continue
        if reminder.may_stand:
            places.reminders.append(reminder)
            line.hide(range(reminder.first, reminder.end))
        else:
            others[reminder.end] = reminder
        at = reminder.end
    return others


def _begin_with_reminder(line: Line, stop: int, places: Places) -> int:
    """Take `remind me to` at the beginning; return the token at which the rest begins."""
    begin = _first_word(line, 0, stop)
    taken = line.take(begin, "remind_to") or line.take(begin, "remind_me")
    if taken is None or taken.end >= stop or begin in line.hidden:
        return begin
    end = taken.end
    if line.symbol(end, ":,") and line.is_glued(end):
        end += 1
    places.reminders.append(ReminderRead(begin, end))
    line.hide(range(begin, end))
    return _first_word(line, end, stop)


def _first_word(line: Line, begin: int, stop: int) -> int:
    while begin < stop and line.is_passed_over(begin):
        begin += 1
    return begin


def _piece(line: Line, at: int) -> Piece | None:
    """Return the longest piece that begins at a token and is no part of something longer."""
    if not line.roles(at) or line.counts_nothing(at) or not begins_cleanly(line.tokens, at):
        return None
    rule = read_rule(line, at)
    if rule and line.is_whole(at, rule.end):
        return Piece(at, rule.end, rule=rule)
    when = read_when(line, at)
    if when and line.is_whole(at, when.end):
        return Piece(at, when.end, when=when)
    found = read_lookalike(line, at)
    return Piece(at, found[0], problem=found[1]) if found else None


def _join_pieces(line: Line, pieces: dict[int, Piece]) -> None:
    """Give a piece the `and` or `or` between it and the piece before: `friday or saturday`."""
    ends = {piece.end for piece in pieces.values() if not piece.problem}
    for at, piece in pieces.items():
        word = line.take(at - 1, "and", "or") if at - 1 in ends and not piece.problem else None
        if word and word.end == at:
            pieces[at] = replace(piece, first=at - 1)


def _is_text(line: Line, piece: Piece) -> bool:
    """Whether the words before a piece make it part of a title: `story of tomorrow`, `the daily`."""
    before = piece.first - 1
    if before < 0 or line.tokens[before].is_symbol or before in line.hidden:
        return False
    if any(
        (word := line.take(at, "about")) and word.end == piece.first for at in (before - 1, before) if at >= 0
    ):
        return True
    article = line.take(before, "article")
    return bool(article and article.end == piece.first and not line.has(piece.first, "lead", "every"))


def _peel_end(
    line: Line,
    found: tuple[dict[int, Piece], dict[int, ReminderRead]],
    ends: tuple[int, int],
    places: Places,
) -> int:
    """Take what stands at the end, from the last word on; return the token before which the rest ends."""
    pieces, reminders = found
    begin, end = ends
    by_end: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces.values():
        by_end[piece.end].append(piece)
    words_seen = False
    while True:
        while end > begin and line.is_passed_over(end - 1):
            end -= 1
        level = level_at_end(line, end) if end > begin else None
        reminder = reminders.get(end) or _reminder_at_end(line, begin, end)
        if level and level.first >= begin:
            places.levels.append(level)
            end = level.first
        elif reminder:
            places.reminders.append(reminder)
            end = reminder.first
        else:
            last = _last_piece(line, by_end[end], is_last=not words_seen)
            if last is None or last.first < begin:
                return end
            places.pieces.append(last)
            words_seen, end = True, last.first


def _reminder_at_end(line: Line, begin: int, end: int) -> ReminderRead | None:
    """`… remind me` as last words."""
    for first in range(max(begin, end - 3), end):
        taken = line.take(first, "remind_me")
        if taken and taken.end == end:
            return ReminderRead(first, end)
    return None


def _last_piece(line: Line, pieces: Sequence[Piece], *, is_last: bool) -> Piece | None:
    """The longest piece that may end a line; none where `last friday` is part of a title, for then `friday` is."""
    for piece in pieces:
        if _may_end(line, piece, is_last=is_last):
            return piece
        if piece.problem:
            break
    return None


def _may_end(line: Line, piece: Piece, *, is_last: bool) -> bool:
    if piece.when is not None and piece.when.is_last and not is_last:
        return False
    return not _is_text(line, piece)


def _peel_begin(line: Line, pieces: dict[int, Piece], ends: tuple[int, int], places: Places) -> int:
    """Take what stands at the beginning; return the token at which the rest begins."""
    begin, end = ends
    level = level_at(line, begin) if begin < end else None
    if level and level.end < end and (line.tokens[begin].text == "p" or _colon(line, level.end)):
        places.levels.append(replace(level, end=level.end + _colon(line, level.end)))
        begin = _first_word(line, level.end, end)
    piece = pieces.get(begin)
    if piece is not None and piece.when and piece.when.day is None and not _may_begin(line, piece, places):
        rule = pieces.get(piece.end)
        if rule and rule.rule and rule.end <= end and _may_begin(line, rule, places):
            places.pieces.append(piece)  # `9:30 every weekday standup`
            piece = rule
    if piece is None or piece.end > end or not _may_begin(line, piece, places):
        if piece is not None and piece.end < end and _is_unread_time(piece):
            places.unread.append(piece)
        return begin
    colon = _colon(line, piece.end)
    purpose = line.take(piece.end, "purpose") if places.reminders and not colon else None
    after = purpose.end if purpose and _follows_reminder(places, piece) else piece.end + colon
    places.pieces.append(Piece(piece.first, after, piece.when, piece.rule, piece.problem))
    return after


def _is_unread_time(piece: Piece) -> bool:
    """Whether a line begins with a time that it does not take: `noon lunch`, `9:30 standup`."""
    when = piece.when
    if when is not None:
        return when.time is not None and when.day is None and not when.is_plain
    return piece.problem == "not_read_here"


def _colon(line: Line, at: int) -> int:
    """1 where a glued `:` or `,` stands, else 0."""
    return int(line.symbol(at, ":,،") and line.is_glued(at))


def _follows_reminder(places: Places, piece: Piece) -> bool:
    return any(
        reminder.end == piece.first and not reminder.offsets and not reminder.time
        for reminder in places.reminders
    )


def _may_begin(line: Line, piece: Piece, places: Places) -> bool:
    if piece.problem:
        return False
    if _colon(line, piece.end) or _follows_reminder(places, piece):
        return True
    if line.table.anywhere:
        return not (piece.when and piece.when.is_last) and not (piece.rule and piece.rule.is_bare)
    return bool(piece.when and piece.when.may_begin) or bool(piece.rule and not piece.rule.is_bare)


def _take_middle(line: Line, pieces: dict[int, Piece], ends: tuple[int, int], places: Places) -> None:
    """Take what stands in the middle behind words that announce a date; note what is plainly one and does not."""
    at, end = ends
    while at < end:
        piece = pieces.get(at)
        if piece is None or piece.end > end or _is_text(line, piece):
            at += 1
            continue
        if _may_stand(line, piece) or is_told_anywhere(piece.problem):
            places.pieces.append(piece)
        elif piece.when and piece.when.is_plain:
            places.unread.append(piece)
        elif not piece.problem:
            at += 1
            continue
        at = piece.end


def _may_stand(line: Line, piece: Piece) -> bool:
    if piece.problem:
        return False
    if piece.rule is not None:
        return not piece.rule.is_adverb
    when = piece.when
    if when is None or when.is_last:
        return False
    return when.may_stand or (line.table.anywhere and (when.is_plain or bool(when.lead)))


def hidden_tokens(marks: Iterable[MarkRead]) -> Iterator[int]:
    """The tokens of marks that were taken."""
    for mark in marks:
        if not mark.problem:
            yield from range(mark.first, mark.end)
