"""Which dues are on a day of the calendar: one meaning for lists, counts and operators' pages."""

from collections import defaultdict
from datetime import date, datetime
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts_app.models import User
from accounts_app.preferences.zones import zone_of
from tasks_app import recurrence as rec

Days = tuple[datetime, datetime]
"""From the first instant of a day (inclusive) to the end of the last one (exclusive)."""


def days_from(day: date, zone: ZoneInfo, *, count: int = 1) -> Days:
    """Return so many days of a zone."""
    last = date.fromordinal(min(day.toordinal() + count - 1, date.max.toordinal()))
    return rec.day_start(day, zone), rec.day_end(last, zone)


def today_in(zone: ZoneInfo, *, now: datetime) -> Days:
    """Return today in a zone: all of it, also the hours that have passed."""
    return days_from(rec.local_day(now, zone), zone)


def due_within(days: Days) -> Q:
    """Return the condition for tasks that are due on these days."""
    since, before = days
    return Q(due_sort__gte=since, due_sort__lt=before)


def due_today_of_all(now: datetime) -> Q:
    """Return the condition for tasks of any user that are due on their owner's today."""
    zones: dict[Days, list[str]] = defaultdict(list)
    for name in User.objects.order_by().values_list("time_zone", flat=True).distinct():
        zones[today_in(zone_of(name), now=now)].append(name)
    each = (Q(owner__time_zone__in=names) & due_within(days) for days, names in zones.items())
    return reduce(or_, each, Q(pk__in=()))
