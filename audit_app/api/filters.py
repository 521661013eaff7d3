"""Filters of the audit list."""

from datetime import UTC, date, datetime, time
from typing import Any, cast

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field

from accounts_app.models import User
from audit_app.models import AuditEntry
from audit_app.queries import entries_since
from events_app.contracts import PAYLOADS
from foundation.http.filters import LabelledFilterSet

MAX_ID = 2**63 - 1
_FIRST_YEAR = 1970


class _MomentField(forms.CharField):
    """A time (RFC 3339) or a date, as text. A `date` or naive `datetime` is in the user's zone, see `_to_instant`."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            moment = _parse_moment(text)
        except (ValueError, OverflowError):
            raise ValidationError("Write a time such as 2026-01-31T12:00:00Z, or a date.") from None
        if moment.year < _FIRST_YEAR:
            raise ValidationError(f"Write a time from {_FIRST_YEAR} on.")
        return moment


def _parse_moment(text: str) -> date | datetime:
    if len(text) == len("2026-01-31"):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment


class IdFilter(django_filters.Filter):
    field_class = forms.IntegerField


@extend_schema_field({"type": "string", "examples": ["2026-01-31T12:00:00Z", "2026-01-31"]})
class MomentFilter(django_filters.Filter):
    field_class = _MomentField


class AuditFilter(LabelledFilterSet):
    """`since` without offset, or as a date, is in the user's zone."""

    task_id = IdFilter(min_value=0, max_value=MAX_ID, help_text="About this task.")
    since = MomentFilter(method="filter_since", help_text="Recorded then or later.")
    type = django_filters.ChoiceFilter(
        choices=[(name, name) for name in sorted(PAYLOADS)], help_text="Of this type."
    )

    class Meta:
        model = AuditEntry
        fields = ("task_id", "since", "type")

    def filter_since(
        self, entries: QuerySet[AuditEntry], _name: str, moment: date | datetime
    ) -> QuerySet[AuditEntry]:
        user = cast(User, self.request.user)
        return entries_since(entries, user_id=user.pk, since=_to_instant(moment, user))


def _to_instant(moment: date | datetime, user: User) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min)
    if moment.tzinfo:
        return moment
    try:
        return moment.replace(tzinfo=user.zone).astimezone(UTC)
    except OverflowError:  # the last hours of 9999, west of Greenwich
        return datetime.max.replace(tzinfo=UTC)
