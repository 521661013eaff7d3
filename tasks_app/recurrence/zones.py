"""Time zones by IANA name."""

from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from .errors import DueRefused, quote_value

# Present in some zone folders, but they name a machine's setting or nothing at all.
_NOT_ZONES = frozenset({"localtime", "posixrules", "Factory"})


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def load_zone(name: object, *, field: str = "time_zone") -> ZoneInfo:
    """The zone of an IANA name, spelled exactly; DueRefused (`unknown_zone`) for anything else."""
    if not isinstance(name, str) or name not in _known():
        raise DueRefused(f"{quote_value(name)} is not an IANA time zone.", code="unknown_zone", field=field)
    return _zone(name)
