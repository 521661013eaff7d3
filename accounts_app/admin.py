"""Accounts for operators. Preferences are the user's own: shown, not edited here."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts_app.models import RefreshFamily, User
from accounts_app.operations.accounts import change_password
from accounts_app.operations.preferences import PREFERENCES
from accounts_app.operations.sign_in import revoke_families
from events_app.paginators import CappedPaginator


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg] # not generic when it runs
    """Set a password and revoke what was given under the old one."""

    def set_password_and_save(self, user: User, **options: Any) -> User:
        if self.cleaned_data["set_usable_password"]:
            return change_password(user, self.cleaned_data["password1"])
        saved: User = super().set_password_and_save(user, **options)  # type: ignore[misc] # stubs lack it
        return saved


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """Stays fast with many users: capped count, search by the beginning of the name."""

    change_password_form = PasswordForm
    list_display = ("username", "email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username__startswith",)
    search_help_text = "The beginning of a username."
    readonly_fields = ("last_login", "date_joined", *PREFERENCES)
    paginator = CappedPaginator
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("username", "password", "email")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Preferences", {"fields": PREFERENCES}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # a user's history goes as a whole or not at all: deactivate instead


@admin.register(RefreshFamily)
class RefreshFamilyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Sign-ins. The action ends them: tokens are refused at once, sockets within five seconds."""

    list_display = ("id", "user", "created_at", "expires_at", "rotation", "revoked_at", "revoked_reason")
    list_select_related = ("user",)
    search_fields = ("user__username__startswith",)
    ordering = ("-expires_at", "pk")
    actions = ("revoke",)
    paginator = CappedPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: RefreshFamily | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RefreshFamily | None = None) -> bool:
        return False

    @admin.action(description="Revoke the selected sign-ins")
    def revoke(self, request: HttpRequest, rows: QuerySet[RefreshFamily]) -> None:
        revoke_families(rows, reason="by an operator")
