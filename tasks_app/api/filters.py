"""Filters of the task list: what the query says becomes TaskCriteria. Each is a field of the browsable form too."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Self, cast
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django_filters.utils import translate_validation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from accounts_app.models import User, WeekStart
from foundation.http.filters import LabelledFilterSet
from foundation.http.parameters import is_id
from tasks_app import recurrence as rec
from tasks_app.api.inputs import PRIORITIES
from tasks_app.models import Priority, Task
from tasks_app.queries.lists.criteria import Span, TaskCriteria
from tasks_app.queries.lists.filters import task_list
from tasks_app.queries.lists.orders import BY_DUE, BY_RELEVANCE, SORT_NAMES
from tasks_app.queries.lists.task_rows import TaskRows
from tasks_app.search.query import SearchQuery, TooManyWords, parse_search
from tasks_app.values.fields import AtInstant, AtWall, OnDay, When
from tasks_app.values.moments import read_moment
from tasks_app.values.tag_names import tag_key

MAX_IDS = 200
MAX_NAMES = 200
MAX_SEARCH_CHARACTERS = 1000
_SEARCH = (
    'All words, each as the beginning of a word, in title, description or tags; "quotes" for a phrase,'
    " -word for tasks without it. E-mail is email, C++ is not C, #home is a tag or a word written so."
)
_FLAGS = {"true": True, "false": False}
_DONE = {"pending": False, "completed": True}
_SPANS = {"due": "due", "created": "created_at", "updated": "updated_at", "completed": "completed_at"}


class ListInput(forms.TextInput):
    """A parameter that may be repeated or hold several values with commas."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str] | None:
        if name not in data:
            return None
        given = data.getlist(name) if hasattr(data, "getlist") else [data[name]]
        return [part.strip() for each in given for part in each.split(",")]

    def format_value(self, value: Any) -> str:
        return ",".join(value) if isinstance(value, list) else str(value or "")


class NamesField(forms.Field):
    """A list of texts; `[""]` when the parameter is there and empty."""

    widget = ListInput

    def to_python(self, value: Any) -> list[str] | None:
        return None if value is None else list(value)

    def validate(self, value: Any) -> None:
        """Any text may be a name; of names there may be 200."""
        if value and len(value) > MAX_NAMES:
            raise forms.ValidationError(f"Write at most {MAX_NAMES} names.", code="too_many")


class PrioritiesField(NamesField):
    def to_python(self, value: Any) -> list[Priority]:  # type: ignore[override]
        names = {name.lower(): None for name in value or () if name}
        if not set(names) <= set(PRIORITIES):
            raise forms.ValidationError("Write low, medium, high or urgent.", code="invalid")
        return [PRIORITIES[name] for name in names]


class IdsField(NamesField):
    def to_python(self, value: Any) -> list[int] | None:  # type: ignore[override]
        if value is None or value == [""]:
            return None
        if len(value) > MAX_IDS or not all(is_id(text) for text in value):
            raise forms.ValidationError(f"Write at most {MAX_IDS} ids.", code="invalid")
        return [int(text) for text in value]


class IdField(forms.CharField):
    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        if not is_id(text):
            raise forms.ValidationError("Write an id.", code="invalid")
        return int(text)


class MomentInput(forms.DateTimeInput):
    """A picker of a wall time; what a picker cannot hold stays as the text that it is."""

    input_type = "datetime-local"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if value and not isinstance(read_moment(value), AtWall):
            context["widget"]["type"] = "text"
        return context


class MomentFormField(forms.CharField):
    """A date, or a time with or without offset."""

    widget: type[forms.Widget] | forms.Widget = MomentInput

    def to_python(self, value: Any) -> When | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        # A plus sign that was not encoded arrives as a space.
        when = read_moment(text.replace(" ", "+") if "T" in text else text)
        if when is None:
            raise forms.ValidationError("Write a date such as 2026-03-29, or a time.", code="invalid")
        return when


class DayFormField(MomentFormField):
    widget = forms.DateInput(attrs={"type": "date"})

    def to_python(self, value: Any) -> OnDay | None:  # type: ignore[override]
        when = super().to_python(value)
        if when is not None and not isinstance(when, OnDay):
            raise forms.ValidationError("Write a date such as 2026-03-29.", code="invalid")
        return when


