"""Time zones: the IANA names in tzdata, the same on every machine. Pure."""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


@cache
def zone_names() -> frozenset[str]:
    """Return every zone name that tzdata lists, for example `Europe/Berlin` and `UTC`; `Factory` is none of a place."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()) - {"Factory"}


def is_zone(name: str) -> bool:
    """Say whether `name` is one of `zone_names`, in exactly this spelling."""
    return name in zone_names()


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of a listed name; raise ValueError for any other text."""
    if not is_zone(name):
        raise ValueError(f"{name!r} is not a time zone")
    return ZoneInfo(name)
