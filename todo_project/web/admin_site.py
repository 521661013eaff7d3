"""The admin site: its sign-in asks for the code of a second factor, and staff may be made to have one."""

from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import PermissionDenied
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from accounts_app.forms import OwnPasswordForm, StaffSignInForm
from accounts_app.queries.second_factors import has_second_factor
from todo_project.doctor.overview import read_overview


class PlatformAdminSite(AdminSite):
    """Django's admin site, for staff with a second factor where TODO_STAFF_SECOND_FACTOR is `required`."""

    login_form = StaffSignInForm

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return Django's pages and that of the overview alone, which the first screen reads again."""
        return [path("overview/", self.admin_view(self.overview), name="overview"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """Show how the platform is, above Django's list of pages."""
        return super().index(request, {**_overview_for(request), **(extra_context or {})})

    def overview(self, request: HttpRequest) -> HttpResponse:
        """Answer how the platform is now, as a part of the first screen."""
        context = _overview_for(request)
        if not context["may_see_overview"]:
            raise PermissionDenied
        if context["overview"] is None:
            return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return TemplateResponse(request, "admin/overview.html", context)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """Change one's own password as the API does: other sign-ins end, and it is recorded."""
        request.current_app = self.name
        page = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return cast(TemplateResponse, page(request))

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether the caller may see the admin. A session that began before the setting was made does not do."""
        if not super().has_permission(request):
            return False
        return not settings.STAFF_SECOND_FACTOR or has_second_factor(request.user.pk or 0)


def _overview_for(request: HttpRequest) -> dict[str, Any]:
    """Return what the templates show: no overview to who may not see heartbeats, nor while the database is away."""
    user = request.user
    if not (user.is_authenticated and user.has_perm("events_app.view_heartbeat")):
        return {"may_see_overview": False, "overview": None}
    try:
        return {"may_see_overview": True, "overview": read_overview()}
    except Error:
        return {"may_see_overview": True, "overview": None}
