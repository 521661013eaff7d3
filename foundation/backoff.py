"""How long to wait before a retry: the one rule of the whole project. It is pure: a caller may pass the jitter in."""

import random
from typing import Final

CAP_SECONDS: Final = 30.0
JITTER: Final = 0.2
# After so many doublings any first wait exceeds any cap; a float would overflow after 1,024.
_MOST_DOUBLINGS: Final = 64


def retry_seconds(
    failures: int, *, first: float = 0.5, cap: float = CAP_SECONDS, jitter: float | None = None
) -> float:
    """Return the seconds to wait after `failures` failures in a row: `first`, doubled with each failure.

    The result is never more than `cap`, and 0 without a failure. Jitter of up to a fifth, random or given as
    `jitter` in 0…1, keeps callers that failed together from retrying together.
    """
    if failures < 1:
        return 0.0
    drawn = random.random() if jitter is None else jitter  # noqa: S311 - jitter is no secret
    seconds = min(cap, first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
    return min(cap, seconds * (1 + JITTER * (2 * drawn - 1)))
