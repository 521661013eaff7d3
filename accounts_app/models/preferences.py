"""Values, defaults and validators of the columns with a user's preferences."""

from django.core.exceptions import ValidationError
from django.db import models

from accounts_app.preferences.zones import is_zone
from foundation.http.error_bounds import show_value

CHANNEL_NAMES = ("in_app", "email", "web_push")


def default_channels() -> list[str]:
    return ["in_app"]


def validate_time_zone(value: str) -> None:
    if not is_zone(value):
        raise ValidationError(
            f"{show_value(value)} is not the name of a time zone: write one such as Europe/Madrid.",
            code="unknown_zone",
        )


def validate_channels(value: object) -> None:
    names = value if isinstance(value, list) else [None]
    if not all(name in CHANNEL_NAMES for name in names) or len(set(names)) < len(names):
        raise ValidationError(f"List each channel once: {', '.join(CHANNEL_NAMES)}.", code="unknown_channel")


class WeekStart(models.TextChoices):
    MONDAY = "mo"
    TUESDAY = "tu"
    WEDNESDAY = "we"
    THURSDAY = "th"
    FRIDAY = "fr"
    SATURDAY = "sa"
    SUNDAY = "su"
