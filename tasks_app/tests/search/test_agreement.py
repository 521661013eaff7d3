"""What is found is what a plain reading of texts and query says, by index and row by row, on every database."""

import random
from collections import Counter

from django.db import connection

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from foundation.database import sql
from tasks_app.models import Task
from tasks_app.queries.lists.search import MANY, Matches, find_matches, find_ranked_matches
from tasks_app.search.backends import SqlFragment, backend_for
from tasks_app.search.query import SearchQuery, Term, parse_search
from tasks_app.search.words import ANYWHERE, IN_TITLE, Words, mark, words_for
from tasks_app.tests.helpers import make_task

WORDS = [
    "e-mail",
    "email",
    "C++",
    "c#",
    "#a",
    "👍",
    "👍🏽",
    "カ",
    "ガ",
    "ที่",
    "a",
    "ab",
    "abc",
    "b",
    "ba",
    "Éa",
    "東",
    "京",
    "東京",
    "x1xa",
    "1",
    "-",
    "b,a",
    "ﬁ",
    "ß",
]
SEED = 20260131


def text(chance: random.Random, longest: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, longest)))


def question(chance: random.Random) -> str:
    parts = []
    for _ in range(chance.randint(1, 3)):
        part = text(chance, 2)
        part = f'"{part}"' if chance.random() < 0.3 else part
        parts.append(f"-{part}" if chance.random() < 0.25 else part)
    return " ".join(parts)


def has(words: Words, term: Term, owner_mark: str) -> bool:
    """Whether a term stands somewhere in one of its spellings, found by trying every place."""
    also = all(owner_mark + word in words.places for word in term.also)
    return also and any(spelled(words, spelling, term, owner_mark) for spelling in term.spellings)


def spelled(words: Words, spelling: tuple[str, ...], term: Term, owner_mark: str) -> bool:
    wanted = [owner_mark + word for word in spelling]
    return any(
        all(
            place is not None and (place == word or (term.is_prefix and last and place.startswith(word)))
            for place, word, last in zip(stretch, wanted, [False] * (len(wanted) - 1) + [True], strict=True)
        )
        for start in range(len(words.places) - len(wanted) + 1)
        if (stretch := words.places[start : start + len(wanted)])
    )


def fits(task: Task, query: SearchQuery, where: str) -> bool:
    """Whether what is wanted is there, and what is excluded is nowhere."""
    words = words_for(task.owner_id, task.title, task.description)
    everywhere, there = mark(task.owner_id, ANYWHERE), mark(task.owner_id, where)
    return all(has(words, term, there) for term in query.wanted) and not any(
        has(words, term, everywhere) for term in query.excluded
    )


def by_index(user: User, query: SearchQuery, where: str) -> list[int]:
    return ids_of(backend_for(connection.vendor).lookup(query, user.pk, where))


def ids_of(rows: SqlFragment) -> list[int]:
    """Return the ids of the tasks of search rows `s`."""
    return sorted(row[0] for row in sql.fetch(f"SELECT s.task_id FROM {rows.sql}", rows.params))


def by_row(user: User, fitting: Matches) -> list[int]:
    live = "SELECT t.id FROM tasks_app_task t WHERE t.owner_id = %s AND t.deleted_at IS NULL AND"
    fits = fitting.condition
    return sorted(row[0] for row in sql.fetch(f"{live} {fits.sql}", [user.pk, *fits.params]))


def test_index_rows_and_a_plain_reading_agree(user: User) -> None:
    chance = random.Random(SEED)
    stranger = make_user()
    tasks = []
    for _ in range(60):
        tasks.append(make_task(user, text(chance, 3), description=text(chance, 6)))
        make_task(stranger, text(chance, 3), description=text(chance, 6))
    compared: Counter[str] = Counter()
    for _ in range(250):
        asked = question(chance)
        query = parse_search(asked)
        if query.is_empty:
            continue
        in_title, anywhere = find_ranked_matches(user.pk, query)
        for where, found in ((IN_TITLE, in_title), (ANYWHERE, anywhere)):
            expected = sorted(task.pk for task in tasks if fits(task, query, where))
            assert by_row(user, found) == expected, asked
            compared["found"] += bool(expected)
            if query.wanted:
                assert by_index(user, query, where) == expected, asked
                compared["by index"] += 1
            if found.hits is not None:
                assert ids_of(found.hits.rows) == expected, asked
                compared["hits"] += 1
    assert min(compared[kind] for kind in ("found", "by index", "hits")) >= 50, compared


def test_the_index_finds_few_and_many_are_asked(user: User) -> None:
    for number in range(MANY):
        make_task(user, f"common {'rare' if number else 'other'}")
    many, rare = (find_ranked_matches(user.pk, parse_search(each))[1] for each in ("common", '"rare"'))
    assert many.are_many
    assert not rare.are_many
    assert find_matches(user.pk, parse_search("common")).are_many


def test_one_query_looks_up_both_ranks(user: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        find_ranked_matches(user.pk, parse_search("a b"))
    with django_assert_num_queries(0):
        find_ranked_matches(user.pk, parse_search("-a"))
