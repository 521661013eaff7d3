"""Words are made before a history is locked, in time linear in the text."""

from collections.abc import Callable
from time import thread_time
from unicodedata import combining, normalize

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.log import write
from foundation.database import sql
from tasks_app.invariants import find_missing_words
from tasks_app.models import Task
from tasks_app.operations import search_index
from tasks_app.operations.bulk.execution import execute_all, execute_each
from tasks_app.operations.bulk.operations import Operation, Verb
from tasks_app.operations.completion import complete_task, create_next_occurrence
from tasks_app.operations.search_index import index_missing
from tasks_app.operations.tasks import create_task, update_task
from tasks_app.queries.tasks import load_full
from tasks_app.search.marks import MAX_MARKS, stream_safe
from tasks_app.search.tokens import MAX_FOLDED_CHARACTERS, fold, read_text
from tasks_app.search.words import Words, words_for
from tasks_app.tests.helpers import make_task
from tasks_app.values.fields import TaskFields
from tasks_app.values.tag_names import tag_key

MARKS = "\u0316\u0301\u0327"


@pytest.fixture
def user(db: None) -> User:
    return make_user()


@pytest.fixture
def under_lock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the titles of which words were made while a history was locked."""
    found: list[str] = []

    def noted(owner_id: int, title: str, description: str) -> Words:
        if write._open_logs.get() is not None:
            found.append(title)
        return words_for(owner_id, title, description)

    monkeypatch.setattr(search_index, "words_for", noted)
    return found


def test_a_new_task_and_any_change_of_its_texts_are_read_before_the_lock(
    user: User, under_lock: list[str]
) -> None:
    at = timezone.now()
    task = create_task(TaskFields(title="one", description="long"), by=user, at=at).task
    update_task(task.pk, TaskFields(title="two"), by=user, at=at)
    update_task(task.pk, TaskFields(description="longer"), by=user, at=at)
    update_task(task.pk, TaskFields(title="three", description="longest"), by=user, at=at)

    assert under_lock == []
    assert found(user, "three longest") == [task.pk]
    assert found(user, "longer") == []


@pytest.mark.parametrize("carry_out", [execute_all, execute_each])
def test_many_changes_are_read_before_the_lock(
    user: User, under_lock: list[str], carry_out: Callable[..., object]
) -> None:
    old = make_task(user, title="old", description="text")
    under_lock.clear()
    operations = [
        Operation(verb=Verb.CREATE, fields=TaskFields(title="new")),
        Operation(verb=Verb.UPDATE, task_id=old.pk, fields=TaskFields(title="newer")),
        Operation(verb=Verb.UPDATE, task_id=old.pk, fields=TaskFields(description="words")),
        Operation(verb=Verb.COMPLETE, task_id=old.pk),
    ]

    carry_out(operations, by=user, at=timezone.now())

    assert under_lock == []
    assert found(user, "newer words") == [old.pk]
    assert list(find_missing_words()) == []


def test_an_occurrence_takes_the_words_of_the_one_before(user: User, under_lock: list[str]) -> None:
    task = make_task(user, title="plants", description="water", due="2030-05-04T09:00", recurrence="weekly")
    under_lock.clear()

    complete_task(task.pk, by=user, at=timezone.now())
    create_next_occurrence(task.pk, owner_id=user.pk)

    assert under_lock == []
    follower = Task.objects.get(follows=task)
    assert set(found(user, "water plants")) == {task.pk, follower.pk}


def test_the_words_of_an_occurrence_that_was_edited_are_not_taken(user: User) -> None:
    task = make_task(user, title="plants", due="2030-05-04T09:00", recurrence="weekly")
    update_task(task.pk, TaskFields(title="ferns"), by=user, at=timezone.now())

    complete_task(task.pk, by=user, at=timezone.now())
    create_next_occurrence(task.pk, owner_id=user.pk)

    follower = Task.objects.get(follows=task)
    assert follower.pk in found(user, follower.title)
    assert follower.title == "ferns" or follower.pk not in found(user, "ferns")


def test_indexing_reads_texts_before_the_lock(user: User, under_lock: list[str]) -> None:
    make_task(user, title="plants")
    under_lock.clear()

    assert list(index_missing(again=True)) == [(user.pk, 1)]
    assert under_lock == []


def test_a_text_that_changed_before_the_lock_is_read_again(user: User) -> None:
    task = make_task(user, title="plants", description="water")
    prepared = search_index.prepare_change(user.pk, [(task.pk, TaskFields(title="ferns"))])
    Task.objects.filter(pk=task.pk).update(description="feed")
    task.refresh_from_db()
    task.title = "ferns"

    work = search_index.index_words([load_full(task)], prepared=prepared)

    sql.run_together(work)
    Task.objects.filter(pk=task.pk).update(title="ferns")
    assert found(user, "ferns feed") == [task.pk]
    assert found(user, "ferns water") == []


def found(user: User, text: str) -> list[int]:
    answer = signed_in_client(user).get("/api/tasks/", {"search": text}).json()
    return [each["id"] for each in answer["results"]]


def ordered_marks() -> list[str]:
    """Return every character that normalising may have to put in order."""
    characters = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    return [each for each in characters if combining(each) or combining(normalize("NFKD", each)[0])]


def test_no_mark_of_unicode_is_put_in_order_by_the_thousand() -> None:
    marks = ordered_marks()
    assert len(marks) > 900
    assert all(len(stream_safe("a" + 100 * each)) == 1 + MAX_MARKS for each in marks)


@pytest.mark.parametrize(
    "text",
    [
        "a" + MARKS * 3333, "\u0f73\u0f75" * 5000, "\uff9e" * 10_000, "\ufdfa" * 10_000, "字" * 10_000, "a-" * 5000,
        "a+" * 5000, "#a" * 5000, "é." * 5000, "1," * 5000, "+" * 10_000, "é" + "#" * 9999, "👨\u200d" * 5000,
        "\u200d" * 10_000, "\U0001f3f4" + "\U000e0067" * 9999, "🇪" * 10_000, "👍" + "🏽" * 9999, 'א"' * 5000,
        "\ufe0f" * 10_000, "๑" * 10_000, "ł" * 10_000,
    ],
)  # fmt: skip
def test_the_words_of_a_text_of_marks_cost_what_others_cost(text: str) -> None:
    plainly = min(seconds(lambda: read_text("한국어 공부 " * 1500)) for _ in range(3))

    assert min(seconds(lambda: read_text(text)) for _ in range(3)) < 10 * plainly + 0.005
    assert len(fold(text)) <= MAX_FOLDED_CHARACTERS


def seconds(call: Callable[[], object]) -> float:
    started = thread_time()
    call()
    return thread_time() - started


def test_a_filter_of_marks_is_no_tag_and_costs_nothing() -> None:
    assert seconds(lambda: tag_key("a" + MARKS * 100_000)) < 0.1


letters = st.text(st.characters(codec="utf-8"), max_size=200)
scripts = st.text(
    "aÉßİΣ한국語ひらがな\u0301\u0327हिन्दी مُحَمَّد½²ﬁ\u1e9b\u0323йЙ\u0306\u200d👍🏽#+.-'", max_size=200
)


@settings(deadline=None)
@given(letters | scripts)
def test_folding_again_changes_nothing(text: str) -> None:
    """What a word is does not depend on whether its text was copied from what was found."""
    folded = fold(text)

    assert len(folded) == MAX_FOLDED_CHARACTERS or fold(folded) == folded


@settings(deadline=None)
@given(letters | scripts)
def test_a_text_and_its_canonical_forms_have_the_same_words(text: str) -> None:
    apart = normalize("NFD", stream_safe(text))

    assert read_text(text) == read_text(apart) == read_text(normalize("NFC", apart)) or len(text) > MAX_MARKS
