"""SQLite: words as text, a blank between any two, under an FTS5 index that splits at blanks alone."""

from collections.abc import Iterable

from tasks_app.search.backends.base import SearchBackend, SqlFragment
from tasks_app.search.query import SearchQuery, Term
from tasks_app.search.words import ANYWHERE, Words, mark

# Keeps a place where there is no word; no word with a mark is like it.
_NO_WORD = "0"
# Ends the words of texts; those of tags follow. No token to the index.
_TAGS = "|"


class SqliteSearch(SearchBackend):
    """In text with blanks around each word, looking for a term is looking for a substring."""

    vendor = "sqlite"
    column_type = "text"
    # What an older release wrote has no sign, and no tags.
    retagged = (
        f"CASE WHEN instr({{column}}, '{_TAGS}') > 0 THEN substr({{column}}, 1, instr({{column}}, '{_TAGS}'))"
        f" ELSE {{column}} || '{_NO_WORD} {_TAGS}' END || {{tags}}"
    )

    def encode_words(self, words: Words) -> str:
        return f"{_text(words)}{_NO_WORD} {_TAGS}"

    def encode_tags(self, words: Words) -> str:
        return _text(words)

    def condition(self, column: str, query: SearchQuery, owner_id: int, wanted_at: str) -> SqlFragment:
        wanted = [_fits(column, term, mark(owner_id, wanted_at)) for term in query.wanted]
        excluded = [_fits(column, term, mark(owner_id, ANYWHERE)) for term in query.excluded]
        parts = [*(each.sql for each in wanted), *(f"NOT {each.sql}" for each in excluded)]
        params = (param for each in (*wanted, *excluded) for param in each.params)
        return SqlFragment(f"({' AND '.join(parts)})", tuple(params))

    def lookup(self, query: SearchQuery, owner_id: int, wanted_at: str) -> SqlFragment:
        wanted = " AND ".join(_term(term, mark(owner_id, wanted_at)) for term in query.wanted)
        excluded = " OR ".join(_term(term, mark(owner_id, ANYWHERE)) for term in query.excluded)
        match = f"({wanted}) NOT ({excluded})" if excluded else wanted
        # CROSS JOIN: SQLite goes through the tables in this order.
        rows = "tasks_app_searchindex i CROSS JOIN tasks_app_searchtext s ON s.task_id = i.rowid"
        return SqlFragment(f"{rows} WHERE i.words MATCH %s", (match,))


def _text(words: Words) -> str:
    return f" {' '.join([word or _NO_WORD for word in words.places])} "


def _fits(column: str, term: Term, mark: str) -> SqlFragment:
    """Return the condition that one of its spellings is a stretch of the text, and each of `also` a word."""
    ending = "" if term.is_prefix else " "
    stretches = [f" {_marked(words, mark)}{ending}" for words in term.spellings]
    names = [f" {mark}{word} " for word in term.also]
    is_there = f"instr({column}, %s) > 0"
    spelled = f"({' OR '.join([is_there] * len(stretches))})"
    return SqlFragment(f"({' AND '.join([spelled, *([is_there] * len(names))])})", (*stretches, *names))


def _term(term: Term, mark: str) -> str:
    ending = " *" if term.is_prefix else ""
    spellings = " OR ".join(f'"{_marked(words, mark)}"{ending}' for words in term.spellings)
    names = [f'"{mark}{word}"' for word in term.also]
    return f"({' AND '.join([f'({spellings})', *names])})"


def _marked(words: Iterable[str], mark: str) -> str:
    return " ".join(mark + word for word in words)
