"""What is kept of a task for search: its words, each with its owner and its positions.

The owner stands in the word itself, so that a word's postings are those of one user and other users' rows cost
nothing. Words of the title are there twice, the second time under a mark of their own: "in the title" is then an
ordinary search. Limits are those of PostgreSQL's tsvector, kept for every database so that all agree.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tasks_app.search.tokens import words_of

# Positions in a tsvector end at 16,383, and it keeps 255 of one word.
MAX_POSITIONS: Final = 16_000
MAX_TIMES: Final = 255
# Between title and description, so that no phrase reaches across.
GAP: Final = None

ANYWHERE: Final = "x"
IN_TITLE: Final = "t"


@dataclass(frozen=True, slots=True)
class Words:
    """Marked words in their places; None is a place without one."""

    places: tuple[str | None, ...]


def mark(owner_id: int, where: str) -> str:
    """Return what stands before a user's words; no digit of the number is a letter that ends it."""
    return f"{owner_id:x}{where}"


def words_for(owner_id: int, title: str, description: str) -> Words:
    """Return what to keep of a task.

    What lies beyond the limits is not found: words after the first 16,000, and phrases with a word where it
    occurs for more than the 255th time.
    """
    titled = words_of(title)
    everywhere, in_title = mark(owner_id, ANYWHERE), mark(owner_id, IN_TITLE)
    places = [
        *[in_title + word for word in titled],
        GAP,
        *[everywhere + word for word in titled],
        GAP,
        *[everywhere + word for word in words_of(description)],
    ]
    if len(places) > MAX_TIMES:
        places = list(_cap_repetitions(places[:MAX_POSITIONS]))
    return Words(tuple(places))


def _cap_repetitions(places: Iterable[str | None]) -> Iterable[str | None]:
    times: Counter[str] = Counter()
    for place in places:
        if place is not None:
            times[place] += 1
        yield place if place is None or times[place] <= MAX_TIMES else None
