"""Tags on tasks and on the templates of series. Called inside `changing`."""

from collections.abc import Sequence

from events_app.rows import insert_rows
from tasks_app.models import Series, SeriesTag, Tag, TaskTag
from tasks_app.operations.changes import Change, Draft, mirrored_fields
from tasks_app.queries.tags import tags_by_key
from tasks_app.tag_names import first_spellings


def set_tags(change: Change, draft: Draft, names: Sequence[str]) -> None:
    """Give a task exactly these tags, in this order; unknown ones come to be, first spellings stay."""
    put_tags(draft, tags_named(change, names))


def put_tags(draft: Draft, tags: Sequence[Tag]) -> None:
    """Give a task exactly these tags, in this order."""
    if list(tags) == draft.tags:
        return
    if draft.tags:
        TaskTag.objects.filter(task=draft.task).delete()
    fields = mirrored_fields(draft.task)
    draft.new_links = [TaskTag(task=draft.task, tag=tag, position=i, **fields) for i, tag in enumerate(tags)]
    draft.tags = list(tags)


def tags_named(change: Change, names: Sequence[str]) -> list[Tag]:
    """Return the owner's tags of these names in order, each once; those that were missing are made."""
    wanted = first_spellings(names)
    found = change.tags
    found.update(tags_by_key(change.owner_id, [key for key in wanted if key not in found]))
    missing = [
        Tag(owner_id=change.owner_id, name=name, key=key) for key, name in wanted.items() if key not in found
    ]
    insert_rows(missing)
    found.update({tag.key: tag for tag in missing})
    # While a tag is renamed, both of its names stand for it.
    return list({found[key].pk: found[key] for key in wanted}.values())


def put_template_tags(series: Series, tags: Sequence[Tag]) -> None:
    """Give the template exactly these tags, in this order."""
    SeriesTag.objects.filter(series=series).delete()
    SeriesTag.objects.bulk_create(
        [SeriesTag(series=series, tag=tag, position=i) for i, tag in enumerate(tags)]
    )
