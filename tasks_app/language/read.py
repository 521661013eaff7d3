"""Reading a line: marks, reminders and dates are found, each takes its place, and the rest is the title."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tasks_app import recurrence as rec
from tasks_app.recurrence import Anchor, Schedule

from .choosing import Chosen, choose, due_of_pieces, with_brackets
from .dues import DueChoice, DueRead
from .line import Line
from .marks import MarkRead, find_marks
from .moment import Clock, ExpressionRefused
from .placing import Piece, find_places, hidden_tokens
from .reading import (
    MAX_DESCRIPTION,
    MAX_TEXT,
    MAX_TITLE,
    Alternative,
    Chip,
    ChipKind,
    Fields,
    Reading,
    ReadNote,
    ReadProblem,
    TextTooLong,
)
from .reminders import REMINDERS_OF_TASK, ReminderRead, offsets_for
from .say import say_due, say_offset
from .table import LanguageTable, load_languages, with_words_of
from .title import title_of, unquote
from .tokens import Token, tokenize

_UPCOMING: Final = 3


def read(
    text: str,
    clock: Clock,
    without: Sequence[tuple[int, int]] = (),
    *,
    languages: Sequence[LanguageTable] | None = None,
) -> Reading:
    """Return a line of everyday language as title, fields, chips, notes and problems.

    `without` are spans of chips, in UTF-16 code units, that are to stay text. Repeating gives the same answer. Raises
    TextTooLong beyond 2,000 characters.
    """
    if len(text) > MAX_TEXT:
        raise TextTooLong(f"A line has at most {MAX_TEXT} characters.")
    tables = load_languages() if languages is None else tuple(languages)
    quoted = unquote(text)
    tokens = [] if quoted is not None else tokenize(text)
    table = _language_of(text, tokens, tables)
    if quoted is not None:
        return Reading(quoted, {"title": quoted}, language=table.code)
    line = Line(text, tokens, _with_every_word(table, tables))
    return _Reader(line, clock, tables).read(without)


def _language_of(text: str, tokens: Sequence[Token], tables: Sequence[LanguageTable]) -> LanguageTable:
    """The language whose letters stand outside tags; the last one, which has none of its own, otherwise."""
    outside = (
        " ".join(text[token.start : token.end] for token in tokens if token.kind != "tag") if tokens else text
    )
    return next((table for table in tables if table.letters and table.letters.search(outside)), tables[-1])


def _with_every_word(table: LanguageTable, tables: Sequence[LanguageTable]) -> LanguageTable:
    return table if table is tables[-1] else with_words_of(table, tables[-1])


@dataclass(frozen=True, slots=True)
class _Taken:
    """A chip before its place is counted in UTF-16."""

    kind: ChipKind
    first: int
    end: int
    means: str
    alternatives: tuple[Alternative, ...] = ()


class _Reader:
    """One reading of one line."""

    def __init__(self, line: Line, clock: Clock, tables: Sequence[LanguageTable]) -> None:
        self._line, self._clock, self._tables = line, clock, tables
        self._table = line.table
        self._wide = [index for index, character in enumerate(line.text) if character > "\uffff"]
        self._fields: Fields = {}
        self._taken: list[_Taken] = []
        self._notes: list[str] = []
        self._problems: list[tuple[int, int, str]] = []

    def read(self, without: Sequence[tuple[int, int]]) -> Reading:
        chosen = self._choose()
        chosen.keep(lambda first, end: not self._overlaps(first, end, without))
        due = due_of_pieces(chosen, self._clock)
        self._take_due(chosen.pieces, due)
        self._take_marks(chosen.marks)
        self._take_reminders(chosen, due)
        for (first, end), code in chosen.problems:
            self._add_problem(*self._line.span(first, end), code)
        return self._reading(due)

    def _choose(self) -> Chosen:
        line = self._line
        marks = find_marks(line, self._tables)
        line.hide(hidden_tokens(marks))
        stop = next((at for at, token in enumerate(line.tokens) if token.kind == "about"), len(line))
        chosen = choose(find_places(line, stop), marks, self._clock)
        chosen.pieces = [with_brackets(line, piece) for piece in chosen.pieces]
        chosen.marks = [with_brackets(line, mark) for mark in chosen.marks]
        chosen.reminders = [with_brackets(line, each) for each in chosen.reminders]
        return chosen

    def _overlaps(self, first: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
        begin, stop = (self._units(at) for at in self._line.span(first, end))
        return any(start < stop and begin < last for start, last in spans)

    def _units(self, at: int) -> int:
        """The number of UTF-16 code units before a character."""
        return at + bisect_left(self._wide, at)

    def _take_due(self, pieces: Sequence[Piece], due: DueRead | None) -> None:
        if due is None:
            return
        self._fields.update(due_fields(due.due))
        self._notes += due.notes
        means = say_due(self._table, due.due)
        day_expression = next(
            (piece for piece in pieces if piece.rule or (piece.when and piece.when.day)), pieces[-1]
        )
        time_expression = next((piece for piece in pieces if _says_time(piece)), pieces[-1])
        for piece in pieces:
            others = [
                *(due.other_days if piece is day_expression else ()),
                *(due.other_times if piece is time_expression else ()),
            ]
            kind: ChipKind = "due" if piece.rule is None else "recurrence"
            self._taken.append(
                _Taken(kind, piece.first, piece.end, means, self._alternatives(others, due.due))
            )

    def _alternatives(self, others: Sequence[DueChoice], due: DueChoice) -> tuple[Alternative, ...]:
        different = [other for other in dict.fromkeys(others) if other != due]
        return tuple(Alternative(say_due(self._table, other), due_fields(other)) for other in different)

    def _take_marks(self, marks: Sequence[MarkRead]) -> None:
        table, tags = self._table, dict[str, str]()
        for mark in marks:
            if mark.kind == "description":
                self._take_description(mark)
                continue
            if mark.kind == "tag":
                tags.setdefault(mark.value.casefold(), mark.value)
                means = table.say("tag", tag=mark.value)
            else:
                self._fields["priority"] = mark.value
                means = table.say("priority", level=table.say(mark.value))
            self._taken.append(_Taken(mark.kind, mark.first, mark.end, means))
        if tags:
            self._fields["tags"] = list(tags.values())

    def _take_description(self, mark: MarkRead) -> None:
        if len(mark.value) > MAX_DESCRIPTION:
            self._add_problem(*self._line.span(mark.first, mark.end), "description_too_long")
            return
        self._fields["description"] = mark.value
        self._taken.append(_Taken("description", mark.first, mark.end, self._table.say("description")))

    def _take_reminders(self, chosen: Chosen, due: DueRead | None) -> None:
        offsets: dict[str, None] = {}
        for reminder in chosen.reminders:
            try:
                found = self._offsets(reminder, due)
            except ExpressionRefused as refusal:
                chosen.refuse(reminder.first, reminder.end, refusal.code)
                continue
            if len({*offsets, *found}) > REMINDERS_OF_TASK:
                chosen.refuse(reminder.first, reminder.end, "too_many_reminders")
                continue
            offsets |= dict.fromkeys(found)
            is_timed = due is not None and isinstance(due.due.slot, datetime)
            when = self._table.say("list").join(
                say_offset(self._table, text, is_timed=is_timed) for text in found
            )
            means = self._table.say("reminder", when=when)
            self._taken.append(_Taken("reminder", reminder.first, reminder.end, means))
        if offsets:
            self._fields["reminders"] = [{"offset": text} for text in offsets]

    def _offsets(self, reminder: ReminderRead, due: DueRead | None) -> tuple[str, ...]:
        if due is None:
            raise ExpressionRefused("reminder_needs_due")
        if not reminder.offsets and not reminder.time and not isinstance(due.due.slot, datetime):
            self._notes.append("day_reminder")
        return offsets_for(reminder, due.due.slot)

    def _add_problem(self, start: int, end: int, code: str) -> None:
        self._problems.append((start, end, code if code in self._table.texts["problems"] else "rule_refused"))

    def _reading(self, due: DueRead | None) -> Reading:
        line, text = self._line, self._line.text
        taken = sorted(self._taken, key=lambda each: each.first)
        spans = [line.span(each.first, each.end) for each in taken]
        title = title_of(text, line.tokens, spans)
        if not title:
            self._add_problem(0, len(text), "title_missing")
        elif len(title) > MAX_TITLE:
            self._add_problem(0, len(text), "title_too_long")
        fields: Fields = {"title": title, **self._fields}
        texts = self._table.texts
        return Reading(
            title,
            fields,
            tuple(self._chip(each, span) for each, span in zip(taken, spans, strict=True)),
            tuple(ReadNote(code, str(texts["notes"][code])) for code in dict.fromkeys(self._notes)),
            tuple(self._problem(*problem) for problem in sorted(self._problems)),
            self._table.code,
            _upcoming(due, self._clock),
        )

    def _chip(self, taken: _Taken, span: tuple[int, int]) -> Chip:
        start, end = (self._units(at) for at in span)
        text = self._line.text[slice(*span)]
        return Chip(f"{taken.kind}-{start}", taken.kind, start, end, text, taken.means, taken.alternatives)

    def _problem(self, start: int, end: int, code: str) -> ReadProblem:
        detail = str(self._table.texts["problems"][code])
        return ReadProblem(code, self._units(start), self._units(end), self._line.text[start:end], detail)


def _says_time(piece: Piece) -> bool:
    if piece.rule is not None:
        return bool(piece.rule.expression.times)
    return bool(piece.when and piece.when.time)


def due_fields(due: DueChoice) -> Fields:
    """Return a due as fields of a task."""
    fields: Fields = {}
    if isinstance(due.slot, datetime):
        fields["due_at"] = due.slot.isoformat(timespec="minutes")
        if due.zone:
            fields["time_zone"] = due.zone
    else:
        fields["due_on"] = due.slot.isoformat()
    if due.recurrence is not None:
        fields["recurrence"] = {"rule": str(due.recurrence.rule)}
        if due.recurrence.anchor is not Anchor.FUTURE:
            fields["recurrence"]["anchor"] = str(due.recurrence.anchor)
    return fields


def _upcoming(due: DueRead | None, clock: Clock) -> tuple[str, ...]:
    if due is None or due.due.recurrence is None:
        return ()
    zone = rec.load_zone(due.due.zone) if due.due.zone else clock.zone
    slots = rec.occurrences(Schedule(due.due.recurrence, due.due.slot, zone), _UPCOMING)
    return tuple(rec.slot_text(slot) for slot in slots)
