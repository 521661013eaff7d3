"""Tags of one user, and how many tasks carry them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from foundation.database import sql
from foundation.database.row_reads import read_rows
from tasks_app.errors import TagJobNotFound, TagNotFound
from tasks_app.models import Series, SeriesTag, Tag, TagJob, TaskTag
from tasks_app.queries.statements import rest_of_named_tags, select_tag_ids


@dataclass(frozen=True, slots=True)
class CountedTag:
    """A tag and how many tasks carry it: pending and completed ones, none of the trash."""

    tag: Tag
    task_count: int


def tags_of(user_id: int) -> QuerySet[Tag]:
    """Return the user's tags, without those that are retired."""
    return Tag.objects.filter(owner_id=user_id, retired_at__isnull=True)


def tag_of(user_id: int, tag_id: int) -> Tag:
    """Return one tag of the user. Raises TagNotFound."""
    tag = tags_of(user_id).filter(pk=tag_id).first()
    if tag is None:
        raise TagNotFound
    return tag


def known_tag(user_id: int, tag_id: int) -> Tag:
    """Return one tag of the user, even one that a job is about to take away. Raises TagNotFound."""
    tag = Tag.objects.filter(owner_id=user_id, pk=tag_id).select_related("into").first()
    if tag is None:
        raise TagNotFound
    return tag


def template_tags(series: Series) -> list[Tag]:
    """Return the tags of a series' template, in order; of one that is being merged, what it becomes."""
    links = SeriesTag.objects.filter(series=series).select_related("tag__into").order_by("position")
    tags = [link.tag.into or link.tag for link in links if link.tag.into or not link.tag.retired_at]
    return list({tag.pk: tag for tag in tags}.values())


def tags_with_counts(tags: Iterable[Tag]) -> list[CountedTag]:
    """Return the tags with how many tasks carry each, in one query that reads these tags' links alone."""
    listed = list(tags)
    links = TaskTag.objects.filter(tag_id__in=[tag.pk for tag in listed], live=True)
    counts = dict(links.values_list("tag_id").annotate(tasks=Count("*")).order_by())
    return [CountedTag(tag, counts.get(tag.pk, 0)) for tag in listed]


def tags_by_key(user_id: int, keys: Collection[str]) -> dict[str, Tag]:
    """Return what tag each key stands for now; a key that stands for none is absent.

    While a tag is renamed or merged, what it was called stands for what it becomes: a client that sends back
    what it was given changes nothing.
    """
    if not keys:
        return {}
    found = {tag.key: tag for tag in read_rows(Tag, *rest_of_named_tags(user_id, keys))}
    missing = [key for key in keys if key not in found]
    return found | _on_their_way(user_id, missing) if missing else found


def tag_ids_by_key(user_id: int, keys: Sequence[str]) -> dict[str, int]:
    """Return which tag each key stands for now, as `tags_by_key` does, by id alone."""
    found: dict[str, int] = dict(sql.fetch(*select_tag_ids(user_id, keys)))
    missing = [key for key in keys if key not in found]
    if not missing:
        return found
    return found | {key: tag.pk for key, tag in _on_their_way(user_id, missing).items()}


def _on_their_way(user_id: int, keys: Collection[str]) -> dict[str, Tag]:
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
    """Return the job that brings a change of this tag to its tasks, if there is one."""
    return TagJob.objects.filter(owner_id=tag.owner_id, tag_id=tag.pk, finished_at__isnull=True).first()
