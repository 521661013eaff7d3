"""A process that fills a benchmark's database with tasks, and the words that their texts are made of. No Django.

`python -m tasks_app.benchmarks.filling '{"sizes": [1000], "total": 10000, "words": true}'` fills the database of its
environment and prints the access tokens of the users of these sizes. 5,000 different texts, dues and states repeat;
the rows of all users are mixed, as if written over years. Every title ends in a number of its own.
"""

import json
import random
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import django

from events_app.benchmarks import places
from events_app.benchmarks.measure import SEED

MODULE: Final = "tasks_app.benchmarks.filling"
VOCABULARY: Final = 4000
_SYLLABLES: Final = [a + b for a in "bcdfghjklmnprstvw" for b in "aeiou"]


def fill(environment: Mapping[str, str], *, sizes: Sequence[int], total: int, words: bool) -> list[str]:
    """Fill a database in a process of its own; return the tokens of the users of these sizes."""
    asked = json.dumps({"sizes": list(sizes), "total": total, "words": words})
    tokens: list[str] = places.side(MODULE, asked, environment=environment)
    return tokens


def vocabulary() -> list[str]:
    """Return words, the most common first; the n-th is about n times as rare as the first."""
    chance = random.Random(SEED)
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        found["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4)))] = None
    return list(found)


def main(asked: str) -> None:
    """Fill the database and print the tokens."""
    django.setup()
    from tasks_app.benchmarks.list_data import insert_all  # noqa: PLC0415 - needs django.setup()

    print(json.dumps(insert_all(**json.loads(asked))))


if __name__ == "__main__":
    main(sys.argv[1])
