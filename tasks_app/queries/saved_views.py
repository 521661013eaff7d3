"""Saved views of one user."""

from django.db.models import QuerySet

from tasks_app.errors import SavedViewNotFound
from tasks_app.models import SavedView
from tasks_app.values.rows import Row


def saved_views_of(user_id: int) -> QuerySet[SavedView]:
    """Return the user's saved views, in no order."""
    return SavedView.objects.filter(owner_id=user_id)


def saved_view_of(user_id: int, view_id: int) -> SavedView:
    """Return one saved view of the user. Raises SavedViewNotFound."""
    view = saved_views_of(user_id).filter(pk=view_id).first()
    if view is None:
        raise SavedViewNotFound
    return view


def saved_view_row(view: SavedView) -> Row:
    """Return a saved view as the API answers it."""
    return {
        "id": view.pk,
        "name": view.name,
        "query": view.query,
        "group": str(view.group),
        "sort": view.sort,
        "position": view.position,
        "version": view.version,
    }
