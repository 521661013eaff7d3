"""SQLite: words as text, a blank between any two, under an FTS5 index that splits at blanks alone."""

from collections.abc import Iterable

from tasks_app.search.backends.base import SearchBackend, SqlFragment
from tasks_app.search.query import SearchQuery, Term
from tasks_app.search.words import Words

# Keeps a place where there is no word; no word with a mark is like it.
NO_WORD = "0"


class SqliteSearch(SearchBackend):
    """In text with blanks around each word, looking for a term is looking for a substring."""

    vendor = "sqlite"
    column_type = "text"
    list_type = "(SELECT json_group_array(id) FROM ({subquery}))"

    def encode_words(self, words: Words) -> str:
        return f" {' '.join(word or NO_WORD for word in words.places)} "

    def condition(self, column: str, query: SearchQuery, mark: str) -> SqlFragment:
        parts = [f"instr({column}, %s) > 0"] * len(query.wanted)
        parts += [f"instr({column}, %s) = 0"] * len(query.excluded)
        params = (_stretch(term, mark) for term in (*query.wanted, *query.excluded))
        return SqlFragment(f"({' AND '.join(parts)})", tuple(params))

    def lookup(self, query: SearchQuery, mark: str) -> SqlFragment:
        wanted = " AND ".join(_term(term, mark) for term in query.wanted)
        excluded = " OR ".join(_term(term, mark) for term in query.excluded)
        match = f"({wanted}) NOT ({excluded})" if excluded else wanted
        sql = "SELECT rowid AS id FROM tasks_app_searchindex WHERE words MATCH %s"
        return SqlFragment(sql, (match,))

    def select_ids(self, ids: Iterable[int]) -> SqlFragment:
        return SqlFragment("SELECT value FROM json_each(%s)", (f"[{','.join(map(str, ids))}]",))


def _stretch(term: Term, mark: str) -> str:
    text = " ".join(mark + word for word in term.words)
    return f" {text}" if term.is_prefix else f" {text} "


def _term(term: Term, mark: str) -> str:
    text = " ".join(mark + word for word in term.words)
    return f'"{text}" *' if term.is_prefix else f'"{text}"'
