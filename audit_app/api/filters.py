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
from foundation.http import shapes
from foundation.http.filters import IdField, LabelledFilterSet, WordFilter
from foundation.moments import explain_moment, parse_moment


class _MomentField(forms.CharField):
    """A time (RFC 3339) or a date, as text. A `date` or naive `datetime` is in the user's zone, see `_to_instant`."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        moment = parse_moment(
            text.replace(" ", "+") if "T" in text else text
        )  # a plus sign that was not encoded
        if moment is None:
            raise ValidationError(explain_moment(text), code="invalid")
        return moment


@extend_schema_field(shapes.ID)
class IdFilter(django_filters.Filter):
    field_class = IdField


@extend_schema_field(shapes.MOMENT_PARAMETER)
class MomentFilter(django_filters.Filter):
    field_class = _MomentField


class AuditFilter(LabelledFilterSet):
    """`since` without offset, or as a date, is in the user's zone."""

    task_id = IdFilter(help_text="About this task.")
    since = MomentFilter(method="filter_since", help_text="Recorded then or later.")
    type = WordFilter(sorted(PAYLOADS), help_text="Of this type.")

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
