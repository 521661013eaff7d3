"""Applying a change of a tag to its tasks, some per transaction, each task with its event. Called inside `changing`.

What is left to do is read from the rows, so an interrupted step leaves nothing half done, and the next step continues.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from foundation.database import sql
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft, PendingSave, draft_of_full, save_all
from tasks_app.editing.unrecorded import write_documents
from tasks_app.models import SeriesTag, Tag, TagJob, Task, TaskTag
from tasks_app.operations.search_index import index_tags
from tasks_app.queries.tasks import load_all_full

TASKS_PER_TRANSACTION: Final = 500
TagJobKind = TagJob.Kind


def take_step(change: Change, tag: Tag, kind: str) -> int | None:
    """Apply the change to at most 500 more tasks; return how many, or None if it is complete."""
    return _STEPS[kind](change, tag)


def _rename_some(change: Change, tag: Tag) -> int | None:
    ids = _task_ids(tag, after=tag.told_to or 0)
    if not ids:
        tag.told_to, tag.former_name, tag.former_key = None, "", ""
        tag.save()
        return None
    drafts = _drafts(ids)
    for each in (each for draft in drafts for each in draft.tags if each.pk == tag.pk):
        each.told_to = ids[-1]
    tag.told_to = ids[-1]
    tag.save(update_fields=["told_to"])
    return _save_retagged(change, drafts)


def _merge_some(change: Change, tag: Tag) -> int | None:
    ids = _task_ids(tag)
    if not ids:
        return _merge_templates(tag)
    target = _target(tag)
    drafts, links = _drafts(ids), TaskTag.objects.filter(tag=tag, task_id__in=ids)
    links.filter(task__in=Task.objects.filter(pk__in=ids, tag_links__tag=target)).delete()
    links.update(tag=target)
    for draft in drafts:
        draft.tags = _merge_tags(draft.tags, tag, target)
    return _save_retagged(change, drafts)


def _delete_some(change: Change, tag: Tag) -> int | None:
    ids = _task_ids(tag)
    if not ids:
        return _clear_templates(tag)
    drafts = _drafts(ids)
    TaskTag.objects.filter(tag=tag, task_id__in=ids).delete()
    for draft in drafts:
        draft.tags = [each for each in draft.tags if each.pk != tag.pk]
    return _save_retagged(change, drafts)


_STEPS: Mapping[str, Callable[[Change, Tag], int | None]] = {
    TagJobKind.RENAME: _rename_some,
    TagJobKind.MERGE: _merge_some,
    TagJobKind.DELETE: _delete_some,
}


def _task_ids(tag: Tag, *, after: int = 0) -> list[int]:
    """Return the ids of up to 500 tasks with the tag, beyond the id `after`, ascending."""
    links = TaskTag.objects.filter(tag=tag, task_id__gt=after).order_by("task_id")
    return list(links.values_list("task_id", flat=True)[:TASKS_PER_TRANSACTION])


def _drafts(ids: Sequence[int]) -> list[Draft]:
    tasks = list(Task.objects.filter(pk__in=ids).order_by("id"))
    return [draft_of_full(full) for full in load_all_full(tasks)]


def _target(tag: Tag) -> Tag:
    assert tag.into is not None  # noqa: S101 - a merge has set it
    return tag.into


def _merge_tags(tags: Sequence[Tag], tag: Tag, target: Tag) -> list[Tag]:
    present = any(each.pk == target.pk for each in tags)
    kept = [each for each in tags if not (present and each.pk == tag.pk)]
    return [target if each.pk == tag.pk else each for each in kept]


def _merge_templates(tag: Tag) -> int | None:
    series = _templates(tag)
    links = SeriesTag.objects.filter(tag=tag, series_id__in=series)
    target = _target(tag)
    having = SeriesTag.objects.filter(tag=target, series_id__in=series)
    links.filter(series_id__in=list(having.values_list("series_id", flat=True))).delete()
    links.update(tag=target)
    return _delete_unused(tag, len(series))


def _clear_templates(tag: Tag) -> int | None:
    series = _templates(tag)
    SeriesTag.objects.filter(tag=tag, series_id__in=series).delete()
    return _delete_unused(tag, len(series))


def _templates(tag: Tag) -> list[int]:
    links = SeriesTag.objects.filter(tag=tag).order_by("series_id")
    return list(links.values_list("series_id", flat=True)[:TASKS_PER_TRANSACTION])


def _delete_unused(tag: Tag, templates: int) -> int | None:
    """Delete a tag that no template had any more; return None then, else 0: another step is needed."""
    if templates:
        return 0
    tag.delete()
    return None


def _save_retagged(change: Change, drafts: Sequence[Draft]) -> int:
    """Write tasks that show other tags now, and record `task.updated` of live ones; return how many drafts there are.

    Tasks in the trash get no event: their `task.created`, when they are restored, has all that they are. Search finds
    all of them by the new names of their tags.
    """
    live = [draft for draft in drafts if draft.task.is_live]
    for draft in live:
        # No person changed these rows: an untouched successor stays untouched.
        draft.by_rule = draft.task.is_untouched
        if draft.by_rule:
            draft.task.rule_version = draft.task.version + 1
    save_all(change, [PendingSave(draft) for draft in live])
    trashed = [draft for draft in drafts if not draft.task.is_live]
    sql.run_together([*index_tags(trashed), *write_documents(trashed)])
    return len(drafts)
