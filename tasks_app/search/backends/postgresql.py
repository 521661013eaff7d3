"""PostgreSQL: a tsvector of our own lexemes under a GIN index."""

from tasks_app.search.backends.base import SearchBackend, SqlFragment
from tasks_app.search.query import SearchQuery, Term
from tasks_app.search.words import ANYWHERE, MAX_POSITIONS, Words, mark


class PostgresqlSearch(SearchBackend):
    """Lexemes are words with their marks; they hold neither quotes nor backslashes, so that quoting is simple.

    Positions of tags have the weight A, so that they can be told from the others.
    """

    vendor = "postgresql"
    column_type = "tsvector"
    # A scan of the whole table looks cheap to the planner when it takes a common word to be evenly spread.
    prelude = "SELECT set_config('enable_seqscan', 'off', true); "
    retagged = "(CAST(ts_filter({column}, '{{d}}') AS text) || ' ' || CAST({tags} AS text))::tsvector"

    def encode_words(self, words: Words) -> str:
        return _lexemes(words, after=0, weight="")

    def encode_tags(self, words: Words) -> str:
        return f" {_lexemes(words, after=MAX_POSITIONS, weight='A')}"

    def condition(self, column: str, query: SearchQuery, owner_id: int, wanted_at: str) -> SqlFragment:
        # The function instead of the operator `@@`: no index knows it.
        return SqlFragment(f"ts_match_vq({column}, %s::tsquery)", (_tsquery(query, owner_id, wanted_at),))

    def lookup(self, query: SearchQuery, owner_id: int, wanted_at: str) -> SqlFragment:
        rows = "tasks_app_searchtext s WHERE s.words @@ %s::tsquery"
        return SqlFragment(rows, (_tsquery(query, owner_id, wanted_at),))


def _lexemes(words: Words, *, after: int, weight: str) -> str:
    positions: dict[str, list[str]] = {}
    for position, word in enumerate(words.places, start=after + 1):
        if word is not None:
            positions.setdefault(word, []).append(f"{position}{weight}")
    return " ".join(f"'{word}':{','.join(places)}" for word, places in positions.items())


def _tsquery(query: SearchQuery, owner_id: int, wanted_at: str) -> str:
    wanted = [_term(term, mark(owner_id, wanted_at)) for term in query.wanted]
    excluded = [f"!{_term(term, mark(owner_id, ANYWHERE))}" for term in query.excluded]
    return " & ".join([*wanted, *excluded])


def _term(term: Term, mark: str) -> str:
    ending = ":*" if term.is_prefix else ""
    spellings = (" <-> ".join(f"'{mark}{word}'" for word in words) + ending for words in term.spellings)
    parts = [f"({' | '.join(spellings)})", *(f"'{mark}{word}'" for word in term.also)]
    return f"({' & '.join(parts)})"
