"""Time zones by IANA name."""

from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from .errors import DueRefused, quote_value

# In some zone folders, but names of a machine's setting or of no zone.
_NOT_ZONES = frozenset({"localtime", "posixrules", "Factory"})


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def load_zone(name: object, *, field: str = "time_zone") -> ZoneInfo:
    """Return the zone of an IANA name, in its exact case. Raises DueRefused (`unknown_zone`) for any other value."""
    if not isinstance(name, str) or name not in _known():
        raise DueRefused(
            f"{quote_value(name)} is not an IANA time zone: write one such as Europe/Madrid.",
            code="unknown_zone",
            field=field,
        )
    return _zone(name)
