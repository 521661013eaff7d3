"""A database of the stack's Redis for each platform."""

import os
from itertools import count

from redis import Redis

from devstack import Stack
from devstack.redis import _DATABASES

_numbers = count()


def redis_url(stack: Stack) -> str:
    """An empty database that no other test process uses: each has numbers of its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    # 0 is everybody's: applications that are run by hand use it.
    number = 1 + (next(_numbers) * workers + worker) % (_DATABASES - 1)
    url = stack.redis.url(database=number)
    with Redis.from_url(url) as client:
        client.flushdb()
    return url
