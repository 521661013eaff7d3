"""Setting the tags of tasks and of templates of series. Called inside `changing`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Final

from foundation.database.row_writes import insert_all
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft
from tasks_app.errors import InvalidInput
from tasks_app.models import Series, SeriesTag, Tag
from tasks_app.operations.quotas import room_for_tags, tag_refusal
from tasks_app.queries.tags import changing_tags_by_key, tags_by_key
from tasks_app.values.fields import UNSET, TaskFields
from tasks_app.values.tag_names import MAX_TAGS, first_spellings, tag_key

KEYS_PER_READ: Final = 1000


def set_tags(change: Change, draft: Draft, names: Sequence[str]) -> None:
    """Set the tags of a task by names, in this order; missing tags are created, existing ones keep their spelling."""
    put_tags(draft, ensure_tags(change, names))


def with_whole_tags(draft: Draft, fields: TaskFields) -> TaskFields:
    """Return what names all tags of a task where `fields` add some to it or remove some. Raises InvalidInput."""
    if fields.add_tags is UNSET and fields.remove_tags is UNSET:
        return fields
    added = () if fields.add_tags is UNSET else fields.add_tags
    removed = set() if fields.remove_tags is UNSET else {tag_key(name) for name in fields.remove_tags}
    stay = [tag for tag in draft.tags if removed.isdisjoint((tag.key, tag.former_key))]
    whole = tuple(first_spellings([*(tag.name_on(draft.task.pk) for tag in stay), *added]).values())
    if len(whole) > MAX_TAGS and added:
        raise InvalidInput.of("add_tags", "too_many", f"A task has at most {MAX_TAGS} tags.")
    return replace(fields, tags=whole, add_tags=UNSET, remove_tags=UNSET)


def keys_in(fields: TaskFields) -> frozenset[str]:
    """Return the keys of the tags that `fields` set or add."""
    return frozenset(
        tag_key(name) for names in (fields.tags, fields.add_tags) if names is not UNSET for name in names
    )


def put_tags(draft: Draft, tags: Sequence[Tag]) -> None:
    """Set the tags of a task, in this order; saving the draft writes them."""
    if list(tags) != draft.tags:
        draft.tags, draft.has_new_tags = list(tags), True


def ensure_tags(change: Change, names: Sequence[str]) -> list[Tag]:
    """Return the owner's tags with these names, in order and without repetition; missing ones are created."""
    wanted = first_spellings(names)
    load_tags(change, wanted)
    # By id: while a tag is renamed, both of its names stand for it.
    return list({change.tags[key].pk: change.tags[key] for key in wanted}.values())


class Quota(Enum):
    """What `load_tags` does with new tags beyond the user's quota."""

    STRICT = "refused"
    LENIENT = "not made"
    NONE = "made all the same"


def load_tags(change: Change, wanted: Mapping[str, str], *, quota: Quota = Quota.STRICT) -> list[Tag]:
    """Read the tags with these names (by key) into `change.tags`; create the missing ones and return those.

    Raises QuotaExceeded if the quota is strict and has no room for all of them; none is created then.
    """
    found = change.tags
    unknown = [key for key in wanted if key not in found]
    read = changing_tags_by_key if change.asked_tags.issuperset(unknown) else tags_by_key
    for start in range(0, len(unknown), KEYS_PER_READ):
        found.update(read(change.owner_id, unknown[start : start + KEYS_PER_READ]))
    missing = _within_quota(change, [key for key in unknown if key not in found], quota)
    made = [Tag(owner_id=change.owner_id, name=wanted[key], key=key) for key in missing]
    insert_all(made)
    found.update({tag.key: tag for tag in made})
    return made


def _within_quota(change: Change, missing: Sequence[str], quota: Quota) -> Sequence[str]:
    if not missing or quota is Quota.NONE:
        return missing
    room = room_for_tags(change.owner_id, len(missing))
    if room < len(missing) and quota is Quota.STRICT:
        raise tag_refusal()
    return missing[:room]


def put_template_tags(series: Series, tags: Sequence[Tag]) -> None:
    """Write the tags of a template, in this order; the series must have a row."""
    SeriesTag.objects.filter(series=series).delete()
    SeriesTag.objects.bulk_create(
        [SeriesTag(series=series, tag=tag, position=i) for i, tag in enumerate(tags)]
    )
