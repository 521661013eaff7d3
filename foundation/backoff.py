"""How long to wait after failures: the one rule of the whole project. Pure: randomness can be passed in."""

import random
from typing import Final

CAP_SECONDS: Final = 30.0
JITTER: Final = 0.2
# Doubled so often, any first wait is longer than any cap; a float overflows at 1,024.
_MOST_DOUBLINGS: Final = 64


def retry_seconds(
    failures: int, *, first: float = 0.5, cap: float = CAP_SECONDS, jitter: float | None = None
) -> float:
    """Return how many seconds to wait after so many failures in a row: `first`, doubled with each, up to `cap`.

    Never more than `cap`, for any number of failures; nothing after none. A fifth more or less, at random or
    by `jitter` in 0…1, keeps many that failed together from coming back together.
    """
    if failures < 1:
        return 0.0
    drawn = random.random() if jitter is None else jitter  # noqa: S311 - jitter is no secret
    seconds = min(cap, first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
    return min(cap, seconds * (1 + JITTER * (2 * drawn - 1)))
