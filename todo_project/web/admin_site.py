"""The admin site: its sign-in asks for the code of a second factor, and staff may be made to have one."""

from typing import Any, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts_app.forms import OwnPasswordForm, StaffSignInForm
from accounts_app.queries.second_factors import has_second_factor


class PlatformAdminSite(AdminSite):
    """Django's admin site, for staff with a second factor where TODO_STAFF_SECOND_FACTOR is `required`."""

    login_form = StaffSignInForm

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
