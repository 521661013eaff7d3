"""The channel layer, which carries pushes to the processes that hold sockets."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit


def channel_layers(redis_url: str, trust: Mapping[str, str]) -> dict[str, Any]:
    """Return CHANNEL_LAYERS: Redis' publish and subscribe, or memory without a URL.

    A push is a hint that may be lost, so nothing is stored for it: it takes one call of Redis and one message from it,
    and a queue takes eight calls. `trust` has more options of the connections.
    """
    if not redis_url:
        return _layer("channels.layers.InMemoryChannelLayer", capacity=2000)
    return _layer(
        "channels_redis.pubsub.RedisPubSubChannelLayer",
        hosts=[{"address": redis_url, **trust}],
        # Subscriptions ignore the number of the database. It separates platforms that share a server.
        prefix=f"todo.{database_number(redis_url)}.",
    )


def database_number(redis_url: str) -> int:
    """Return the database that the client selects for a redis:// URL: that of `?db=3`, else of `/3`, else 0."""
    parts = urlsplit(redis_url)
    number = parse_qs(parts.query).get("db", [parts.path.replace("/", "")])[0]
    return int(number) if number.isdigit() else 0


def _layer(backend: str, **config: object) -> dict[str, Any]:
    return {"default": {"BACKEND": backend, "CONFIG": config}}
