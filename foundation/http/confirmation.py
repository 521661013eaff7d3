"""Admin actions that ask for confirmation first."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin import helpers
from django.contrib.admin.options import ModelAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

if TYPE_CHECKING:
    AdminPage = ModelAdmin[Any]
else:
    AdminPage = ModelAdmin

CONFIRMED = "confirmed"
_SHOWN = 50


def question_before(
    page: AdminPage, request: HttpRequest, rows: QuerySet[Model], *, action: str, question: str
) -> TemplateResponse | None:
    """Return the page that asks whether to run `action` on the chosen rows, or None when the operator has agreed.

    An action starts with `if asked := question_before(…): return asked`.
    """
    if request.POST.get(CONFIRMED):
        return None
    context = {
        **page.admin_site.each_context(request),
        "title": question,
        "opts": page.opts,
        "action": action,
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "confirmed": CONFIRMED,
        "rows": rows,
        "shown": rows[:_SHOWN],
        "count": rows.count(),
        "media": page.media,
    }
    request.current_app = page.admin_site.name  # as Django's own actions do
    return TemplateResponse(request, "foundation/question.html", context)