class SortField(NamesField):
    def to_python(self, value: Any) -> list[tuple[str, bool]]:  # type: ignore[override]
        keys = [(name.removeprefix("-"), name.startswith("-")) for name in value or () if name]
        names = {name for name, _ in keys}
        if not names <= set(SORT_NAMES) or len(names) < len(keys):
            raise forms.ValidationError(f"Sort by {', '.join(SORT_NAMES)}, each once.", code="invalid")
        if BY_RELEVANCE in names and len(names) > 1:
            raise forms.ValidationError("Relevance is a whole order: sort by it alone.", code="invalid")
        return keys


class SearchField(forms.CharField):
    """Words to look for."""

    widget = forms.TextInput(attrs={"type": "search"})

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_SEARCH_CHARACTERS, **options)

    def clean(self, value: Any) -> SearchQuery | None:
        text = super().clean(value)
        try:
            return parse_search(text) if text else None
        except TooManyWords as error:
            raise forms.ValidationError(str(error), code="too_many") from error


@extend_schema_field(OpenApiTypes.STR)
class _Filter(django_filters.Filter):
    """A filter that only reads its parameter; TaskFilter asks for rows once, with all of them."""

    def filter(self, qs: Any, value: Any) -> Any:
        return qs


def _filter(field: type[forms.Field], help_text: str = "") -> _Filter:
    made = _Filter(help_text=help_text)
    made.field_class = field
    return made


def _choice(*values: str) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(choices=[(value, value) for value in values], method="_read")


class ReminderFilter(LabelledFilterSet):
    """The parameters of the reminder list."""

    status = django_filters.ChoiceFilter(choices=[(each, each) for each in ("pending", "fired", "cancelled")])


class TaskFilterForm(forms.Form):
    """What the parameters must be together: two names of one thing say the same."""

    same: Sequence[tuple[str, str]] = (("search", "q"), ("sort", "sort_by"), ("sort", "order"))

    def clean(self) -> dict[str, Any]:
        for name, other in self.same:
            one, two = self.cleaned_data.get(name), self.cleaned_data.get(other)
            if one and two and one != two:
                self.add_error(other, forms.ValidationError(f"Give {name} or {other}.", code="conflict"))
        by_status = _DONE.get(self.cleaned_data.get("status", ""))
        by_flag = _FLAGS.get(self.cleaned_data.get("completed", ""))
        if None not in (by_status, by_flag) and by_status is not by_flag:
            self.add_error("completed", forms.ValidationError("status says otherwise.", code="conflict"))
        return self.cleaned_data


class TaskFilter(LabelledFilterSet):
    """The parameters of the task list."""

    class Meta:
        form = TaskFilterForm

    status = _choice("pending", "completed", "all")
    completed = _choice("true", "false")
    priority = _filter(PrioritiesField, "Repeat it, or several with commas.")
    tag = _filter(NamesField, "Repeat it, or several with commas; empty: tasks without tags.")
    tag_mode = _choice("all", "any")
    due = _choice("today", "tomorrow", "overdue", "week", "none")
    due_on = _filter(DayFormField)
    due_before = _filter(MomentFormField, "Exclusive.")
    due_after = _filter(MomentFormField, "Inclusive; a date is its start in your zone.")
    created_before = _filter(MomentFormField)
    created_after = _filter(MomentFormField)
    updated_before = _filter(MomentFormField)
    updated_after = _filter(MomentFormField)
    completed_before = _filter(MomentFormField)
    completed_after = _filter(MomentFormField)
    series = _filter(IdField)
    ids = _filter(IdsField)
    search = _filter(SearchField, _SEARCH)
    q = _filter(SearchField, "The same as search.")
    trashed = _choice("true", "false")
    sort = _filter(SortField, "Several keys, such as -priority,due_date.")
    sort_by = _choice(*SORT_NAMES)
    order = _choice("asc", "desc")

    def _read(self, queryset: QuerySet[Task], name: str, value: object) -> QuerySet[Task]:
        return queryset


class _SharedFields(dict[str, forms.Field]):
    """Fields that all forms of a class have together: copying them took longer than reading them."""

    def __deepcopy__(self, memo: object) -> Self:
        return self


