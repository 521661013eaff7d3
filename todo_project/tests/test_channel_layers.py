"""The channel layer of the settings, on a real Redis."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis import Redis
from redis.asyncio.connection import parse_url

from devstack.testing import require_services
from devstack.waiting import wait_until
from todo_project.settings.channels import channel_layers, database_number


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("redis://cache", 0),
        ("redis://cache:6379/", 0),
        ("rediss://:secret@cache:6380/7", 7),
        ("redis://cache/7?db=8", 8),
        ("redis://cache/7?protocol=2", 7),
        ("redis://cache/sessions", 0),
    ],
)
def test_the_number_of_the_database_is_read_as_the_client_reads_it(url: str, number: int) -> None:
    assert database_number(url) == number == int(parse_url(url).get("db", 0))


def test_without_redis_pushes_stay_in_the_process() -> None:
    assert channel_layers("", {})["default"]["BACKEND"] == "channels.layers.InMemoryChannelLayer"


@pytest.mark.services
def test_platforms_in_two_databases_of_a_server_do_not_hear_each_other() -> None:
    redis, group = require_services("redis").redis, f"user.{uuid4().hex}"

    async def scene() -> list[str]:
        layers = [_layer(redis.url(database=number)) for number in (61, 62)]
        channels = [await layer.new_channel() for layer in layers]
        for layer, channel in zip(layers, channels, strict=True):
            await layer.group_add(group, channel)
        assert wait_until(lambda: _subscriptions(redis.url(), group) == 2, seconds=10)
        for layer, name in zip(layers, ("us", "them"), strict=True):
            await layer.group_send(group, {"type": "log.range", "by": name})
        async with asyncio.timeout(10):
            first = [await layer.receive(name) for layer, name in zip(layers, channels, strict=True)]
        return [message["by"] for message in first]

    assert asyncio.run(scene()) == ["us", "them"]


def _layer(url: str) -> Any:
    return RedisPubSubChannelLayer(**channel_layers(url, {})["default"]["CONFIG"])


def _subscriptions(url: str, group: str) -> int:
    with Redis.from_url(url) as client:
        return len(client.pubsub_channels(f"*{group}"))
