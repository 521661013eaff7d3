"""What is kept of a task for search: its words, each with its owner and its positions.

The owner stands in the word itself, so that a word's postings are those of one user and other users' rows cost
nothing. Words of the title are there twice, the second time under a mark of their own: "in the title" is then an
ordinary search. Names of tags are kept apart, behind the others, so that they change alone. Limits are those of
PostgreSQL's tsvector, kept for every database so that all agree.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tasks_app.search.tokens import TextWords, read_short_text, read_text

# Positions in a tsvector end at 16,383, and it keeps 255 of one word. Tags have those after the first 14,000.
MAX_POSITIONS: Final = 14_000
MAX_TAG_POSITIONS: Final = 2_000
MAX_TIMES: Final = 255
# Of other forms of a text so many characters are kept.
MAX_FORM_CHARACTERS: Final = 40_000
# Between title and description and around each form, so that no phrase reaches across.
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
    """Return what to keep of a task's texts.

    What lies beyond the limits is not found: words after the first 14,000, and phrases with a word where it
    occurs for more than the 255th time.
    """
    titled, described = read_text(title), read_text(description)
    everywhere, in_title = mark(owner_id, ANYWHERE), mark(owner_id, IN_TITLE)
    places = [
        *[in_title + word for word in titled.words],
        GAP,
        *[everywhere + word for word in titled.words],
        GAP,
        *[everywhere + word for word in described.words],
    ]
    if titled.forms or described.forms:
        # Those of the title first: they are few, and what is too much is cut at the end.
        forms = [GAP, *_forms(in_title, titled), *_forms(everywhere, titled), *_forms(everywhere, described)]
        places = [*places[: MAX_POSITIONS - len(forms)], *forms]
    return _capped(places, MAX_POSITIONS)


def tag_words(owner_id: int, names: Iterable[str]) -> Words:
    """Return what to keep of the names of a task's tags; `#name` means the tag as well."""
    everywhere, places = mark(owner_id, ANYWHERE), list[str | None]()
    for name in names:
        read = read_short_text(name)
        places += [*[everywhere + word for word in read.words], GAP, *_forms(everywhere, read)]
        places += _forms(everywhere, TextWords((), read_short_text(f"#{name}").forms[:1]))
    return _capped(places, MAX_TAG_POSITIONS)


def _forms(where: str, read: TextWords) -> Iterator[str | None]:
    room = MAX_FORM_CHARACTERS
    for form in read.forms:
        room -= len(form)
        if room < 0:
            return
        yield where + form
        yield GAP


def _capped(places: list[str | None], most: int) -> Words:
    if len(places) <= MAX_TIMES:
        return Words(tuple(places))
    return Words(tuple(_cap_repetitions(places[:most])))


def _cap_repetitions(places: Iterable[str | None]) -> Iterable[str | None]:
    times: Counter[str] = Counter()
    for place in places:
        if place is not None:
            times[place] += 1
        yield place if place is None or times[place] <= MAX_TIMES else None
