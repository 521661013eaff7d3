"""The admin site: its sign-in asks for the code of a second factor, and staff may be made to have one."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest

from accounts_app.forms import StaffSignInForm
from accounts_app.queries.second_factors import has_second_factor


class PlatformAdminSite(AdminSite):
    """Django's admin site, for staff with a second factor where TODO_STAFF_SECOND_FACTOR is `required`."""

    login_form = StaffSignInForm

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether the caller may see the admin. A session that began before the setting was made does not do."""
        if not super().has_permission(request):
            return False
        return not settings.STAFF_SECOND_FACTOR or has_second_factor(request.user.pk or 0)
