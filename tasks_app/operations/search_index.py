"""The search words of tasks: written with every change of a title or description, and again where they are missing.

Making them takes milliseconds for a long text. Callers that write many texts, or texts that a person sent, make them
before the owner's history is locked: on SQLite everybody else waits for that lock.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from events_app.log.write import writing
from foundation.database import sql
from foundation.database.row_writes import insert_statements, update_statements, upsert_statements
from foundation.database.sessions import database_vendor
from tasks_app.models import OLD_SEARCH_ROW, SAME_AS_TASK, SearchText, Task
from tasks_app.operations.owner_walk import walk_owners
from tasks_app.queries.statements import (
    copy_words,
    mirror_tasks_in_words,
    replace_tag_words,
    select_texts,
)
from tasks_app.queries.tasks import FullTask, load_all_full
from tasks_app.search.backends import backend_for
from tasks_app.search.sort_keys import title_key
from tasks_app.search.tokens import TOKENIZER_VERSION
from tasks_app.search.words import tag_words, words_for
from tasks_app.values.fields import UNSET, TaskFields

Texts = tuple[str, str]
Prepared = Mapping[Texts, str]
SEARCH_COLUMNS: Final = ("task_id", "words", "version", "created_at", "live")


def prepare_words(owner_id: int, texts: Iterable[Texts]) -> Prepared:
    """Return the words of titles with their descriptions, by these texts, as the database stores them."""
    backend = backend_for(database_vendor())
    return {each: backend.encode_words(words_for(owner_id, *each)) for each in dict.fromkeys(texts)}


def prepare_change(owner_id: int, changes: Iterable[tuple[int, TaskFields]]) -> Prepared:
    """Return the words that tasks will have after each of these changes, in order; a new task has the id 0.

    Texts that a change does not name are read without a lock. If such a text changes before the lock is taken, its
    words are made under the lock.
    """
    named = [(task_id, fields) for task_id, fields in changes if names_text(fields)]
    stored = _stored_texts(owner_id, {task_id for task_id, fields in named if task_id})
    texts: list[Texts] = []
    for task_id, fields in named:
        title, description = stored.get(task_id, ("", ""))
        title = title if fields.title is UNSET else fields.title
        texts.append((title, description if fields.description is UNSET else fields.description))
        if task_id:
            stored[task_id] = texts[-1]
    return prepare_words(owner_id, texts)


def names_text(fields: TaskFields) -> bool:
    """Whether a change names the title or the description."""
    return fields.title is not UNSET or fields.description is not UNSET


def _stored_texts(owner_id: int, task_ids: Collection[int]) -> dict[int, Texts]:
    if not task_ids:
        return {}
    found = sql.fetch(*select_texts(owner_id, list(task_ids)))
    return {pk: (title, description) for pk, title, description in found}


def index_words(
    tasks: Collection[FullTask], *, prepared: Prepared | None = None, are_new: bool = False
) -> list[sql.Work]:
    """Return the statements that write the words of tasks with a new title or description. Called inside `writing`.

    `are_new`: the tasks have no words yet. Words that are not `prepared` are made here, and those of tags, which are
    few; an occurrence with the same texts as the one before it copies the words of that one.
    """
    if not tasks:
        return []
    prepared = prepared or {}
    copies: list[sql.Work] = []
    words: list[tuple[object, ...]] = []
    for full in tasks:
        task, tags = full.task, _encode_tags(full)
        made = prepared.get(_texts(task))
        if made is None and are_new and _repeats_last(task):
            copies.append(copy_words(task.pk, task.follows_id, tags))
        else:
            text = (made or _encode_texts(task)) + tags
            words.append((task.pk, text, TOKENIZER_VERSION, task.created_at, task.is_live))
    return [
        *(insert_statements if are_new else upsert_statements)(SearchText, SEARCH_COLUMNS, words),
        *copies,
    ]


def index_states(tasks: Collection[FullTask]) -> list[sql.Work]:
    """Return the statement that writes to the words of tasks that they went to the trash, or came back from it."""
    return [mirror_tasks_in_words([full.task.pk for full in tasks])] if tasks else []


def index_tags(tasks: Collection[FullTask]) -> list[sql.Work]:
    """Return the statement that writes the words of the tags of tasks that are tagged anew, in the owner's change."""
    return [replace_tag_words({full.task.pk: _encode_tags(full) for full in tasks})] if tasks else []


def set_title_keys(tasks: Iterable[FullTask]) -> None:
    """Give each task, about to be written, the key that its title is sorted by."""
    for full in tasks:
        full.task.title_key = title_key(full.task.title)


def _encode_tags(full: FullTask) -> str:
    return encode_tag_names(full.task.owner_id, tuple([tag.name_on(full.task.pk) for tag in full.tags]))


def encode_tag_names(owner_id: int, names: tuple[str, ...]) -> str:
    """Return the words of the names of a task's tags, in order, as the database stores them behind those of texts."""
    return _encode_names(database_vendor(), owner_id if names else 0, names)


@lru_cache(maxsize=512)
def _encode_names(vendor: str, owner_id: int, names: tuple[str, ...]) -> str:
    return backend_for(vendor).encode_tags(tag_words(owner_id, names))


def _texts(task: Task) -> Texts:
    return task.title, task.description


def _encode_texts(task: Task) -> str:
    return backend_for(database_vendor()).encode_words(words_for(task.owner_id, task.title, task.description))


def _repeats_last(task: Task) -> bool:
    """Whether an occurrence has the texts of the one that it follows; False if that one is not in memory."""
    last = task.__dict__["_state"].fields_cache.get("follows")
    return last is not None and last.pk is not None and _texts(last) == _texts(task)


def index_missing(*, again: bool = False, after_owner: int = 0) -> Iterator[tuple[int, int]]:
    """Write the search rows of tasks that have none, an older release's, or one that tells another state than theirs.

    With `again`, of all tasks. Words that are this release's are left as they are otherwise. Yields (owner id, number
    of tasks) for each owner beyond `after_owner`, ascending. At most 200 tasks per transaction, with the history of
    their owner locked, so that no text changes in between. After an interruption it continues where it stopped;
    repeating is harmless.
    """
    right = SearchText.objects.filter(~OLD_SEARCH_ROW, SAME_AS_TASK, task=OuterRef("pk"))
    rows = Task.objects.all() if again else Task.objects.filter(~Exists(right))
    return walk_owners(rows, partial(_index_some, again=again), after_owner=after_owner)


def _index_some(owner_id: int, chunk: QuerySet[Task], *, again: bool) -> Sequence[int]:
    texts = {task.pk: _texts(task) for task in chunk.only("title", "description")}
    worded = set() if again else _with_current_words(texts)
    prepared = prepare_words(owner_id, (text for pk, text in texts.items() if pk not in worded))
    with writing(owner_id):
        tasks = load_all_full(list(chunk.all()))
        to_word = [full for full in tasks if full.task.pk not in worded]
        set_title_keys(to_word)
        keys = update_statements([full.task for full in to_word], ("title_key",))
        states = index_states([full for full in tasks if full.task.pk in worded])
        sql.run_together([*keys, *index_words(to_word, prepared=prepared), *states])
    return [full.task.pk for full in tasks]


def _with_current_words(task_ids: Iterable[int]) -> set[int]:
    """Return which of these tasks have words of this release: their rows need not be made from the texts again."""
    rows = SearchText.objects.filter(task__in=list(task_ids), version__gte=TOKENIZER_VERSION)
    return set(rows.values_list("task_id", flat=True))
