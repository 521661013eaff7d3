"""Which tables a backup has. A new model is in it unless it is listed here."""

from collections.abc import Mapping
from typing import Final

from django.apps import apps
from django.db.models import Model

# By label, each with the reason why it is not in a backup.
LEFT_OUT: Final[Mapping[str, str]] = {
    "sessions.session": "nothing uses it; browsers have sessions of their own",
    "accounts_app.browsersession": "people sign in again",
    "accounts_app.socketticket": "it lives for seconds",
    "accounts_app.attempt": "what limits the rate of sign-ins now",
    "accounts_app.writebucket": "what limits the rate of writes now",
    "events_app.lease": "it belongs to a process",
    "events_app.heartbeat": "it belongs to a process",
    "events_app.epoch": "a restored history begins another",
    "realtime_app.sockethost": "it belongs to a process",
    "realtime_app.socketslot": "it belongs to an open socket",
    "tasks_app.searchtext": "each database has a form of its own; made anew from the tasks",
}
# What a database without users has: migrations, `prepare` and Celery beat put it there. A restore replaces it.
OF_INSTALLATION: Final = frozenset(
    {
        "contenttypes.contenttype",
        "auth.permission",
        "events_app.consumer",
        "audit_app.auditround",
        "django_celery_beat.solarschedule",
        "django_celery_beat.intervalschedule",
        "django_celery_beat.clockedschedule",
        "django_celery_beat.crontabschedule",
        "django_celery_beat.periodictask",
        "django_celery_beat.periodictasks",
    }
)


def backed_up_models() -> list[type[Model]]:
    """Return the models whose tables a backup has: those that others refer to before those that refer to them."""
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and label_of(model) not in LEFT_OUT
    ]
    ordered: dict[type[Model], None] = {}
    for model in found:
        _add_with_references(model, ordered, among=set(found), seen=set())
    return list(ordered)


def label_of(model: type[Model]) -> str:
    """Return the name of a table in a backup: its app and its model."""
    return model._meta.label_lower


def _add_with_references(
    model: type[Model],
    ordered: dict[type[Model], None],
    *,
    among: set[type[Model]],
    seen: set[type[Model]],
) -> None:
    """Append a model after those that it refers to; a circle is cut where it is met again."""
    if model in ordered or model in seen or model not in among:
        return
    seen.add(model)
    for field in model._meta.concrete_fields:
        if field.is_relation:
            _add_with_references(field.related_model, ordered, among=among, seen=seen)  # type: ignore[arg-type]
    ordered[model] = None
