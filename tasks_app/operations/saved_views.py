"""Creating, changing, moving and deleting saved views."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts_app.models import User
from events_app.contracts import ViewChanged, ViewSnapshot, replaced_values
from tasks_app.editing.change import Change, changing
from tasks_app.errors import VersionMismatch, ViewTooLong
from tasks_app.models import SavedView
from tasks_app.operations.quotas import refuse_more_views
from tasks_app.queries.saved_views import saved_view_of, saved_views_of
from tasks_app.values.view_queries import MAX_VIEW_QUERY, with_tag_renamed


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFields:
    """What a caller sets of a saved view; None: it stays, or is the default of a new one."""

    name: str | None = None
    query: str | None = None
    group: str | None = None
    sort: str | None = None
    position: int | None = None


def create_view(fields: ViewFields, *, by: User, at: datetime) -> SavedView:
    """Create a saved view, at the end unless `fields` name a position, and return it. Raises QuotaExceeded."""
    with changing(by, at=at) as change:
        refuse_more_views(change.owner_id)
        others = _in_order(change)
        place = _place_among(others, fields.position)
        view = SavedView(owner_id=change.owner_id, position=place, created_at=change.at)
        _set(view, fields)
        view.save(force_insert=True)
        _number([*others[:place], view, *others[place:]])
        _record(change, view, before=None)
        return view


def change_view(
    view_id: int, fields: ViewFields, *, by: User, at: datetime, versions: frozenset[int] | None = None
) -> SavedView:
    """Change what `fields` name of a saved view and return it. What it has already changes nothing.

    A position moves it there: 0 is the first, a number beyond the last is the last, and the others make room. Raises
    SavedViewNotFound, VersionMismatch if it has none of the `versions`.
    """
    with changing(by, at=at) as change:
        view = _open(change, view_id, versions)
        before = _snapshot(view)
        if _set(view, fields):
            view.version += 1
            view.save()
        if fields.position is not None:
            _move(change, view, fields.position)
        _record(change, view, before=before)
        return view


def delete_view(view_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None) -> None:
    """Delete a saved view; the tasks that it shows stay. Raises SavedViewNotFound, VersionMismatch."""
    with changing(by, at=at) as change:
        view = _open(change, view_id, versions)
        before = _snapshot(view)
        view.delete()
        _number(_in_order(change))
        _record(change, None, before=before)


def follow_renamed_tag(change: Change, key: str, name: str) -> None:
    """Have the user's saved views that ask for the tag with this key ask for the tag `name`. Raises ViewTooLong."""
    for view in _in_order(change):
        before = _snapshot(view)
        query = with_tag_renamed(view.query, key, name)
        if len(query) > max(MAX_VIEW_QUERY, len(view.query)):
            raise ViewTooLong(view.name, most=MAX_VIEW_QUERY)
        if _set(view, ViewFields(query=query)):
            view.version += 1
            view.save()
        _record(change, view, before=before)


def _snapshot(view: SavedView) -> ViewSnapshot:
    return ViewSnapshot.model_validate({name: getattr(view, name) for name in ViewSnapshot.model_fields})


def _record(change: Change, view: SavedView | None, *, before: ViewSnapshot | None) -> None:
    """Record what has become of a view; what is as it was is no event."""
    after = _snapshot(view) if view else None
    if after == before:
        return
    some = after or before
    assert some is not None  # noqa: S101 - one of the two is there, as they differ
    previous = replaced_values(before, after)
    change.record(
        [ViewChanged(view_id=some.id, view=after, changed_fields=list(previous), previous=previous)]
    )


def _open(change: Change, view_id: int, versions: frozenset[int] | None) -> SavedView:
    view = saved_view_of(change.owner_id, view_id)
    if versions is not None and view.version not in versions:
        raise VersionMismatch(view.version, what="view")
    return view


def _set(view: SavedView, fields: ViewFields) -> bool:
    """Set what is named but for the position; return whether that changes anything."""
    before = (view.name, view.query, view.group, view.sort)
    for name in ("name", "query", "group", "sort"):
        value = getattr(fields, name)
        if value is not None:
            setattr(view, name, value)
    return before != (view.name, view.query, view.group, view.sort)


def _in_order(change: Change) -> list[SavedView]:
    return list(saved_views_of(change.owner_id).order_by("position", "id"))


def _place_among(others: Sequence[SavedView], position: int | None) -> int:
    return len(others) if position is None else min(position, len(others))


def _move(change: Change, view: SavedView, position: int) -> None:
    others = [each for each in _in_order(change) if each.pk != view.pk]
    place = _place_among(others, position)
    _number([*others[:place], view, *others[place:]])


def _number(views: Sequence[SavedView]) -> None:
    """Have the positions be 0, 1, 2, … in this order; each view that moves gets a new version."""
    moved = [view for place, view in enumerate(views) if view.position != place]
    for place, view in enumerate(views):
        view.version += view.position != place
        view.position = place
    SavedView.objects.bulk_update(moved, ["position", "version"])
