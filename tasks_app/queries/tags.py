"""Tags of one user, with the number of their tasks."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from foundation.database.row_reads import read_rows
from tasks_app.errors import TagJobNotFound, TagNotFound
from tasks_app.models import Series, SeriesTag, Tag, TagJob, TaskTag
from tasks_app.queries.statements import rest_of_named_tags


@dataclass(frozen=True, slots=True)
class CountedTag:
    """A tag with the number of its tasks: pending and completed ones, without the trash."""

    tag: Tag
    task_count: int


def tags_of(user_id: int) -> QuerySet[Tag]:
    """Return the user's tags, without retired ones."""
    return Tag.objects.filter(owner_id=user_id, retired_at__isnull=True)


def tag_of(user_id: int, tag_id: int) -> Tag:
    """Return one tag of the user. Raises TagNotFound."""
    tag = tags_of(user_id).filter(pk=tag_id).first()
    if tag is None:
        raise TagNotFound
    return tag


def known_tag(user_id: int, tag_id: int) -> Tag:
    """Return one tag of the user, also a retired one that a job is deleting. Raises TagNotFound."""
    tag = Tag.objects.filter(owner_id=user_id, pk=tag_id).select_related("into").first()
    if tag is None:
        raise TagNotFound
    return tag


def template_tags(series: Series) -> list[Tag]:
    """Return the tags of a template, in order; for a tag that is being merged, the tag that replaces it."""
    links = SeriesTag.objects.filter(series=series).select_related("tag__into").order_by("position")
    tags = [link.tag.into or link.tag for link in links if link.tag.into or not link.tag.retired_at]
    return list({tag.pk: tag for tag in tags}.values())


def tags_with_counts(tags: Iterable[Tag]) -> list[CountedTag]:
    """Return the tags with the number of their tasks, in one query that reads only the links of these tags."""
    listed = list(tags)
    links = TaskTag.objects.filter(tag_id__in=[tag.pk for tag in listed], live=True)
    counts = dict(links.values_list("tag_id").annotate(tasks=Count("*")).order_by())
    return [CountedTag(tag, counts.get(tag.pk, 0)) for tag in listed]


def tags_by_key(user_id: int, keys: Collection[str]) -> dict[str, Tag]:
    """Return the tag that each key stands for now; a key without tag is absent.

    While a tag is renamed or merged, its former key stands for the tag that it becomes, so that a client that sends
    back the names that it read changes nothing.
    """
    if not keys:
        return {}
    found = {tag.key: tag for tag in read_rows(Tag, *rest_of_named_tags(user_id, keys))}
    missing = [key for key in keys if key not in found]
    return found | changing_tags_by_key(user_id, missing) if missing else found


def changing_tags_by_key(user_id: int, keys: Collection[str]) -> dict[str, Tag]:
    """Return the tags that are being renamed or merged and had one of these keys before, by that key."""
    renamed = Q(told_to__isnull=False, former_key__in=keys)
    merged = Q(retired_at__isnull=False, into__isnull=False, key__in=keys)
    tags = Tag.objects.filter(renamed | merged, owner_id=user_id).select_related("into")
    return {tag.key if tag.into else tag.former_key: tag.into or tag for tag in tags}


def tag_job_of(user_id: int, job_id: int) -> TagJob:
    """Return one job of the user. Raises TagJobNotFound."""
    job = TagJob.objects.filter(owner_id=user_id, pk=job_id).first()
    if job is None:
        raise TagJobNotFound
    return job


def running_job(tag: Tag) -> TagJob | None:
    """Return the unfinished job that applies a change of a tag to its tasks; None if there is none."""
    return TagJob.objects.filter(owner_id=tag.owner_id, tag_id=tag.pk, finished_at__isnull=True).first()
