"""The cache of state that roles share; `settings.STATE_STORE` selects where it is kept."""

from functools import cache

from django.conf import settings

from events_app.state.base import StateCache
from events_app.state.dapr import DaprStateCache
from events_app.state.memory import MemoryStateCache


@cache
def state_cache() -> StateCache:
    """Return the cache of this process: Dapr's state store where one is named, else memory."""
    if settings.STATE_STORE:
        return DaprStateCache(settings.DAPR, settings.STATE_STORE)
    return MemoryStateCache()
