"""PostgreSQL: a tsvector of our own lexemes under a GIN index."""

from collections.abc import Iterable

from tasks_app.search.backends.base import SearchBackend, SqlFragment
from tasks_app.search.query import SearchQuery, Term
from tasks_app.search.words import Words


class PostgresqlSearch(SearchBackend):
    """Lexemes are words with their marks; they hold letters and digits alone, so that quoting is simple."""

    vendor = "postgresql"
    column_type = "tsvector"
    # A scan of the whole table looks cheap to the planner when it takes a common word to be evenly spread.
    prelude = "SELECT set_config('enable_seqscan', 'off', true); "
    list_type = "array({subquery})"

    def encode_words(self, words: Words) -> str:
        positions: dict[str, list[str]] = {}
        for position, word in enumerate(words.places, start=1):
            if word is not None:
                positions.setdefault(word, []).append(str(position))
        return " ".join(f"'{word}':{','.join(places)}" for word, places in positions.items())

    def condition(self, column: str, query: SearchQuery, mark: str) -> SqlFragment:
        # The function instead of the operator `@@`: no index knows it.
        return SqlFragment(f"ts_match_vq({column}, %s::tsquery)", (_tsquery(query, mark),))

    def lookup(self, query: SearchQuery, mark: str) -> SqlFragment:
        sql = "SELECT task_id FROM tasks_app_searchtext WHERE words @@ %s::tsquery"
        return SqlFragment(sql, (_tsquery(query, mark),))

    def select_ids(self, ids: Iterable[int]) -> SqlFragment:
        return SqlFragment("SELECT unnest(%s::bigint[])", (f"{{{','.join(map(str, ids))}}}",))


def _tsquery(query: SearchQuery, mark: str) -> str:
    wanted = [_term(term, mark) for term in query.wanted]
    return " & ".join([*wanted, *(f"!{_term(term, mark)}" for term in query.excluded)])


def _term(term: Term, mark: str) -> str:
    lexemes = [f"'{mark}{word}'" for word in term.words]
    return f"({' <-> '.join(lexemes)}{':*' if term.is_prefix else ''})"
