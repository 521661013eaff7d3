"""How users want to be notified."""

from collections.abc import Collection
from datetime import time
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from accounts_app.preferences.quiet_hours import make_quiet_hours
from accounts_app.preferences.zones import zone_of
from accounts_app.queries.statements import select_preferences
from foundation.database import sql


class Preferences(NamedTuple):
    """How a user wants to be notified. A tuple, since thousands are read at once."""

    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    channels: tuple[str, ...]
    is_email_verified: bool

    @property
    def zone(self) -> ZoneInfo:
        """The zone of `time_zone`."""
        return zone_of(self.time_zone)

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """Return both ends of the quiet hours, local wall time, or None when either is unset."""
        return make_quiet_hours(self.quiet_from, self.quiet_until)


def preferences_of(user_ids: Collection[int]) -> dict[int, Preferences]:
    """Return how these users want to be notified, by id; those who are gone are left out."""
    if not user_ids:
        return {}
    found = sql.fetch(*select_preferences(list(user_ids)))
    return {
        user_id: Preferences(zone, quiet_from, quiet_until, _channels(channels), bool(is_verified))
        for user_id, zone, quiet_from, quiet_until, channels, is_verified in found
    }


@lru_cache(maxsize=64)
def _channels(text: str) -> tuple[str, ...]:
    return tuple(orjson.loads(text))
