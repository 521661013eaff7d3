"""Filters of the task list: what the query says becomes TaskCriteria. Each is a field of the browsable form too."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, ClassVar, Protocol, Self, cast
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django_filters.utils import translate_validation
from drf_spectacular.utils import extend_schema_field

from accounts_app.models import User, WeekStart
from foundation.http import shapes
from foundation.http.error_bounds import show_value
from foundation.http.fields import not_among
from foundation.http.filters import IdField, LabelledFilterSet, WordFilter, form_error, no_id
from foundation.http.parameters import is_id
from tasks_app import recurrence as rec
from tasks_app.api.inputs import PRIORITIES
from tasks_app.models import Priority, Task
from tasks_app.queries.due_days import days_from
from tasks_app.queries.lists.criteria import DueUnion, Span, TaskCriteria
from tasks_app.queries.lists.filters import task_list
from tasks_app.queries.lists.orders import BY_DUE, BY_RELEVANCE, SORT_NAMES
from tasks_app.queries.lists.task_rows import TaskRows
from tasks_app.search.query import SearchQuery, TooManyWords, parse_search
from tasks_app.values.fields import AtInstant, AtWall, OnDay, When
from tasks_app.values.moments import read_moment, refuse_moment
from tasks_app.values.tag_names import MAX_TAG_NAME, tag_key

MAX_IDS = 200
MAX_NAMES = 200
MAX_SEARCH_CHARACTERS = 1000
_CACHED_CHARACTERS = 300
_SEARCH = (
    'All words, each as the beginning of a word, in title, description or tags; "quotes" for a phrase,'
    " -word for tasks without it. E-mail is email, C++ is not C, #home is a tag or a word written so."
)
_SEVERAL = "Repeat it, or several with commas."
DUES = ("today", "tomorrow", "overdue", "week", "none")
_FLAGS = {"true": True, "false": False}
_DONE = {"pending": False, "completed": True}
_SPANS = {"due": "due", "created": "created_at", "updated": "updated_at", "completed": "completed_at"}


def _sorted_by(names: Iterable[str]) -> list[str]:
    return [sign + name for name in sorted(names) for sign in ("", "-")]


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
    described: ClassVar[shapes.JsonSchema] = shapes.several(
        {"type": "string", "maxLength": MAX_TAG_NAME, "pattern": r"^[^,\u0000]*$"}, most=MAX_NAMES
    )

    def to_python(self, value: Any) -> list[str] | None:
        return None if value is None else list(value)

    def validate(self, value: Any) -> None:
        """Any text may be a name; of names there may be 200."""
        if value and len(value) > MAX_NAMES:
            raise form_error(f"These are {len(value):,} names: write at most {MAX_NAMES}.", code="too_many")


class PrioritiesField(NamesField):
    described = shapes.several(shapes.ref("WantedPriority"), most=MAX_NAMES)

    def to_python(self, value: Any) -> list[Priority]:  # type: ignore[override]
        names = {name.lower(): None for name in value or () if name}
        wrong = next((name for name in names if name not in PRIORITIES), None)
        if wrong is not None:
            raise form_error(
                f"{show_value(wrong)} is no priority: write low, medium, high or urgent.", code="invalid"
            )
        return [PRIORITIES[name] for name in names]


class DuesField(NamesField):
    described = shapes.several({"type": "string", "enum": list(DUES)}, most=MAX_NAMES)

    def to_python(self, value: Any) -> frozenset[str]:  # type: ignore[override]
        names = [name for name in value or () if name]
        wrong = next((name for name in names if name not in DUES), None)
        if wrong is not None:
            raise form_error(not_among(wrong, DUES), code="invalid")
        return frozenset(names)


class IdsField(NamesField):
    described = shapes.several(shapes.ID, most=MAX_IDS)

    def to_python(self, value: Any) -> list[int] | None:  # type: ignore[override]
        if value is None or value == [""]:
            return None
        if len(value) > MAX_IDS:
            raise form_error(f"These are {len(value):,} ids: write at most {MAX_IDS}.", code="too_many")
        wrong = next((text for text in value if not is_id(text)), None)
        if wrong is not None:
            raise form_error(f"{no_id(wrong)}, with commas between them.", code="invalid")
        return [int(text) for text in value]


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
    described: ClassVar[shapes.JsonSchema] = shapes.MOMENT_PARAMETER

    def to_python(self, value: Any) -> When | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        # A plus sign that was not encoded arrives as a space.
        when = read_moment(text.replace(" ", "+") if "T" in text else text)
        if when is None:
            raise form_error(refuse_moment(text), code="invalid")
        return when


class DayFormField(MomentFormField):
    widget = forms.DateInput(attrs={"type": "date"})
    described: ClassVar[shapes.JsonSchema] = shapes.DAY_PARAMETER

    def to_python(self, value: Any) -> OnDay | None:  # type: ignore[override]
        when = super().to_python(value)
        if when is not None and not isinstance(when, OnDay):
            raise form_error(refuse_moment(value, only=OnDay), code="invalid")
        return when


class SortField(NamesField):
    described = {
        "oneOf": [
            shapes.several({"enum": _sorted_by(set(SORT_NAMES) - {BY_RELEVANCE})}, most=len(SORT_NAMES) - 1)
            | {"uniqueItems": True},
            shapes.several({"enum": _sorted_by({BY_RELEVANCE})}, most=1),
        ]
    }

    def to_python(self, value: Any) -> list[tuple[str, bool]]:  # type: ignore[override]
        keys = [(name.removeprefix("-"), name.startswith("-")) for name in value or () if name]
        names = [name for name, _ in keys]
        _refuse_unknown_keys(names)
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise form_error(f"{twice} stands twice: write each key once.", code="conflict")
        if BY_RELEVANCE in names and len(names) > 1:
            raise form_error("Relevance is a whole order: sort by it alone.", code="conflict")
        return keys


def _refuse_unknown_keys(names: Sequence[str]) -> None:
    wrong = next((name for name in names if name not in SORT_NAMES), None)
    if wrong is not None:
        known = ", ".join(SORT_NAMES)
        raise form_error(
            f"{show_value(wrong)} is no key to sort by: write {known}, with - before it for the other direction.",
            code="invalid",
        )


class SearchField(forms.CharField):
    """Words to look for."""

    widget = forms.TextInput(attrs={"type": "search"})
    described: ClassVar[shapes.JsonSchema] = shapes.text(most=MAX_SEARCH_CHARACTERS)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_SEARCH_CHARACTERS, **options)

    def clean(self, value: Any) -> SearchQuery | None:
        text = super().clean(value)
        try:
            return parse_search(text) if text else None
        except TooManyWords as error:
            raise form_error(str(error), code="too_many") from error


class _Described(Protocol):
    """A field whose class says what OpenAPI shows of it."""

    described: ClassVar[shapes.JsonSchema]


class _Filter(django_filters.Filter):
    """A filter that only reads its parameter; TaskFilter asks for rows once, with all of them."""

    def filter(self, qs: Any, value: Any) -> Any:
        return qs


def _filter(field: type[_Described], help_text: str = "") -> _Filter:
    made = _Filter(help_text=help_text)
    made.field_class = cast(type[forms.Field], field)
    described: _Filter = extend_schema_field(field.described)(made)
    return described


def _choice(*values: str) -> WordFilter:
    return WordFilter(values, method="_read")


LIST_RULES: Mapping[str, str] = {
    "conflict": "Two parameters say different things: search and q, sort beside sort_by and order, status and"
    " completed; or a key of sort stands twice.",
    "too_many": "More words than a search takes.",
}


class ReminderFilter(LabelledFilterSet):
    """The parameters of the reminder list."""

    status = WordFilter(("pending", "fired", "cancelled"))


class TaskFilterForm(forms.Form):
    """What the parameters must be together: two names of one thing say the same."""

    same: Sequence[tuple[str, str]] = (("search", "q"), ("sort", "sort_by"), ("sort", "order"))

    def clean(self) -> dict[str, Any]:
        for name, other in self.same:
            one, two = self.cleaned_data.get(name), self.cleaned_data.get(other)
            if one and two and one != two:
                self.add_error(other, form_error(f"Give {name} or {other}.", code="conflict"))
        by_status = _DONE.get(self.cleaned_data.get("status", ""))
        by_flag = _FLAGS.get(self.cleaned_data.get("completed", ""))
        if None not in (by_status, by_flag) and by_status is not by_flag:
            self.add_error("completed", form_error("status says otherwise.", code="conflict"))
        return self.cleaned_data


class TaskFilter(LabelledFilterSet):
    """The parameters of the task list."""

    repeatable = frozenset({"priority", "priority_not", "tag", "tag_not", "due", "ids", "sort"})

    class Meta:
        form = TaskFilterForm

    status = _choice("pending", "completed", "all")
    completed = _choice("true", "false")
    priority = _filter(PrioritiesField, _SEVERAL)
    priority_not = _filter(PrioritiesField, f"Tasks of none of these. {_SEVERAL}")
    tag = _filter(NamesField, f"{_SEVERAL} Empty: tasks without tags.")
    tag_not = _filter(NamesField, f"Tasks with none of these. {_SEVERAL} Empty: tasks with tags.")
    tag_mode = _choice("all", "any")
    due = _filter(DuesField, f"In your zone; today is the whole day. Tasks with any of these. {_SEVERAL}")
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


def clean_parameters(parameters: QueryDict) -> Mapping[str, Any]:
    """Return what the form makes of the parameters. Raises ValidationError.

    Clients ask the same again, whoever and whenever they are, so what it makes is kept.
    """
    given = tuple((name, tuple(values)) for name, values in parameters.lists())
    is_short = sum(len(value) for _, values in given for value in values) <= _CACHED_CHARACTERS
    return (_clean_given if is_short else _clean_given.__wrapped__)(given)


@lru_cache(maxsize=1024)
def _clean_given(given: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, Any]:
    """Return what the form makes of these parameters; it reads the fields that are given alone."""
    parameters = MultiValueDict({name: list(values) for name, values in given})
    form = _form_class()(parameters)
    form.fields = {name: field for name, field in form.fields.items() if name in parameters}
    if not form.is_valid():
        raise translate_validation(form.errors)
    return {**_nothing_given(), **form.cleaned_data}


def listed_tasks(parameters: QueryDict, user: User) -> TaskRows:
    """Return the list that these parameters ask for. Raises ValidationError."""
    reading = _Reading(clean_parameters(parameters), user=user, now=timezone.now())
    return task_list(user.pk, reading.criteria(), reading.sort(), now=reading.now)


def listed_trash(parameters: QueryDict, user: User) -> TaskRows:
    """Return the list that these parameters ask for of what is in the trash. Raises ValidationError."""
    named = parameters.copy()
    named["trashed"] = "true"
    return listed_tasks(named, user)


class _Reading:
    """What the cleaned parameters mean for this user, now."""

    def __init__(self, data: Mapping[str, Any], *, user: User, now: datetime) -> None:
        self.data, self.user, self.zone, self.now = data, user, user.zone, now

    def criteria(self) -> TaskCriteria:
        keys, keys_not = _tag_keys(self.data["tag"]), _tag_keys(self.data["tag_not"])
        return TaskCriteria(
            trashed=self.data["trashed"] == "true",
            completed=self._completed(),
            priorities=self._priorities(),
            tag_keys=keys or (),
            any_tag=self.data["tag_mode"] == "any",
            tag_keys_not=keys_not or (),
            has_tags=_has_tags(keys, keys_not),
            due=tuple(self._due_spans()),
            due_any=self._due_union() if self.data["due"] else None,
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

    def _priorities(self) -> Sequence[Priority] | None:
        named, excluded = self.data["priority"], self.data["priority_not"]
        if not excluded:
            return named or None
        return [each for each in named or Priority if each not in excluded]

    def _due_spans(self) -> Iterable[Span]:
        if self.data["due_on"] is not None:
            yield days_from(self.data["due_on"].day, self.zone)
        if self.data["due_after"] or self.data["due_before"]:
            yield self._span("due")

    def _due_union(self) -> DueUnion:
        names, today = self.data["due"], rec.local_day(self.now, self.zone)
        spans: dict[str, tuple[date, int]] = {
            "today": (today, 1),
            "tomorrow": (today + timedelta(days=1), 1),
            "week": (today, 7 - (today.weekday() - _weekday(self.user)) % 7),
        }
        return DueUnion(
            spans=[days_from(day, self.zone, count=n) for name, (day, n) in spans.items() if name in names],
            overdue_at=self.now if "overdue" in names else None,
            missing="none" in names,
        )

    def _spans(self) -> Iterable[tuple[str, Span]]:
        for name, column in _SPANS.items():
            if name != "due" and (self.data[f"{name}_after"] or self.data[f"{name}_before"]):
                yield column, self._span(name)

    def _span(self, name: str) -> Span:
        since, before = self.data[f"{name}_after"], self.data[f"{name}_before"]
        return instant_in(since, self.zone), instant_in(before, self.zone)


def instant_in(when: When | None, zone: ZoneInfo) -> datetime | None:
    """Return the instant that a parameter means: a wall time of this zone, a date's first instant in it."""
    match when:
        case AtInstant(instant):
            return instant
        case AtWall(wall):
            return rec.resolve_within(wall.replace(fold=0), zone).instant
        case OnDay(day):
            return rec.day_start(day, zone)
    return None


def _tag_keys(names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return what makes these names unique, in order; None where the parameter is absent."""
    return None if names is None else tuple(dict.fromkeys(key for name in names if (key := tag_key(name))))


def _has_tags(keys: tuple[str, ...] | None, keys_not: tuple[str, ...] | None) -> bool | None:
    """Return what an empty `tag` or `tag_not` asks for; None where both are absent or hold names."""
    if keys_not == ():
        return True
    return False if keys == () else None


def _weekday(user: User) -> int:
    return list(WeekStart.values).index(user.week_start)