@cache
def _form_class() -> type[forms.Form]:
    made = TaskFilter(queryset=Task.objects.none()).get_form_class()
    made.base_fields = _SharedFields(made.base_fields)
    return cast(type[forms.Form], made)


@cache
def _nothing_given() -> Mapping[str, Any]:
    form = _form_class()({})
    form.full_clean()
    return form.cleaned_data


def _clean(parameters: QueryDict) -> dict[str, Any]:
    """Return what the form makes of the parameters; it reads the fields that are given alone."""
    form = _form_class()(parameters)
    form.fields = {name: field for name, field in form.fields.items() if name in parameters}
    if not form.is_valid():
        raise translate_validation(form.errors)
    return {**_nothing_given(), **form.cleaned_data}


def listed_tasks(parameters: QueryDict, user: User) -> TaskRows:
    """Return the list that these parameters ask for. Raises ValidationError."""
    reading = _Reading(_clean(parameters), user=user, now=timezone.now())
    return task_list(user.pk, reading.criteria(), reading.sort(), now=reading.now)


class _Reading:
    """What the cleaned parameters mean for this user, now."""

    def __init__(self, data: dict[str, Any], *, user: User, now: datetime) -> None:
        self.data, self.user, self.zone, self.now = data, user, user.zone, now

    def criteria(self) -> TaskCriteria:
        tags = self.data["tag"]
        keys = tuple(dict.fromkeys(tag_key(name) for name in tags or () if tag_key(name)))
        due = self.data["due"]
        return TaskCriteria(
            trashed=self.data["trashed"] == "true",
            completed=self._completed(),
            priorities=self.data["priority"],
            tag_keys=keys,
            any_tag=self.data["tag_mode"] == "any",
            untagged=tags is not None and not keys,
            due=tuple(self._dues(due)),
            has_due=False if due == "none" else None,
            overdue_at=self.now if due == "overdue" else None,
            not_overdue_at=self.now if due == "today" else None,
            spans=tuple(self._spans()),
            series_id=self.data["series"],
            ids=self.data["ids"],
            search=self.data["search"] or self.data["q"],
        )

    def sort(self) -> Sequence[tuple[str, bool]]:
        if self.data["sort"]:
            return cast(Sequence[tuple[str, bool]], self.data["sort"])
        by, order = self.data["sort_by"], self.data["order"]
        return ((by or BY_DUE, order == "desc"),) if by or order else ()

    def _completed(self) -> bool | None:
        by_status, by_flag = _DONE.get(self.data["status"]), _FLAGS.get(self.data["completed"])
        return by_status if by_flag is None else by_flag

    def _dues(self, due: str) -> Iterable[Span]:
        if self.data["due_on"] is not None:
            yield self._days(self.data["due_on"].day, count=1)
        today = rec.local_day(self.now, self.zone)
        if due in ("today", "tomorrow"):
            yield self._days(today + timedelta(days=due == "tomorrow"), count=1)
        if due == "week":
            yield self._days(today, count=7 - (today.weekday() - _weekday(self.user)) % 7)
        if self.data["due_after"] or self.data["due_before"]:
            yield self._span("due")

    def _days(self, day: Any, *, count: int) -> Span:
        last = day + timedelta(days=count - 1)
        return rec.day_start(day, self.zone), rec.day_end(last, self.zone)

    def _spans(self) -> Iterable[tuple[str, Span]]:
        for name, column in _SPANS.items():
            if name != "due" and (self.data[f"{name}_after"] or self.data[f"{name}_before"]):
                yield column, self._span(name)

    def _span(self, name: str) -> Span:
        since, before = self.data[f"{name}_after"], self.data[f"{name}_before"]
        return _instant(since, self.zone), _instant(before, self.zone)


def _instant(when: When | None, zone: ZoneInfo) -> datetime | None:
    match when:
        case AtInstant(instant):
            return instant
        case AtWall(wall):
            return rec.resolve_within(wall.replace(fold=0), zone).instant
        case OnDay(day):
            return rec.day_start(day, zone)
    return None


def _weekday(user: User) -> int:
    return list(WeekStart.values).index(user.week_start)
