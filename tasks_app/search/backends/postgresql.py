"""PostgreSQL: a tsvector of our own lexemes under a GIN index."""

from collections.abc import Iterable

from tasks_app.search.backends.base import SearchBackend, SqlFragment
from tasks_app.search.query import SearchQuery, Term
from tasks_app.search.words import MAX_POSITIONS, Words


class PostgresqlSearch(SearchBackend):
    """Lexemes are words with their marks; they hold neither quotes nor backslashes, so that quoting is simple.

    Positions of tags have the weight A, so that they can be told from the others.
    """

    vendor = "postgresql"
    column_type = "tsvector"
    # A scan of the whole table looks cheap to the planner when it takes a common word to be evenly spread.
    prelude = "SELECT set_config('enable_seqscan', 'off', true); "
    list_type = "array({subquery})"
    retagged = "(CAST(ts_filter({column}, '{{d}}') AS text) || ' ' || CAST({tags} AS text))::tsvector"

    def encode_words(self, words: Words) -> str:
        return _lexemes(words, after=0, weight="")

    def encode_tags(self, words: Words) -> str:
        return f" {_lexemes(words, after=MAX_POSITIONS, weight='A')}"

    def condition(self, column: str, query: SearchQuery, mark: str) -> SqlFragment:
        # The function instead of the operator `@@`: no index knows it.
        return SqlFragment(f"ts_match_vq({column}, %s::tsquery)", (_tsquery(query, mark),))

    def lookup(self, query: SearchQuery, mark: str) -> SqlFragment:
        sql = "SELECT task_id FROM tasks_app_searchtext WHERE words @@ %s::tsquery"
        return SqlFragment(sql, (_tsquery(query, mark),))

    def select_ids(self, ids: Iterable[int]) -> SqlFragment:
        return SqlFragment("SELECT unnest(%s::bigint[])", (f"{{{','.join(map(str, ids))}}}",))


def _lexemes(words: Words, *, after: int, weight: str) -> str:
    positions: dict[str, list[str]] = {}
    for position, word in enumerate(words.places, start=after + 1):
        if word is not None:
            positions.setdefault(word, []).append(f"{position}{weight}")
    return " ".join(f"'{word}':{','.join(places)}" for word, places in positions.items())


def _tsquery(query: SearchQuery, mark: str) -> str:
    wanted = [_term(term, mark) for term in query.wanted]
    return " & ".join([*wanted, *(f"!{_term(term, mark)}" for term in query.excluded)])


def _term(term: Term, mark: str) -> str:
    ending = ":*" if term.is_prefix else ""
    spellings = (" <-> ".join(f"'{mark}{word}'" for word in words) + ending for words in term.spellings)
    parts = [f"({' | '.join(spellings)})", *(f"'{mark}{word}'" for word in term.also)]
    return f"({' & '.join(parts)})"
