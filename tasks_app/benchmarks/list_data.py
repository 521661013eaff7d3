"""Tasks of a few users of given sizes among those of many, put into the database in bulk. Needs `django.setup()`."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import accumulate
from typing import Final

from django.db import connection

from accounts_app.models import User
from accounts_app.operations.sign_ins.families import begin_family
from events_app.benchmarks.log_data import analyze, numbers
from events_app.benchmarks.measure import SEED
from foundation.database import sql
from foundation.database.transactions import write_transaction
from tasks_app.benchmarks.filling import vocabulary
from tasks_app.models import DOCUMENT_FORMAT, NO_DUE, Priority, Tag
from tasks_app.search.backends import backend_for
from tasks_app.search.tokens import TOKENIZER_VERSION
from tasks_app.search.words import words_for

OTHERS: Final = 1000
TAGS: Final = 10
PATTERNS: Final = 5000
# A prime: a walk over all numbers in another order.
STRIDE: Final = 48_271
YEAR_MINUTES: Final = 365 * 24 * 60
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)


def insert_all(*, sizes: Sequence[int], total: int, words: bool) -> list[str]:
    """Insert users, tasks, tags and, if wanted, the words for search; return tokens of the users of given sizes."""
    with write_transaction():
        count = len(sizes) + OTHERS
        User.objects.bulk_create(User(id=n, username=f"bench {n}") for n in range(1, count + 1))
        _insert_patterns()
        _insert_streams_and_tags(count)
        with _indexed_afterwards():
            _insert_tasks(sizes, total)
            if words:
                _insert_words()
        _go_on_counting()
    analyze()
    return [begin_family(User.objects.get(pk=n)).access for n in range(1, len(sizes) + 1)]


def _insert_patterns() -> None:
    """Put what tasks repeat into a table of its own, words as the database keeps them for user 0."""
    chance, known = random.Random(SEED), vocabulary()
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(known))))
    sql.execute(
        "CREATE TEMP TABLE pattern (k integer PRIMARY KEY, title text, description text, kept text,"
        " priority integer, is_due integer, is_done integer)",
        [],
    )
    for start in range(0, PATTERNS, 500):
        rows = []
        for k in range(start, start + 500):
            title = " ".join(chance.choices(known, cum_weights=weights, k=chance.randint(3, 7)))
            description = " ".join(chance.choices(known, cum_weights=weights, k=chance.randint(0, 20)))
            kept = backend_for(connection.vendor).encode_words(words_for(0, title, description))
            state = (chance.randint(1, 4), int(chance.random() < 0.8), int(chance.random() < 0.3))
            rows.append((k, title, description, kept, *state))
        listed, params = sql.values(rows)
        sql.execute(f"INSERT INTO pattern {listed}", params)


def _insert_streams_and_tags(users: int) -> None:
    sql.execute(
        "INSERT INTO events_app_stream (key, head, published, settled, moved_at)"
        f" SELECT 'user:' || n, 1, 1, 1, %s FROM {numbers(users)}",
        [sql.to_database(_BEGAN)],
    )
    Tag.objects.bulk_create(
        Tag(id=n + 1, owner_id=1 + n // TAGS, name=f"tag{n % TAGS}", key=f"tag{n % TAGS}")
        for n in range(users * TAGS)
    )


def _insert_tasks(sizes: Sequence[int], total: int) -> None:
    """The h-th of all numbers decides whose task it is: the first ones are those of the users of given sizes."""
    ends = list(accumulate(sizes))
    mine = " ".join(f"WHEN h < {end} THEN {n}" for n, end in enumerate(ends, start=1))
    owner = f"CASE {mine} ELSE {len(sizes) + 1} + h %% {OTHERS} END"
    made, due = _moment("n"), f"CASE WHEN is_due = 1 THEN {_moment(f'n * 7919 %% {YEAR_MINUTES}')} END"
    sql.execute(
        "INSERT INTO tasks_app_task (id, owner_id, title, title_key, description, priority, due_date, due_time,"
        " time_zone, floating, due_fold, due_instant, overdue_at, due_sort, completed_at, withdrawn, created_at,"
        " updated_at, version, document, document_format, document_version)"
        f" SELECT n, {owner}, title || ' ' || n, {_title_key()}, description, priority,"
        f" {_part('date', due)},"
        f" {_part('time', due)}, CASE WHEN is_due = 1 THEN 'UTC' ELSE '' END, %s, 0, {due}, {due},"
        f" coalesce({due}, %s), CASE WHEN is_done = 1 THEN {made} END, %s, {made}, {made}, 1,"
        f" {_document(owner, made, due)}, {DOCUMENT_FORMAT}, 1"
        f" FROM (SELECT CAST(n AS bigint) AS n, (CAST(n AS bigint) * {STRIDE}) %% {total} AS h"
        f" FROM {numbers(total)}) numbered JOIN pattern ON k = n %% {PATTERNS} ORDER BY n",
        [False, sql.to_database(NO_DUE), False],
    )
    for position, step in ((0, 1), (1, 3)):
        sql.execute(
            "INSERT INTO tasks_app_tasktag (task_id, tag_id, position, priority, due_sort, completed, live)"
            f" SELECT id, (owner_id - 1) * {TAGS} + 1 + (id / 7 + {step}) %% {TAGS}, {position}, priority,"
            " due_sort, completed_at IS NOT NULL, %s FROM tasks_app_task ORDER BY id",
            [True],
        )


def _document(owner: str, made: str, due: str) -> str:
    """Return an expression for the document of a task, byte for byte as saving it makes it."""
    done, due_text = f"CASE WHEN is_done = 1 THEN {_json_moment(made)} ELSE 'null' END", _json_moment(due)
    names = " || ".join(
        f"'{before}\"tag' || ((n / 7 + {step}) %% {TAGS}) || '\"'" for before, step in (("", 1), (",", 3))
    )
    fields = {
        "user_id": f"'\"' || {owner} || '\"'",
        "version": "'1'",
        "created_at": _json_moment(made),
        "updated_at": _json_moment(made),
        "title": "'\"' || title || ' ' || n || '\"'",
        "description": "'\"' || description || '\"'",
        "priority": " ".join(
            ("CASE priority", *(f"WHEN {each} THEN '\"{each.label}\"'" for each in Priority), "END")
        ),
        "tags": f"'[' || {names} || ']'",
        "completed": "CASE WHEN is_done = 1 THEN 'true' ELSE 'false' END",
        "status": "CASE WHEN is_done = 1 THEN '\"completed\"' ELSE '\"pending\"' END",
        "completed_at": done,
        "due_at": due_text,
        "due_date": due_text,
        "due_on": "'null'",
        "time_zone": "CASE WHEN is_due = 1 THEN '\"UTC\"' ELSE 'null' END",
        "floating": "'false'",
        **dict.fromkeys(("recurrence", "series_id", "occurrence"), "'null'"),
        "reminders": "'[]'",
        "reminder_at": "'null'",
    }
    pairs = " || ',' || ".join(f"'\"{name}\":' || {value}" for name, value in fields.items())
    return f"'{{' || {pairs} || '}}'"


def _json_moment(moment: str) -> str:
    """Return an expression for a moment as JSON has it."""
    if connection.vendor == "postgresql":
        text = f"to_char(({moment}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    else:
        text = f"replace({moment}, ' ', 'T') || 'Z'"
    return f"coalesce('\"' || {text} || '\"', 'null')"


def _title_key() -> str:
    """Return an expression for the key of a title with its number behind it; see `search.sort_keys`."""
    character = "chr" if connection.vendor == "postgresql" else "char"
    number = f"' 0' || {character}(48 + length(CAST(n AS text))) || n"
    return f"title || {number} || {character}(1) || title || ' ' || n"


def _moment(minutes: str) -> str:
    """Return an expression for so many minutes after the year began."""
    if connection.vendor == "postgresql":
        return f"(CAST('{_BEGAN.isoformat()}' AS timestamptz) + ({minutes}) * interval '1 minute')"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%S', '{_BEGAN:%Y-%m-%d %H:%M:%S}', ({minutes}) || ' minutes')"


def _part(name: str, moment: str) -> str:
    """Return an expression for the date or the time of a moment."""
    return (
        f"({moment} AT TIME ZONE 'UTC')::{name}" if connection.vendor == "postgresql" else f"{name}({moment})"
    )


def _insert_words() -> None:
    """Put the owner into the words of the pattern, and the number of the title behind them."""
    postgresql = connection.vendor == "postgresql"
    hexadecimal = "to_hex(owner_id)" if postgresql else "printf('%%x', owner_id)"
    marked = f"replace(replace(kept, '0x', {hexadecimal} || 'x'), '0t', {hexadecimal} || 't')"
    if postgresql:
        words = f"({marked} || ' ' || {hexadecimal} || 'x' || t.id || ':999')::tsvector"
    else:
        words = f"{marked} || ' ' || {hexadecimal} || 'x' || t.id || ' '"
    sql.execute(
        "INSERT INTO tasks_app_searchtext (task_id, words, version, created_at, live)"
        f" SELECT t.id, {words}, %s, t.created_at, t.deleted_at IS NULL"
        f" FROM tasks_app_task t JOIN pattern ON k = t.id %% {PATTERNS} ORDER BY t.id",
        [TOKENIZER_VERSION],
    )


@contextmanager
def _indexed_afterwards() -> Iterator[None]:
    """Make PostgreSQL's indexes, those of constraints aside, when all rows are there, which is much faster."""
    if connection.vendor != "postgresql":
        yield
        return
    made = sql.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN"
        " (SELECT conname FROM pg_constraint)",
        [["tasks_app_task", "tasks_app_tasktag", "tasks_app_searchtext"]],
    )
    for name, _ in made:
        sql.execute(f"DROP INDEX {name}", [])
    yield
    sql.execute("SET CONSTRAINTS ALL IMMEDIATE", [])
    sql.execute("SET LOCAL maintenance_work_mem = '512MB'", [])
    for _, definition in made:
        sql.execute(definition, [])


def _go_on_counting() -> None:
    if connection.vendor != "postgresql":
        return
    for table in ("accounts_app_user", "tasks_app_task", "tasks_app_tag"):
        sql.fetch(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))", []
        )
